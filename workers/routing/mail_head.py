"""What acceptance needs to know of a mail, read from its raw octets without parsing MIME.

Runs in the SMTP process for every mail, so it is one pass of one regular expression over the header block.
It takes anything: garbage gives an emptier head, never an exception.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from workers.routing.encoded_words import decode_words

_IDENTITY = ("from", "date", "subject", "message-id", "references", "in-reply-to")
_WANTED = (*_IDENTITY, "auto-submitted", "received", "x-stellwerk-trace")

_HEAD_READ_OCTETS = 1 << 20
_SUBJECT_CHARACTERS = 8192
_ID_CHARACTERS = 998
_REFERENCES_KEPT = 1000

_HEADER = re.compile(rb"\n(%s)[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)" % "|".join(_WANTED).encode(), re.IGNORECASE)
"""A line's end goes before each line, also the first: to look for one octet is faster than to look at each."""
_BRACKETED = re.compile(r"<([^<>]+)>")


@dataclass(slots=True)  # frozen, it would take twice as long to make
class MailHead:
    """The head of one mail, never changed. Values are unfolded; ids have their angle brackets and no white space.

    `message_id`: of the mail, else derived from its digest. `references`: the first and the last thousand.
    `identity`: the values that tell one mail from another, see `Signer`. `body_digest`: SHA-256 of the octets
    from `body_starts_at`. `values`: all of each header, by its name in lower case.
    """

    message_id: str
    references: tuple[str, ...]
    in_reply_to: tuple[str, ...]
    received_count: int
    identity: tuple[str, ...]
    body_starts_at: int
    body_digest: bytes
    values: Mapping[str, Sequence[str]]

    @property
    def subject(self) -> str:
        """Decoded and bounded."""
        return decode_words(_first(self.values, "subject")[:_SUBJECT_CHARACTERS])

    @property
    def has_message_id(self) -> bool:
        """Whether it came with one."""
        return bool(first_id(_first(self.values, "message-id")))


def read_head(raw: bytes) -> MailHead:
    """Read the header block: up to the first empty line, or all where there is none."""
    block_end, body_starts_at = _block(raw)
    values, received_count = _headers(raw[: min(block_end, _HEAD_READ_OCTETS)])
    identity = tuple(["\n".join(("", *values[name])) if name in values else "" for name in _IDENTITY])
    digest = sha256(memoryview(raw)[body_starts_at:]).digest()
    return MailHead(
        message_id=first_id(_first(values, "message-id")) or _derived_id(identity, digest),
        references=_ids(values, "references"),
        in_reply_to=_ids(values, "in-reply-to"),
        received_count=received_count,
        identity=identity,
        body_starts_at=body_starts_at,
        body_digest=digest,
        values=values,
    )


def ids_in(value: str) -> list[str]:
    """The message ids of a References or In-Reply-To value, in order; words where nothing is in brackets."""
    bracketed = [_id(inner) for inner in _BRACKETED.findall(value)]
    return [found for found in bracketed if found] or [_id(word) for word in value.split()]


def first_id(value: str) -> str:
    """The message id of a Message-ID value, `` where it is empty."""
    bracketed = _BRACKETED.search(value)
    return _id(bracketed[1] if bracketed else value)


def _block(raw: bytes) -> tuple[int, int]:
    if raw.startswith(b"\r\n"):
        return 0, 2
    end = raw.find(b"\n\r\n")
    bare = raw.find(b"\n\n", 0, end + 1 if end >= 0 else len(raw))
    if bare >= 0:
        return bare, bare + 2
    return (end, end + 3) if end >= 0 else (len(raw), len(raw))


def _headers(block: bytes) -> tuple[dict[str, list[str]], int]:
    values: dict[str, list[str]] = {}
    received_count = 0
    for written, value in _HEADER.findall(b"\n" + block):
        name = written.lower().decode()
        if name == "received":
            received_count += 1
        else:
            values.setdefault(name, []).append(_unfolded(value))
    return values, received_count


def _unfolded(raw: bytes) -> str:
    one_line = raw.replace(b"\r", b"").replace(b"\n", b"") if b"\n" in raw else raw.replace(b"\r", b"")
    try:
        return one_line.decode()
    except UnicodeDecodeError:
        return one_line.decode("latin-1")


def _id(inner: str) -> str:
    compact = "".join(inner.split()).strip("<>")[:_ID_CHARACTERS]
    return f"<{compact}>" if compact else ""


def _ids(values: Mapping[str, Sequence[str]], name: str) -> tuple[str, ...]:
    if name not in values:
        return ()
    ids = ids_in(" ".join(values[name]))
    return tuple(ids) if len(ids) <= _REFERENCES_KEPT else (ids[0], *ids[-_REFERENCES_KEPT:])


def _first(values: Mapping[str, Sequence[str]], name: str) -> str:
    found = values.get(name)
    return found[0].strip() if found else ""


def _derived_id(identity: Iterable[str], body_digest: bytes) -> str:
    digest = sha256(body_digest)
    for value in identity:
        octets = value.encode()
        digest.update(len(octets).to_bytes(8, "big") + octets)
    return f"<{digest.hexdigest()[:40]}@without-message-id.invalid>"
