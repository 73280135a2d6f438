"""A day's mail, from a seed: customers and strangers, new matters and follow-ups, answers of machines."""

from __future__ import annotations

from base64 import encodebytes
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

COMPANIES = 300
MAILBOXES = {"support@acme.example": 70, "orders@acme.example": 25, "jana@acme.example": 5}
KINDS = {"follow-up": 45, "new": 40, "stranger": 9, "intruder": 3, "auto-reply": 2, "again": 1}
BODIES = {"alternative": 60, "plain": 30, "attachment": 10}
_OPEN_MATTERS = 400
_TEXT = """
    the printer on second floor please order invoice delivery broken again since monday our contract number
    asks for a price list thank you kind regards Müller Dvořák urgent network cable monitor cannot log in
"""
_WORDS = _TEXT.split()
_HOP = (
    "Received: from mx{n}.customer.test (mx{n}.customer.test [192.0.2.{n}])\r\n"
    "\tby mx.acme.example with ESMTPS id 4F1C2{n}; Mon, 02 Mar 2026 10:29:58 +0100"
)


@dataclass(frozen=True, slots=True)
class LoadMail:
    """`content`: the octets as SMTP delivers them, of one mail to one mailbox."""

    mail_from: str
    mailbox: str
    content: bytes


@dataclass(frozen=True, slots=True)
class _Matter:
    mailbox: str
    sender: str
    root: str
    subject: str


class MailLoad:
    """The same mails for the same seed. Known senders are `pN@cM.test` with M below `COMPANIES`."""

    def __init__(self, seed: int = 1) -> None:
        self._random = Random(seed)
        self._matters: list[_Matter] = []
        self._count = 0
        self._last: LoadMail | None = None

    def mails(self, count: int) -> Iterator[LoadMail]:
        """The next ones."""
        for _ in range(count):
            self._count += 1
            self._last = self._mail(self._one_of(KINDS))
            yield self._last

    def _mail(self, kind: str) -> LoadMail:
        if kind == "again" and self._last:
            return self._last
        if kind in ("follow-up", "intruder", "auto-reply") and self._matters:
            matter = self._random.choice(self._matters)
            sender = f"x{self._count}@intruder.test" if kind == "intruder" else matter.sender
            return self._written(matter, sender, "Re: ", answers=True, automatic=kind == "auto-reply")
        return self._new(
            f"s{self._count}@stranger{self._count % 97}.test" if kind == "stranger" else self._known()
        )

    def _new(self, sender: str) -> LoadMail:
        matter = _Matter(self._one_of(MAILBOXES), sender, self._message_id(), self._text(6))
        self._matters = [*self._matters[-_OPEN_MATTERS:], matter]
        return self._written(matter, sender, "", answers=False, automatic=False)

    def _written(self, matter: _Matter, sender: str, re: str, *, answers: bool, automatic: bool) -> LoadMail:
        content_type, body = self._body(self._one_of(BODIES))
        head = [
            *(_HOP.format(n=hop) for hop in range(1, 4)),
            "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=customer.test; s=k1;\r\n\tb="
            + "A" * 340,
            f"From: =?utf-8?Q?Jan_Nov=C3=A1k?= <{sender}>",
            f"To: {matter.mailbox}",
            f"Subject: {re}{matter.subject}",
            "Date: Mon, 02 Mar 2026 10:29:58 +0100",
            f"Message-ID: {self._message_id() if answers else matter.root}",
            *((f"References: {matter.root}", f"In-Reply-To: {matter.root}") if answers else ()),
            *(("Auto-Submitted: auto-replied",) if automatic else ()),
            "MIME-Version: 1.0",
            "User-Agent: Mozilla Thunderbird",
            f"Content-Type: {content_type}",
        ]
        return LoadMail(sender, matter.mailbox, "\r\n".join([*head, "", body]).encode())

    def _body(self, kind: str) -> tuple[str, str]:
        plain = self._lines(12)
        if kind == "plain":
            return "text/plain; charset=utf-8", plain
        text = f"--b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{plain}\r\n"
        if kind == "alternative":
            html = (
                f"<html><head><style>p{{margin:0}}</style></head><body><p>{self._lines(12)}</p></body></html>"
            )
            other = f"--b1\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n--b1--\r\n"
            return 'multipart/alternative; boundary="b1"', text + other
        file = encodebytes(self._random.randbytes(12_000)).decode().replace("\n", "\r\n")
        disposition = (
            'Content-Disposition: attachment; filename="scan.pdf"\r\nContent-Transfer-Encoding: base64'
        )
        other = f"--b1\r\nContent-Type: application/pdf\r\n{disposition}\r\n\r\n{file}--b1--\r\n"
        return 'multipart/mixed; boundary="b1"', text + other

    def _lines(self, count: int) -> str:
        return "\r\n".join(self._text(10) for _ in range(count)) + "\r\n"

    def _text(self, words: int) -> str:
        return " ".join(self._random.choices(_WORDS, k=words))

    def _known(self) -> str:
        return f"p{self._random.randrange(3)}@c{self._random.randrange(COMPANIES)}.test"

    def _message_id(self) -> str:
        return f"<{self._count}.{self._random.randrange(10**9)}@customer.test>"

    def _one_of(self, weights: dict[str, int]) -> str:
        return self._random.choices(list(weights), weights=list(weights.values()))[0]
