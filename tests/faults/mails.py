"""Mails of known content: conversations, duplicates, several mailboxes, strangers, machines and garbage."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from tests.faults.evidence import Told

MAILBOXES = ("support@acme.example", "orders@acme.example", "jana@acme.example")
KINDS = {"human": 66, "two-mailboxes": 8, "stranger": 8, "poison": 8, "auto-reply": 4, "big": 1, "no-id": 5}
BIG_BYTES = 1_600_000
_LONGEST_CONVERSATION = 12


@dataclass(slots=True)
class Conversation:
    """`root`: Message-ID of its first mail. `next_number` counts the mails that were accepted."""

    name: str
    mailbox: str
    sender: str
    root: str = ""
    next_number: int = 0


class MailStream:
    """One sender's mails, from a seed. The caller sends each until it is answered, then asks for the next."""

    def __init__(self, name: str, seed: int) -> None:
        self._name = name
        self._random = Random(seed)
        self._count = 0
        self._conversations: list[Conversation] = []

    def next(self) -> tuple[Told, str]:
        """A mail, and its envelope's sender."""
        self._count += 1
        kind = self._random.choices(list(KINDS), weights=list(KINDS.values()))[0]
        if kind == "poison":
            return self._garbage()
        if kind == "stranger" and self._conversations:
            return self._stranger()
        return self._in_conversation("human" if kind == "stranger" else kind)

    def big(self) -> tuple[Told, str]:
        """One that does not fit into a record."""
        self._count += 1
        return self._first_mail("big")

    def _in_conversation(self, kind: str) -> tuple[Told, str]:
        old = [c for c in self._conversations if c.next_number < _LONGEST_CONVERSATION]
        if kind not in ("human", "big") or not old or self._random.random() < 0.4:
            return self._first_mail(kind)
        conversation = self._random.choice(old)
        return self._mail(conversation, kind, (conversation.mailbox,)), conversation.sender

    def _first_mail(self, kind: str) -> tuple[Told, str]:
        name = f"{self._name}.{self._count}"
        sender = f"p{self._random.randrange(20)}@c{self._random.randrange(6)}.test"
        conversation = Conversation(name, self._random.choice(MAILBOXES), sender)
        if kind == "human":
            self._conversations = [*self._conversations[-30:], conversation]
        two = self._random.sample(MAILBOXES, 2)
        mailboxes = tuple(two) if kind == "two-mailboxes" else (conversation.mailbox,)
        return self._mail(conversation, kind, mailboxes), sender

    def _stranger(self) -> tuple[Told, str]:
        """Claims somebody else's conversation: a claim to refuse and to forward."""
        victim = self._random.choice([c for c in self._conversations if c.root] or self._conversations)
        name = f"{self._name}.{self._count}~{victim.name}"
        intruder = Conversation(name, victim.mailbox, f"x{self._count}@stranger.test", victim.root, 1)
        return self._mail(intruder, "stranger", (victim.mailbox,)), intruder.sender

    def _mail(self, conversation: Conversation, kind: str, mailboxes: tuple[str, ...]) -> Told:
        message_id = f"<{self._name}.{self._count}@campaign.test>"
        lines = [
            f"From: Somebody <{conversation.sender}>",
            f"To: {', '.join(mailboxes)}",
            f"Subject: {conversation.name} number {conversation.next_number}",
            "Date: Mon, 23 Nov 2026 12:00:00 +0000",
            *([] if kind == "no-id" else [f"Message-ID: {message_id}"]),
            *([f"References: {conversation.root}"] if conversation.root else []),
            *(["Auto-Submitted: auto-replied"] if kind == "auto-reply" else []),
            "",
            f"Words of {message_id}.",
            *(["x" * 76] * (BIG_BYTES // 78) if kind == "big" else []),
            "",
        ]
        told = Told(
            message_id=message_id,
            mailboxes=mailboxes,
            content="\r\n".join(lines).encode(),
            thread=conversation.name,
            number=conversation.next_number,
            kind=kind,
        )
        conversation.root = conversation.root or message_id
        conversation.next_number += 1
        return told

    def _garbage(self) -> tuple[Told, str]:
        name = f"{self._name}.{self._count}"
        mailbox = self._random.choice(MAILBOXES)
        content = self._random.choice(GARBAGE)(name, self._random)
        told = Told(f"<{name}>", (mailbox,), content, name, 0, "poison")
        return told, f"garbage{self._count}@campaign.test"


def _noise(name: str, random: Random) -> bytes:
    noise = random.randbytes(400).replace(b"\r", b"?").replace(b"\n", b"?").replace(b"\0", b"?")
    return b"From: a@b\r\nX: " + noise + b"\r\n\r\n" + name.encode() + noise + b"\r\n"


def _no_header(name: str, random: Random) -> bytes:
    return f"just words without any header {name}\r\n".encode()


def _broken_multipart(name: str, random: Random) -> bytes:
    head = f"Message-ID: <{name}>\r\nContent-Type: multipart/mixed; boundary=\r\n\r\n"
    return (head + "--\r\nContent-Type: multipart/" + "a/" * 40 + "\r\n\r\n--x\r\n").encode()


def _wrong_charset(name: str, random: Random) -> bytes:
    head = f"From: =?no-such-charset?Q?=FF?= <a@c1.test>\r\nSubject: =?utf-8?B?{name}?=\r\n"
    return (
        head.encode()
        + b'Content-Type: text/plain; charset="\xff\xfe"\r\n\r\n\xff\xfe\xfd '
        + name.encode()
        + b"\r\n"
    )


def _deep(name: str, random: Random) -> bytes:
    nested = "".join(f'Content-Type: multipart/mixed; boundary="{n}"\r\n\r\n--{n}\r\n' for n in range(300))
    return f"Message-ID: <{name}>\r\nFrom: p1@c1.test\r\n{nested}\r\n".encode()


GARBAGE = (_noise, _no_header, _broken_multipart, _wrong_charset, _deep)
