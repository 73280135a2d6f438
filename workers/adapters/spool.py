"""Values by key in a temporary file, for work over history whose memory must not grow with it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, MutableMapping
from pathlib import Path


class Spool(MutableMapping[str, bytes]):
    """Gone when it is closed, and when the process ends. SQLite writes to disk only what its cache can't hold.

    With a `path` it stays: what one process wrote and closed, another can open.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._file = sqlite3.connect(path or "", isolation_level=None)  # an empty name: a file of its own
        self._file.execute("pragma journal_mode = off")  # nothing is ever rolled back
        self._file.execute("pragma synchronous = off")
        self._file.execute(
            "create table if not exists spool (key text primary key, value blob) without rowid"
        )
        self._file.execute("begin")  # one for all: each of their own would write its pages to the file

    def __getitem__(self, key: str) -> bytes:
        found = self._file.execute("select value from spool where key = ?", (key,)).fetchone()
        if found is None:
            raise KeyError(key)
        return bytes(found[0])

    def __setitem__(self, key: str, value: bytes) -> None:
        self._file.execute("insert or replace into spool values (?, ?)", (key, value))

    def __delitem__(self, key: str) -> None:
        if not self._file.execute("delete from spool where key = ?", (key,)).rowcount:
            raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        for (key,) in self._file.execute("select key from spool order by key"):
            yield str(key)

    def __len__(self) -> int:
        return int(self._file.execute("select count(*) from spool").fetchone()[0])

    def clear(self) -> None:
        self._file.execute("delete from spool")

    def close(self) -> None:
        self._file.commit()
        self._file.close()
