"""What accepting a mail over a kept connection costs the SMTP process, in CPU µs, without sockets and Kafka.

    python -m tests.benchmarks.profile_smtp [BYTES]

Each line adds a part to those above it. Then the functions that take most.
"""

from __future__ import annotations

import asyncio
import cProfile
import gc
import os
import pstats
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import cast

from config.logging import configure_logging
from config.policy_file import load_policy
from tests.benchmarks.bench_world import SIGNER, grown_directory
from tests.benchmarks.smtp_load import mail_of
from tests.support.fakes_mail import FakeBlobStore
from tests.support.smtp_octets import Wire, shared
from workers.adapters.mime_parser import parse_mail
from workers.adapters.smtp_limits import SmtpLimits
from workers.adapters.smtp_session import SmtpSession
from workers.adapters.smtp_shared import Accept, Screen
from workers.adapters.work_log import WorkLog
from workers.entrypoints.provision import SAMPLES
from workers.ports import Ack, OutRecord
from workers.processors.accept import AcceptMail
from workers.processors.refuse import RefuseMail
from workers.routing.policy_version import as_version
from workers.routing.received_mail import ReceivedMail

MAILS, REPEAT, SHOWN = 300, 9, 40
PIECE_BYTES = 64 * 1024


class _NoKafka:
    available = True

    async def append(self, records: Sequence[OutRecord]) -> list[Ack]:
        return [Ack(record.topic, 0, 0) for record in records]


async def _nothing(mail: ReceivedMail) -> tuple[str, ...]:
    return ("a delivery",)


def _parts() -> dict[str, tuple[Accept, Screen]]:
    policy = as_version(load_policy(SAMPLES / "policy.yaml", grown_directory()))
    refuse = RefuseMail(SIGNER, parse_mail, lambda: policy)

    def accepting(work: WorkLog | None = None) -> Accept:
        accept = AcceptMail(SIGNER, _NoKafka(), FakeBlobStore(), work=work)

        async def unless_refused(mail: ReceivedMail) -> tuple[str, ...]:
            await refuse.after_data(mail)
            return await accept(mail)

        return unless_refused

    return {
        "the SMTP session": (_nothing, lambda _: None),
        "the shipped policy's rule at RCPT": (_nothing, refuse.at_rcpt),
        "accepting: ids, digests, the event": (accepting(), refuse.at_rcpt),
        "a line in the log": (accepting(WorkLog()), refuse.at_rcpt),
    }


class _Conversation:
    """One client and its mails, one after another."""

    def __init__(self, accept: Accept, screen: Screen, size_bytes: int) -> None:
        self._wire = Wire()
        self._session = SmtpSession(shared(accept, screen, SmtpLimits()))
        self._session.connection_made(cast("asyncio.Transport", self._wire))
        self._session.data_received(b"EHLO client.example\r\n")
        self._content = mail_of(size_bytes, 1)

    async def mail(self) -> None:
        say = self._session.data_received
        say(b"MAIL FROM:<jan@acme.test>\r\n")
        say(b"RCPT TO:<support@acme.example>\r\n")
        say(b"DATA\r\n")
        for start in range(0, len(self._content), PIECE_BYTES):
            say(self._content[start : start + PIECE_BYTES])
        while not self._wire.said.endswith(b"Accepted\r\n"):  # noqa: ASYNC110  # an event would cost as much as a session
            await asyncio.sleep(0)
        self._wire.said.clear()


async def _cpu_us(mail: Callable[[], Awaitable[None]]) -> float:
    """The least of several rounds: what others do on the machine only ever adds."""
    rounds = []
    for _ in range(REPEAT):
        began = time.process_time()
        for _ in range(MAILS):
            await mail()
        rounds.append(1e6 * (time.process_time() - began) / MAILS)
    return min(rounds)


async def main(size_bytes: int) -> None:
    gc.freeze()
    before = 0.0
    for name, (accept, screen) in _parts().items():
        spent = await _cpu_us(_Conversation(accept, screen, size_bytes).mail)
        print(f"{spent - before:8.1f} µs  {name}")
        before = spent
    print(f"{before:8.1f} µs  together")
    conversation, profile = _Conversation(*_parts()["a line in the log"], size_bytes), cProfile.Profile()
    profile.enable()
    for _ in range(MAILS):
        await conversation.mail()
    profile.disable()
    pstats.Stats(profile).sort_stats("tottime").print_stats(SHOWN)


if __name__ == "__main__":
    with Path(os.devnull).open("w") as nowhere:
        configure_logging("info", "json", nowhere)
        asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000))
