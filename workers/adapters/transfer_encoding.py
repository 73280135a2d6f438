"""Bodies as they were before transfer. RFC 2045 §6."""

from binascii import Error, a2b_base64, a2b_qp

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(set(range(256)) - set(_ALPHABET))
_AS_IT_IS = frozenset({"", "7bit", "8bit", "binary"})


def decode_body(octets: bytes, encoding: str) -> tuple[bytes, bool]:
    """The decoded octets, and whether the encoding was kept to. Never raises.

    Broken base64 gives what can be read of it; an unknown encoding (also uuencode) leaves the octets alone.
    """
    if encoding == "base64":
        try:
            return a2b_base64(octets), True
        except Error:
            return _broken_base64(octets), False
    if encoding == "quoted-printable":
        return a2b_qp(octets), True
    return octets, encoding in _AS_IT_IS


def _broken_base64(octets: bytes) -> bytes:
    digits = octets.translate(None, _NOT_BASE64)
    whole = digits[: len(digits) - 1] if len(digits) % 4 == 1 else digits
    return a2b_base64(whole + b"=" * (-len(whole) % 4))
