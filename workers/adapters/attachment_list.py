"""What a mail carries beside its text: names, types, sizes and digests; nothing is opened."""

from collections.abc import Sequence
from hashlib import sha256

from schemas.mail import Attachment
from workers.adapters.clean_text import one_line
from workers.adapters.mime_structure import Leaf
from workers.adapters.text_preview import is_body
from workers.adapters.transfer_encoding import decode_body

MAX_ATTACHMENTS = 100
_MAX_NAME_BYTES = 255
_USUAL_NAMES = {
    "message/rfc822": "message.eml",
    "message/global": "message.eml",
    "message/delivery-status": "delivery-status.txt",
    "text/rfc822-headers": "headers.txt",
    "application/ms-tnef": "winmail.dat",
    "text/calendar": "invitation.ics",
}


def list_attachments(raw: bytes, leaves: Sequence[Leaf], defects: set[str]) -> tuple[Attachment, ...]:
    """Every part that is not text to read, at most `MAX_ATTACHMENTS`. Sizes and digests are of the file."""
    files = [leaf for leaf in leaves if not is_body(leaf)]
    if len(files) > MAX_ATTACHMENTS:
        defects.add("too-many-attachments")
    return tuple(_describe(raw, leaf, defects) for leaf in files[:MAX_ATTACHMENTS])


def _describe(raw: bytes, leaf: Leaf, defects: set[str]) -> Attachment:
    content, fine = decode_body(raw[leaf.start : leaf.end], leaf.transfer_encoding)
    if not fine:
        defects.add("transfer-encoding")
    return Attachment(
        name=_file_name(leaf) or _USUAL_NAMES.get(leaf.content_type, ""),
        content_type=leaf.content_type,
        size_bytes=len(content),
        sha256=sha256(content).hexdigest(),
    )


def _file_name(leaf: Leaf) -> str:
    """The last part of a path that a sender gave as a name."""
    return one_line(leaf.name.replace("\\", "/").rpartition("/")[2], _MAX_NAME_BYTES)
