"""Header blocks: found, unfolded, decoded, bounded. RFC 5322 §2.2, RFC 2047, RFC 6532."""

import re
from dataclasses import dataclass, field

from workers.adapters.clean_text import one_line
from workers.routing.encoded_words import decode_words
from workers.routing.mail_charsets import decode_text
from workers.routing.parsed_mail import DecodedHeaders

MAX_HEADERS = 200
MAX_HEADER_BYTES = 2048
MAX_HEADERS_BYTES = 128 * 1024
_MAX_BLOCK_BYTES = 256 * 1024
_MAX_RAW_VALUE = 8192

_DECIDING = (
    "from sender reply-to x-original-from to cc subject date message-id in-reply-to references mime-version "
    "content-type content-transfer-encoding content-disposition auto-submitted precedence list-id list-post "
    "list-unsubscribe mailing-list x-autoreply x-autorespond x-auto-response-suppress x-failed-recipients "
    "x-stellwerk-trace authentication-results dkim-signature return-path"
)
DECIDING_HEADERS = frozenset(_DECIDING.split())
"""Kept (the first of each) however many headers stand before them."""

_NEVER_ENCODED = frozenset(
    ["authentication-results", "received", "message-id", "in-reply-to", "references", "return-path"]
)
"""Structured headers without phrases: an encoded word there is an address's text (RFC 2047 §5), and decoding it
could write a verdict of its own into a relay's Authentication-Results."""

_BLOCK_END = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(r"^([!-9;-~]{1,100})[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class HeaderBlock:
    """`fields` are unfolded but not decoded; lines that are no field are left out."""

    fields: list[tuple[str, str]]
    body_start: int
    cut: bool
    _first: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        firsts = {name.lower(): value for name, value in reversed(self.fields)}
        object.__setattr__(self, "_first", firsts)

    def first(self, name: str) -> str:
        """The first value of this lower-case name; empty where there is none."""
        return self._first.get(name, "")


def read_block(raw: bytes, start: int, end: int) -> HeaderBlock:
    """The header block at the start of `raw[start:end]`; 8-bit values are UTF-8, else Windows-1252.

    The body begins after the first empty line, or is empty where there is none.
    """
    if raw.startswith((b"\r\n", b"\n"), start, end):
        return HeaderBlock([], raw.find(b"\n", start) + 1, False)
    found = _BLOCK_END.search(raw, start, end)
    block_end, body_start = (found.start(), found.end()) if found else (end, end)
    cut = block_end - start > _MAX_BLOCK_BYTES
    text = _lines(raw[start : start + _MAX_BLOCK_BYTES if cut else block_end])
    return HeaderBlock([(name, _unfold(value)) for name, value in _FIELD.findall(text)], body_start, cut)


def decode_headers(block: HeaderBlock) -> tuple[DecodedHeaders, bool]:
    """The headers for people and rules, and whether some had to be left out or shortened."""
    kept: list[tuple[str, str]] = []
    deciding = set(DECIDING_HEADERS)
    room, complete = MAX_HEADERS_BYTES, not block.cut
    for name, raw_value in block.fields:
        lower = name.lower()
        is_first = lower in deciding
        if (len(kept) < MAX_HEADERS and room > 0) or is_first:
            value = _plain_value(raw_value) if lower in _NEVER_ENCODED else decode_value(raw_value)
            room -= len(name) + len(value.encode())
            complete = complete and len(raw_value) <= MAX_HEADER_BYTES
            kept.append((name, value))
            deciding.discard(lower)
        else:
            complete = False
    return tuple(kept), not complete


def decode_value(raw_value: str) -> str:
    """One value: encoded words decoded, on one line, at most `MAX_HEADER_BYTES` of UTF-8."""
    return one_line(decode_words(raw_value[:_MAX_RAW_VALUE]), MAX_HEADER_BYTES)


def _plain_value(raw_value: str) -> str:
    return one_line(raw_value[:_MAX_RAW_VALUE], MAX_HEADER_BYTES)


def _lines(block: bytes) -> str:
    try:
        return block.decode()
    except UnicodeDecodeError:
        return "\n".join(decode_text(line, "")[0] for line in block.split(b"\n"))


def _unfold(value: str) -> str:
    return value.replace("\r", "").replace("\n", "").strip()
