"""RFC 2047 encoded words, read tolerantly: for finding a token in a subject, whatever a client made of it."""

import re
from base64 import b64decode
from binascii import a2b_qp

from workers.routing.mail_charsets import decode_text

_WORD = re.compile(r"=\?([A-Za-z0-9_.:+-]{1,40})(?:\*[A-Za-z0-9-]{0,20})?\?([BbQq])\?([^?]*)\?=")
_BETWEEN = re.compile(r"(\?=)[ \t]+(?==\?)")


def decode_words(text: str) -> str:
    """The text with its encoded words decoded; what is broken is replaced or left as it is. Never raises.

    Neighbouring words of one charset are joined before they are decoded: clients cut characters in two.
    """
    if "=?" not in text:
        return text
    joined = _BETWEEN.sub(r"\1", text)
    out: list[str] = []
    pending = b""
    charset = ""
    end = 0
    for word in _WORD.finditer(joined):
        if pending and (word.start() > end or word[1].lower() != charset):
            out.append(_text(pending, charset))
            pending = b""
        out.append(joined[end : word.start()])
        charset, end = word[1].lower(), word.end()
        pending += _octets(word[2], word[3])
    return "".join((*out, _text(pending, charset), joined[end:]))


def _octets(encoding: str, payload: str) -> bytes:
    raw = payload.encode("utf-8", "replace")
    try:
        return a2b_qp(raw, header=True) if encoding in "Qq" else b64decode(raw + b"=" * (-len(raw) % 4))
    except ValueError:
        return raw


def _text(octets: bytes, charset: str) -> str:
    # UTF-16 words begin with a byte order mark each
    return decode_text(octets, charset)[0].replace("\ufeff", "") if octets else ""
