"""What the flow page shows beside conservation, asked in the background: a page that is looked at costs nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from mode import Service

from workers.cancellation import only_ours
from workers.errors import StellwerkError
from workers.page_ports import InputLag, InputLags

_log = structlog.get_logger(__name__)

SAMPLE_SECONDS = 5.0
CHECK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Dependency:
    """`problem` None: it answers."""

    name: str
    problem: str | None


@dataclass(frozen=True, slots=True)
class Sample:
    """`at`: Unix time; None: nothing was asked yet. `lags` are the last ones known."""

    at: float | None = None
    lags: tuple[InputLag, ...] = ()
    dependencies: tuple[Dependency, ...] = ()


Check = Callable[[], Awaitable[object]]
"""Raises what is wrong with a dependency."""


class PageSampler(Service):
    """Asks every 5 s, each question within a bound. While Kafka is away the lags stay, and their age tells."""

    def __init__(self, lags: InputLags, checks: Sequence[tuple[str, Check]], **options: Any) -> None:
        super().__init__(**options)
        self._lags = lags
        self._checks = checks
        self.sample = Sample()

    @Service.task
    async def _run(self) -> None:
        while not self.should_stop:
            await self.take()
            await self.sleep(SAMPLE_SECONDS)

    async def take(self) -> None:
        """One sample."""
        known: list[InputLag] = []

        async def ask() -> None:
            known.extend(await self._lags.ask())

        checks = (("Kafka", ask), *self._checks)
        problems = await asyncio.gather(*(_problem(check) for _, check in checks))
        dependencies = tuple(
            Dependency(name, problem) for (name, _), problem in zip(checks, problems, strict=True)
        )
        at = time.time() if problems[0] is None else self.sample.at
        self.sample = Sample(at, tuple(known) or self.sample.lags, dependencies)


async def _problem(check: Check) -> str | None:
    try:
        async with asyncio.timeout(CHECK_SECONDS + 1):
            with only_ours("a check"):
                await check()
    except StellwerkError as error:
        return error.public
    except TimeoutError:
        return "no answer in time"
    except Exception as error:  # noqa: BLE001 - a page must never take the workers beside it along
        _log.exception("pages-failed", kind=type(error).__name__)
        return "a bug of ours: the log says which"
    return None
