"""Who the client behind a load balancer is: the header that it sends first (HAProxy's PROXY protocol, v1 and v2)."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address

_SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
_FIRST = len(_SIGNATURE)
_FIXED = _FIRST + 4
_LONGEST_V1, _LONGEST_V2 = 107, 2048
_IPV4, _IPV6 = 1, 2


class BadProxyHeader(Exception):
    """Not a header, or one of a version that we don't know."""


def octets_wanted(data: bytes) -> int:
    """How long the header is at least, given its beginning; `len(data)` where that is all of it.

    Whoever reads no further than this never reads what comes behind it, such as the beginning of TLS.
    """
    if len(data) < _FIRST:
        return _FIRST
    if data.startswith(_SIGNATURE):
        return _FIXED if len(data) < _FIXED else _FIXED + _length_v2(data)
    if not data.startswith(b"PROXY "):
        raise BadProxyHeader
    if data.endswith(b"\n"):
        return len(data)
    if len(data) >= _LONGEST_V1:
        raise BadProxyHeader
    return len(data) + 1


def client_of(header: bytes) -> str | None:
    """The client's address; None where the proxy speaks for itself (a health check) or does not know.

    Precondition: `octets_wanted(header) == len(header)`.
    """
    return _client_v2(header) if header.startswith(_SIGNATURE) else _client_v1(header)


def _client_v1(header: bytes) -> str | None:
    words = header.removesuffix(b"\n").removesuffix(b"\r").split(b" ")
    if not header.endswith(b"\r\n") or len(words) < 2:
        raise BadProxyHeader
    if words[1] == b"UNKNOWN":
        return None
    if len(words) != 6 or words[1] not in (b"TCP4", b"TCP6"):
        raise BadProxyHeader
    try:
        text = words[2].decode("ascii")
        return str(IPv4Address(text) if words[1] == b"TCP4" else IPv6Address(text))
    except ValueError as error:
        raise BadProxyHeader from error


def _client_v2(header: bytes) -> str | None:
    version, command = header[_FIRST] >> 4, header[_FIRST] & 0xF
    if version != 2 or command > 1:
        raise BadProxyHeader
    family, addresses = header[_FIRST + 1] >> 4, header[_FIXED:]
    if command == 0 or family not in (_IPV4, _IPV6):
        return None
    if len(addresses) < (12 if family == _IPV4 else 36):
        raise BadProxyHeader
    return str(IPv4Address(addresses[:4]) if family == _IPV4 else IPv6Address(addresses[:16]))


def _length_v2(header: bytes) -> int:
    (length,) = struct.unpack_from("!H", header, _FIRST + 2)
    if length > _LONGEST_V2:
        raise BadProxyHeader
    return int(length)
