"""T10: while a broker is down, aiokafka logs thousands of lines a second. Let a few through, count the rest."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

BURST = 5
WINDOW_SECONDS = 10.0


@dataclass(slots=True)
class _Window:
    started: float
    seen: int = 0


@dataclass(slots=True)
class NoiseFilter:
    """A logging filter: `burst` lines per message template and window; the next window says what was dropped."""

    clock: Callable[[], float] = time.monotonic
    burst: int = BURST
    window_seconds: float = WINDOW_SECONDS
    _windows: dict[tuple[str, str], _Window] = field(default_factory=dict)

    def filter(self, record: logging.LogRecord) -> bool:
        key = (record.name, str(record.msg)[:80])
        now = self.clock()
        window = self._windows.get(key)
        if window is None or now - window.started > self.window_seconds:
            self._tell_dropped(record, window)
            window = self._windows[key] = _Window(now)
        window.seen += 1
        return window.seen <= self.burst

    def _tell_dropped(self, record: logging.LogRecord, last: _Window | None) -> None:
        if last is not None and last.seen > self.burst:
            record.msg, record.args = f"{record.getMessage()} [{last.seen - self.burst} more dropped]", ()
        if len(self._windows) > 1000:
            self._windows.clear()


def quieten_aiokafka() -> None:
    """Idempotent. On each logger of aiokafka, because filters are not inherited by child loggers."""
    noise = NoiseFilter()
    for name, logger in list(logging.root.manager.loggerDict.items()):
        if not name.startswith("aiokafka") or not isinstance(logger, logging.Logger):
            continue
        if not any(isinstance(present, NoiseFilter) for present in logger.filters):
            logger.addFilter(noise)
