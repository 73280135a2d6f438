"""Logs: structlog, one JSON object a line on stderr; for people where stderr is a terminal.

The standard library's loggers (aiokafka, faust, aiohttp) end in the same lines, so that a log has one form. Ours do
not go by them: a line for every mail takes half as long without their records. Of an exception only types and places
are written: its text and its local variables may hold words of a mail (P5).
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from functools import partial
from typing import Literal, TextIO

import structlog
from structlog.typing import Processor

from config.log_exceptions import exception_as_text, exception_without_content

LogFormat = Literal["auto", "json", "human"]
LogLevel = Literal["debug", "info", "warning", "error"]
_CHATTY = ("aiokafka", "faust", "mode", "aiohttp.access", "asyncio", "kafka")


def configure_logging(
    level: LogLevel = "info", form: LogFormat = "auto", stream: TextIO | None = None
) -> None:
    """Set up all logging of this process; the last call holds. `stream`: instead of stderr."""
    to = stream or sys.stderr
    people = form == "human" or (form == "auto" and to.isatty())
    handler = logging.StreamHandler(to)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_shared(),
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(to, people)],
        )
    )
    logging.raiseExceptions = False  # a failing handler would print the record with its arguments
    handler.addFilter(_is_no_banner)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[*_shared(), *_rendering(to, people)],
        wrapper_class=structlog.make_filtering_bound_logger(root.level),
        logger_factory=partial(_Lines, handler),
        cache_logger_on_first_use=False,
    )


def _is_no_banner(record: logging.LogRecord) -> bool:
    """Mode tells of each service that it starts and stops, under the service's own name: no unit of work."""
    return record.levelno > logging.INFO or not str(record.msg).startswith("[^")


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        exception_without_content,
    ]


def _rendering(stream: TextIO, people: bool) -> Sequence[Processor]:
    if people:
        return [exception_as_text, structlog.dev.ConsoleRenderer(colors=stream.isatty())]
    return [structlog.processors.JSONRenderer(ensure_ascii=False, default=str)]


class _Lines:
    """Where structlog's lines go, by the standard library's handler: none breaks into another.

    What cannot be written (nobody reads any more) is lost, and ends nothing, as there.
    """

    def __init__(self, handler: logging.StreamHandler[TextIO], name: str = "") -> None:
        self.name = name
        self._handler = handler

    def msg(self, line: str) -> None:
        handler = self._handler
        handler.acquire()
        try:
            handler.stream.write(line + handler.terminator)
            handler.flush()
        except (OSError, ValueError):
            return
        finally:
            handler.release()

    debug = info = warning = error = critical = msg
