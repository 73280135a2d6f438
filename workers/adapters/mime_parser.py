"""Raw octets to `ParsedMail`. Whatever a stranger sends gives an answer, in bounded time and memory.

Bounds: 256 KB of header block, 200 headers (and the first of each deciding one after them) of 2 KB, 128 KB of
headers together, 500 parts, 20 levels, 100 attachments, 8 KB of text. `defects` tells of what lies beyond.
Attachments are decoded once, one at a time, for their digest: memory stays below twice the mail's size.
"""

import re

from workers.adapters.attachment_list import list_attachments
from workers.adapters.mime_headers import HeaderBlock, decode_headers, decode_value, read_block
from workers.adapters.mime_structure import Leaf, Structure, find_structure
from workers.adapters.text_preview import preview
from workers.adapters.transfer_encoding import decode_body
from workers.routing.address_headers import first_address
from workers.routing.parsed_mail import DecodedHeaders, ParsedMail

_MESSAGE_TYPES = frozenset(
    {
        "message/rfc822",
        "text/rfc822-headers",
        "message/rfc822-headers",
        "message/global",
        "message/global-headers",
    }
)
_STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_ACTION = re.compile(rb"^action:[ \t]*([a-z]{1,20})", re.IGNORECASE | re.MULTILINE)
_MAX_INNER_BYTES = 64 * 1024
_MAX_RETURNED_HEADERS = 50
_MAX_TYPES = 20
_MAX_ADDRESS_HEADER = 4096


def parse_mail(raw: bytes) -> ParsedMail:
    """Never raises. `unparsed` where there is not a single header field, or a codec gives up."""
    try:
        return read_mail(raw)
    except (ValueError, LookupError, RecursionError):  # a stranger's mail must not stop the lane (P8)
        return ParsedMail(defects=("unreadable",), unparsed=True)


def read_mail(raw: bytes) -> ParsedMail:
    """The same without a net, for tests that look for what `parse_mail` would catch."""
    top = read_block(raw, 0, len(raw))
    if not top.fields:
        return ParsedMail(defects=("no-header",), unparsed=True)
    structure = find_structure(raw, top)
    headers, cut = decode_headers(top)
    defects = structure.defects
    defects.update(("headers-cut",) if cut else (), _repeated(top))
    text = preview(raw, structure.leaves, defects)
    attachments = list_attachments(raw, structure.leaves, defects)
    return ParsedMail(
        headers=headers,
        subject=decode_value(top.first("subject")),
        text=text,
        attachments=attachments,
        from_address=_address(top, "from"),
        reply_to_address=_address(top, "reply-to"),
        original_from_address=_address(top, "x-original-from"),
        content_type=structure.types[0],
        report_type=structure.report_type if structure.types[0] == "multipart/report" else "",
        part_types=tuple(structure.types[:_MAX_TYPES]),
        delivery_actions=_actions(raw, structure),
        returned_headers=_returned(raw, structure),
        defects=tuple(sorted(defects)),
    )


def _address(top: HeaderBlock, name: str) -> str:
    return first_address(top.first(name)[:_MAX_ADDRESS_HEADER])


def _repeated(top: HeaderBlock) -> tuple[str, ...]:
    """A second From is how a mail shows one sender to us and another to its reader (RFC 5322 §3.6)."""
    return ("several-from",) if sum(name.lower() == "from" for name, _ in top.fields) > 1 else ()


def _actions(raw: bytes, structure: Structure) -> tuple[str, ...]:
    """What happened to each recipient of a delivery report (RFC 3464 §2.3.3), each word once."""
    for leaf in structure.leaves:
        if leaf.content_type in _STATUS_TYPES:
            found = _ACTION.findall(_beginning(raw, leaf))
            return tuple(sorted({action.decode().lower() for action in found}))
    return ()


def _returned(raw: bytes, structure: Structure) -> DecodedHeaders:
    for leaf in structure.leaves:
        if leaf.content_type in _MESSAGE_TYPES:
            inner = _beginning(raw, leaf).lstrip(b"\r\n")
            fields = read_block(inner, 0, len(inner)).fields[:_MAX_RETURNED_HEADERS]
            return tuple((name, decode_value(value)) for name, value in fields)
    return ()


def _beginning(raw: bytes, leaf: Leaf) -> bytes:
    end = min(leaf.end, leaf.start + _MAX_INNER_BYTES)
    return decode_body(raw[leaf.start : end], leaf.transfer_encoding)[0]
