"""Exceptions in logs: what and where, without their texts."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping
from typing import Any

from structlog.typing import EventDict, WrappedLogger

from workers.errors import StellwerkError

_MAX_FRAMES = 30
_MAX_CAUSES = 5


def exception_without_content(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replaces `exc_info` by `exception`: a list, the raised one first, then what caused it.

    Only our own errors show their text, which is made for everybody; a library's may quote its input.
    """
    error = _exception(event.pop("exc_info", None))
    if error is not None:
        event["exception"] = _chain(error)
    return event


def exception_as_text(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The same for people: innermost place last, as Python shows it."""
    if chain := event.get("exception"):
        event["exception"] = "\n".join(line for error in chain for line in _lines(error))
    return event


def _lines(error: Mapping[str, Any]) -> list[str]:
    public = f": {error['public']}" if "public" in error else ""
    return [f"{error['type']}{public}", *(f"  {frame}" for frame in error["frames"])]


def _exception(given: object) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1] if isinstance(given[1], BaseException) else None
    return sys.exc_info()[1] if given else None


def _chain(error: BaseException) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    cause: BaseException | None = error
    while cause is not None and len(found) < _MAX_CAUSES:
        found.append(_described(cause))
        cause = cause.__cause__ or cause.__context__
    return found


def _described(error: BaseException) -> dict[str, object]:
    frames = traceback.extract_tb(error.__traceback__)[-_MAX_FRAMES:]
    described: dict[str, object] = {
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        "frames": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
    if isinstance(error, StellwerkError):
        described["public"] = error.public
    return described
