"""One line in the log for each delivery, command or order, and stage: ids, outcome, and nothing else (P5)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import structlog

from workers.work_ports import Work

MAX_ID_CHARACTERS = 128
"""Command and order ids are made by others."""


class WorkLog:
    """`WorkObserver`. Work without ids (a mail as a whole, a view that is brought up to date) has no line.

    Make it when logging is configured: its level is looked up once, for this is written for every mail.
    """

    def __init__(self) -> None:
        self._log: Any = structlog.get_logger(__name__).bind()
        self._wanted = self._log.is_enabled_for(logging.INFO)

    def done(self, work: Sequence[Work], seconds: float) -> None:
        if not self._wanted:
            return
        for each in work:
            if each.ids:
                self._log.info("work-done", **_fields(each), seconds=round(seconds, 3))


def _fields(work: Work) -> dict[str, str | int]:
    ids = {name: value[:MAX_ID_CHARACTERS] for name, value in work.ids.items()}
    fields: dict[str, str | int] = {"stage": work.stage, "outcome": work.outcome, **ids}
    if work.place is not None:
        place = work.place
        fields |= {"topic": place.topic, "partition": place.partition, "offset": place.offset}
    if work.trace is not None:
        fields["trace_id"] = work.trace.trace_id
    return fields
