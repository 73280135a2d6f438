"""Counts from the first batch to the last: starting, joining and rebuilding are not what is measured."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass

PATIENCE_SECONDS = 300.0
LOOK_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class Run:
    """`cpu_seconds`: of the whole process, all threads."""

    records: int
    seconds: float
    cpu_seconds: float

    @property
    def per_second(self) -> float:
        return self.records / self.seconds

    @property
    def cpu_us_each(self) -> float:
        return 1e6 * self.cpu_seconds / self.records

    def tell(self) -> None:
        """To the process that started us: one line of JSON on stdout."""
        print(json.dumps(asdict(self)), flush=True)


class Meter:
    """`saw` it the count of records now and then; the clock runs from the first that is not zero."""

    def __init__(self) -> None:
        self._begun_at = time.monotonic()
        self._first: tuple[int, float, float] | None = None

    def saw(self, count: int, total: int) -> Run | None:
        """The run, once `count` has come to `total`. TimeoutError where that takes for ever."""
        if time.monotonic() - self._begun_at > PATIENCE_SECONDS:
            raise TimeoutError(f"{count} of {total} records after {PATIENCE_SECONDS:.0f} s")
        if self._first is None:
            self._first = (count, time.monotonic(), time.process_time()) if count else None
            return None
        if count < total:
            return None
        already, since, cpu = self._first
        return Run(total - already, time.monotonic() - since, time.process_time() - cpu)
