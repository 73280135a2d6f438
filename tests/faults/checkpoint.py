"""Faults at exact moments: a worker looks, after each step of its lanes, for an order to fall over there."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from pathlib import Path

from redis import Redis

from tests.support.eventually import eventually

STEPS = ("acquired", "polled", "decided", "begun", "sent", "committed", "viewed", "rebuilding")
"""`begun`, `sent`: inside the transaction. `committed`: between the commit and the view."""


_ORDER_PATIENCE_SECONDS = 8.0


class NotInjectedError(Exception):
    """The moment for the fault did not come; it is not counted."""


class OrderedFaults:
    """Fits the engine's `Checkpoint`. An order is a file named as the step, carried out by whoever takes it.

    Its text: `kill`, `pause`, `flush REDIS_URL` or `wait SECONDS`.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def __call__(self, step: str, partition: int) -> None:
        order = self._directory / step
        if order.exists():
            await self._carry_out(order)

    async def _carry_out(self, order: Path) -> None:
        action, _, argument = _take(order).partition(" ")
        if action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif action == "pause":
            os.kill(os.getpid(), signal.SIGSTOP)
        elif action == "flush":
            Redis.from_url(argument).flushall()
        elif action == "wait":
            await asyncio.sleep(float(argument))


def _take(order: Path) -> str:
    """The order's text, or nothing where another worker was faster."""
    taken = order.with_suffix(f".taken-{os.getpid()}")
    try:
        order.rename(taken)
    except FileNotFoundError:
        return ""
    text = taken.read_text()
    taken.unlink()
    return text


def order_fault(directory: Path, step: str, action: str) -> Path:
    """Leave an order; the file is gone when it was taken."""
    unfinished = directory / f".{step}"
    unfinished.write_text(action)
    return unfinished.rename(directory / step)


async def until_taken(orders: Sequence[Path]) -> None:
    """Or take the orders back: no lane passed there in time."""
    try:
        await eventually(lambda: not any(o.exists() for o in orders), within=_ORDER_PATIENCE_SECONDS)
    except AssertionError:
        for order in orders:
            order.unlink(missing_ok=True)
        raise NotInjectedError from None
