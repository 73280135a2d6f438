"""The parts of a mail that people ask for: its whole text, and its attachments one by one.

Numbered as `EnrichedMail.attachments` lists them. Takes whatever a stranger sends; memory stays below three
times the mail's size. CPU-bound: call it in a thread.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.mail import Attachment
from workers.adapters.attachment_list import MAX_ATTACHMENTS, list_attachments
from workers.adapters.clean_text import many_lines
from workers.adapters.html_to_text import html_to_text
from workers.adapters.mime_headers import read_block
from workers.adapters.mime_structure import Leaf, find_structure
from workers.adapters.text_preview import is_body
from workers.adapters.transfer_encoding import decode_body
from workers.routing.mail_charsets import decode_text

TEXT_BYTES = 2 * 1024 * 1024
"""More is cut off: whoever wants all of such a mail reads it raw."""


@dataclass(frozen=True, slots=True)
class OpenedAttachment:
    """`name` is one line without directories, `content_type` what the sender says."""

    name: str
    content_type: str
    content: bytes


def text_of(raw: bytes) -> str:
    """All parts to read, in order: the plain ones, else the words of those in HTML. Lines end in `\\n`."""
    bodies = [leaf for leaf in _leaves(raw) if is_body(leaf)]
    plain = [_text(raw, leaf) for leaf in bodies if leaf.content_type == "text/plain"]
    if any(plain):
        return many_lines("\n\n".join(filter(None, plain)), TEXT_BYTES)
    html = [html_to_text(_text(raw, leaf), TEXT_BYTES) for leaf in bodies if leaf.content_type == "text/html"]
    return many_lines("\n\n".join(filter(None, html)), TEXT_BYTES)


def attachments_of(raw: bytes) -> tuple[Attachment, ...]:
    """At most `MAX_ATTACHMENTS`."""
    return list_attachments(raw, _leaves(raw), set())


def attachment_of(raw: bytes, number: int) -> OpenedAttachment | None:
    """The one with this number, counted from 0."""
    files = [leaf for leaf in _leaves(raw) if not is_body(leaf)][:MAX_ATTACHMENTS]
    if not 0 <= number < len(files):
        return None
    leaf = files[number]
    [described] = list_attachments(raw, [leaf], set())
    content, _ = decode_body(raw[leaf.start : leaf.end], leaf.transfer_encoding)
    return OpenedAttachment(described.name, described.content_type, content)


def _leaves(raw: bytes) -> list[Leaf]:
    return find_structure(raw, read_block(raw, 0, len(raw))).leaves


def _text(raw: bytes, leaf: Leaf) -> str:
    octets, _ = decode_body(
        raw[leaf.start : min(leaf.end, leaf.start + 2 * TEXT_BYTES)], leaf.transfer_encoding
    )
    return decode_text(octets, leaf.charset)[0].strip()
