"""Senders that never give up: each mail is tried until it is answered with 250 or 5xx, and all answers are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random

from tests.faults.evidence import Told
from tests.faults.mails import MailStream
from tests.faults.smtp_client import Vanish, deliver

_RETRY_SECONDS = (0.1, 0.6)
_DUPLICATES = 0.06


class Senders:
    """`told` is what the checks believe. `vanish_next`: the next tries end so, one each."""

    def __init__(self, port: Callable[[], int], seed: int, *, count: int, pause_seconds: float) -> None:
        self._port = port
        self._seed = seed
        self._count = count
        self._pause_seconds = pause_seconds
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.told: list[Told] = []
        self.vanish_next: list[Vanish] = []

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._send(number)) for number in range(self._count)]

    async def finish(self, within_seconds: float = 90.0) -> None:
        """No new mails; the present ones are tried to their end. Raises what a sender raised."""
        self._stopping.set()
        done, late = await asyncio.wait(self._tasks, timeout=within_seconds)
        for task in late:
            task.cancel()
        for task in done:
            task.result()
        if late:
            raise AssertionError(f"{len(late)} senders got no answer in {within_seconds} s")

    async def probe(self, name: str, number: int) -> Told:
        """A mail that opens a ticket; returns when it was accepted."""
        told, sender = MailStream(f"{name}-{number}", number).next()
        while told.kind != "human":
            number += 1_000
            told, sender = MailStream(f"{name}-{number}", number).next()
        await self._until_answered(told, sender, Random(number))
        return told

    async def send_big(self, number: int) -> None:
        """A mail for the blob store; returns when it was accepted."""
        told, sender = MailStream(f"big{self._seed}-{number}", number).big()
        await self._until_answered(told, sender, Random(number))

    async def _send(self, number: int) -> None:
        stream, random = MailStream(f"s{self._seed}-{number}", self._seed * 100 + number), Random(number)
        while not self._stopping.is_set():
            told, sender = stream.next()
            await self._until_answered(told, sender, random)
            if random.random() < _DUPLICATES:
                await self._until_answered(told, sender, random, again=True)
            await asyncio.sleep(random.uniform(0.5, 1.5) * self._pause_seconds)

    async def _until_answered(self, told: Told, sender: str, random: Random, *, again: bool = False) -> None:
        if not again:
            self.told.append(told)
        while True:
            vanish = self.vanish_next.pop() if self.vanish_next else None
            answer = await deliver(self._port(), sender, told.mailboxes, told.content, vanish)
            told.answers.append(answer)
            if answer in ("accepted", "refused"):
                return
            await asyncio.sleep(random.uniform(*_RETRY_SECONDS))
