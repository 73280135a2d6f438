"""The content of a mail out of the octets after DATA. RFC 5321 §4.1.1.4 and §4.5.2, without IO.

Only CR LF . CR LF ends it: servers that also take other line ends let one mail smuggle in another
(CVE-2023-51764 and its family). A dot alone between any *other* line ends is what such an attack looks like,
so it is refused; elsewhere a bare CR or LF is kept as it is, like every other octet.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import NamedTuple

_END = b"\r\n.\r\n"
_LEADING_DOT = re.compile(rb"\.(?<=[\r\n]\.)")
_FORGED_END = re.compile(rb"\.(?<=[\r\n]\.)[\r\n]")
"""A line's beginning and end by any notion of lines. To look for the dot first is ten times as fast."""

_DOTS_ONE_BY_ONE = 16
"""A search for a single octet is thirty times as fast as any other, but each costs a call: many dots are text."""


class DataFault(Enum):
    """Why content is not taken."""

    TOO_BIG = auto()
    FORGED_END = auto()
    LINE_TOO_LONG = auto()


class Data(NamedTuple):
    """All that came before the end. `content` is after dot-unstuffing; empty where there is a `fault`.

    `rest`: what the client sent after it, the beginning of its next command.
    """

    content: bytes
    rest: bytes
    fault: DataFault | None = None


class DataReader:
    """Feed it chunks, cut anywhere, until it answers with the whole.

    Content of more than `limit` octets is thrown away as it comes, up to its end. Holds at most a third more
    than `limit` (stuffed dots) and one chunk.
    """

    def __init__(self, limit: int, line_limit: int) -> None:
        self._limit = limit
        self._line_limit = line_limit
        self._held_limit = limit + limit // 3 + len(_END)
        self._buffer = bytearray(b"\r\n")  # so that a dot at the very beginning is one at a line's beginning
        self._first_dot = -1
        self._discarding = False

    @property
    def held_bytes(self) -> int:
        return len(self._buffer)

    def feed(self, chunk: bytes | bytearray) -> Data | None:
        """The content once its end is in, None before."""
        searched = len(self._buffer)
        self._buffer += chunk
        if self._first_dot < 0:
            self._first_dot = _leading_dot(self._buffer, searched)
        if self._first_dot >= 0:  # else there is no end: its dot would be the first
            end = self._buffer.find(_END, max(0, self._first_dot - 2, searched - len(_END) + 1))
            if end >= 0:
                return self._data(end)
        if self._discarding or len(self._buffer) > self._held_limit:
            self.discard()
        return None

    def discard(self) -> None:
        """From now on keep nothing, only look for the end."""
        self._discarding = True
        self._first_dot = 0  # it may be anywhere
        del self._buffer[: 1 - len(_END)]

    def _data(self, end: int) -> Data:
        rest = bytes(self._buffer[end + len(_END) :])
        if self._discarding:
            return Data(b"", rest, DataFault.TOO_BIG)
        stuffed = memoryview(self._buffer)[: end + 2]
        if self._first_dot > end:  # almost every mail
            content = bytes(stuffed[2:])
        elif _FORGED_END.search(stuffed, self._first_dot) is None:
            content = bytes(stuffed).replace(b"\r\n.", b"\r\n")[2:]
        else:
            return Data(b"", rest, DataFault.FORGED_END)
        fault = self._fault(content)
        return Data(b"" if fault else content, rest, fault)

    def _fault(self, content: bytes) -> DataFault | None:
        if len(content) > self._limit:
            return DataFault.TOO_BIG
        if has_line_longer_than(self._line_limit, content):
            return DataFault.LINE_TOO_LONG
        return None


def _leading_dot(octets: bytearray, start: int) -> int:
    """Where the first dot at or after `start` is that begins a line by any notion of lines; -1: nowhere."""
    for _ in range(_DOTS_ONE_BY_ONE):
        dot = octets.find(b".", start)
        if dot < 0 or octets[dot - 1] in b"\r\n":
            return dot
        start = dot + 1
    found = _LEADING_DOT.search(octets, start)
    return found.start() if found else -1


def has_line_longer_than(limit: int, content: bytes) -> bool:
    """Whether a line has more than `limit` octets before its LF. Looks at one place per `limit` octets."""
    start = 0
    while len(content) - start > limit:
        end = content.rfind(b"\n", start, start + limit + 1)
        if end < 0:
            return True
        start = end + 1
    return False
