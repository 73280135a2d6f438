"""The first readable text of a mail."""

from collections.abc import Sequence

from workers.adapters.clean_text import many_lines
from workers.adapters.html_to_text import html_to_text
from workers.adapters.mime_structure import Leaf
from workers.adapters.transfer_encoding import decode_body
from workers.routing.mail_charsets import decode_text

TEXT_BYTES = 8192
_PLAIN_READ_BYTES = 4 * TEXT_BYTES
_HTML_READ_BYTES = 256 * 1024
_MAX_TEXT_PARTS = 20


def is_body(leaf: Leaf) -> bool:
    """Whether the part is text to read rather than a file."""
    return leaf.content_type in ("text/plain", "text/html") and not leaf.is_attachment and not leaf.name


def preview(raw: bytes, leaves: Sequence[Leaf], defects: set[str]) -> str:
    """At most `TEXT_BYTES` of UTF-8: the plain parts in order, else the first HTML part that has words."""
    bodies = [leaf for leaf in leaves if is_body(leaf)][:_MAX_TEXT_PARTS]
    plain = ""
    for leaf in bodies:
        if leaf.content_type == "text/plain" and len(plain) < TEXT_BYTES:
            found = many_lines(_text(raw, leaf, _PLAIN_READ_BYTES, defects), TEXT_BYTES)
            plain = f"{plain}\n{found}" if plain and found else plain or found
    if plain:
        return many_lines(plain, TEXT_BYTES)
    for leaf in bodies:
        if leaf.content_type == "text/html":
            html = _text(raw, leaf, _HTML_READ_BYTES, defects)
            words = many_lines(html_to_text(html, TEXT_BYTES), TEXT_BYTES)
            if words:
                return words
    return ""


def _text(raw: bytes, leaf: Leaf, read_bytes: int, defects: set[str]) -> str:
    """Only the beginning is decoded; a character cut in two there is no defect of the mail."""
    end = min(leaf.end, leaf.start + read_bytes)
    octets, fine = decode_body(raw[leaf.start : end], leaf.transfer_encoding)
    text, honest = decode_text(octets, leaf.charset)
    if end == leaf.end:
        defects.update(() if fine else ("transfer-encoding",), () if honest else ("charset",))
    return text
