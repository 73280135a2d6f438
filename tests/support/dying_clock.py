"""The SLA clock, which kills itself (-9) each time after its ticks are published and before they leave the schedule."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping

from config.logging import configure_logging
from config.settings import load_settings
from workers.adapters.redis_client import redis_client
from workers.adapters.redis_schedule_store import RedisScheduleStore
from workers.entrypoints.clock_service import ClockService
from workers.entrypoints.installation import configured_installation
from workers.entrypoints.shell import run_services


class DyingStore(RedisScheduleStore):
    """What is written after something was found due is the answer to its ticks."""

    _ticked = False

    async def due(self, schedule: str, mark: str, until_ms: int, limit: int) -> list[str] | None:
        found = await super().due(schedule, mark, until_ms, limit)
        self._ticked = self._ticked or bool(found)
        return found

    async def write(self, schedule: str, expected: str, mark: str, changes: Mapping[str, int | None]) -> bool:
        if self._ticked:
            os.kill(os.getpid(), signal.SIGKILL)
        return await super().write(schedule, expected, mark, changes)


def main() -> None:
    configure_logging("info", "json")
    installation = configured_installation(load_settings())
    store = DyingStore(redis_client(installation.redis_url))
    run_services("stellwerk-work", [ClockService(installation, store)])


if __name__ == "__main__":
    main()
