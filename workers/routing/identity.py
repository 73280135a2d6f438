"""Ids that nobody outside can compute or aim, and the proofs that we gave one out. DESIGN part 4, "Identity".

Everything is HMAC-SHA256 under the installation's secret over length-prefixed fields, the first of which
names the use: neither moving a field's border nor taking one use's value for another gives an equal id.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable, Sequence

from schemas.ticket import Reply
from schemas.unchecked import unchecked
from workers.routing.memory import Memory

_reply = unchecked(Reply)

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(first + second for first in _CROCKFORD for second in _CROCKFORD)
"""Ids are made for every mail: two digits at a time, for a loop over each would cost more than the MAC."""

_MISREAD = str.maketrans("OIL", "011")
_TICKET_DIGITS = 12
_MAC_DIGITS = 13
"""65 bits: a guess over SMTP is hopeless, and the plus-address still has room for a name of 35 octets."""

_LOCAL_PART_OCTETS = 64

_SIGNED = r"(T-[0-9A-Z]{12})\.([0-9A-Z]{13})"
_PLUS_TAG = re.compile(rf"{_SIGNED}\Z", re.IGNORECASE | re.ASCII)
_MESSAGE_ID = re.compile(r"<?(T-[0-9A-Z]{12})\.[0-9]{1,9}\.([0-9A-Z]{13})@", re.IGNORECASE | re.ASCII)
_SUBJECT_TOKEN = re.compile(rf"\[#{_SIGNED}\]", re.IGNORECASE | re.ASCII)
_SUBJECT_TOKENS_TRIED = 50


class Signer:
    """Derives and proves ids. Equal arguments give equal ids under one secret, for ever.

    `mailbox` is always the mailbox's own address as the policy writes it, never an alias. Raises
    `ValueError` for an empty secret; a guessable one makes guessable ids.
    """

    def __init__(self, secret: bytes) -> None:
        if not secret:
            raise ValueError("the secret is empty")
        self._keyed = hmac.new(secret, digestmod="sha256")
        self._proofs = Memory[tuple[str, str], str]()

    def delivery_id(self, mailbox: str, message_id: str, body_digest: bytes, identity: Sequence[str]) -> str:
        """32 hex digits. `identity`: From, Date, Subject, Message-ID, References and In-Reply-To as they came."""
        return self._mac("delivery", mailbox, message_id, body_digest, *identity)[:16].hex()

    def ticket_id(self, mailbox: str, root: str) -> str:
        """The ticket of a thread: `T-` and 12 Crockford base32 digits."""
        return _ticket(self._mac("ticket", mailbox, root))

    def refused_ticket_id(self, mailbox: str, claimed: str, customer_key: str) -> str:
        """Where a customer's mails go that claimed a ticket not theirs: one ticket for all of them."""
        return _ticket(self._mac("refused-ticket", mailbox, claimed, customer_key))

    def continued_ticket_id(self, mailbox: str, closed: str, closing: str) -> str:
        """The ticket that follows a closed one: one for all mails after the same closing."""
        return _ticket(self._mac("continued-ticket", mailbox, closed, closing))

    def sign(self, ticket_id: str, mailbox: str) -> str:
        """The proof that we named this ticket in this mailbox: 13 digits, the same in either case."""
        return self._proofs.value((ticket_id, mailbox), lambda: self._proof(ticket_id, mailbox))

    def reply(self, ticket_id: str, mailbox: str, revision: int) -> Reply:
        """What an answer carries. A mailbox whose name leaves no room for a tag gets its plain address."""
        proof = self.sign(ticket_id, mailbox)
        signed = f"{ticket_id}.{proof}"
        name, _, domain = mailbox.rpartition("@")
        tagged = f"{name}+{signed}"
        fits = len(tagged.encode()) <= _LOCAL_PART_OCTETS and not name.endswith('"')
        return _reply(
            reply_to=f"{tagged}@{domain}" if fits else mailbox,
            message_id=f"<{ticket_id}.{revision}.{proof}@{domain}>",
            subject_token=f"[#{signed}]",
        )

    def ticket_of_plus_tag(self, tag: str, mailbox: str) -> str | None:
        """The ticket that the tag of a plus-address proves, None for any other tag."""
        return self._proven(_PLUS_TAG.match(tag), mailbox)

    def ticket_of_message_id(self, message_id: str, mailbox: str) -> str | None:
        """The ticket of an answer that carried our Message-ID, None for any other id."""
        return self._proven(_MESSAGE_ID.match(message_id), mailbox)

    def ticket_of_subject(self, subject: str, mailbox: str) -> str | None:
        """The first proven token in a decoded subject. White space inside a token (bad folding) is tolerated."""
        if "[" not in subject:
            return None
        compact = "".join(subject.split())
        for tried, found in enumerate(_SUBJECT_TOKEN.finditer(compact)):
            ticket = self._proven(found, mailbox)
            if ticket or tried >= _SUBJECT_TOKENS_TRIED:
                return ticket
        return None

    def _proven(self, found: re.Match[str] | None, mailbox: str) -> str | None:
        if found is None:
            return None
        ticket_id = "T-" + found[1][2:].upper().translate(_MISREAD)
        claimed = found[2].upper().translate(_MISREAD)
        right = self.sign(ticket_id, mailbox).upper()
        return ticket_id if hmac.compare_digest(claimed.encode(), right.encode()) else None

    def _proof(self, ticket_id: str, mailbox: str) -> str:
        return _base32(self._mac("proof", mailbox, ticket_id), _MAC_DIGITS).lower()

    def _mac(self, use: str, *fields: str | bytes) -> bytes:
        framed: list[bytes] = []
        for part in (use, *fields):
            octets = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
            framed += (len(octets).to_bytes(8, "big"), octets)
        mac = self._keyed.copy()  # cheaper than `hmac.digest`, which looks the algorithm up each time
        mac.update(b"".join(framed))
        return mac.digest()


def first_ticket(
    ticket_of: Callable[[str, str], str | None], words: Iterable[str], mailbox: str
) -> str | None:
    """What the first of the words proves that proves any; `ticket_of`: of a `Signer`. None of the others is tried."""
    for word in words:
        ticket = ticket_of(word, mailbox)
        if ticket is not None:
            return ticket
    return None


def _ticket(mac: bytes) -> str:
    return "T-" + _base32(mac, _TICKET_DIGITS)


def _base32(mac: bytes, digits: int) -> str:
    """The first bits as Crockford's digits; at most 16 of them."""
    number = int.from_bytes(mac[:10], "big")
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(70, -1, -10)])[:digits]
