"""What lies in the blob store, and taking away what nobody refers to."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import fsspec

from workers.errors import DependencyUnavailable
from workers.ports import StoredBlob

_BLOB = re.compile(r"(?P<digest>[0-9a-f]{64})\Z")
_PARTIAL = re.compile(r"\.(?P<digest>[0-9a-f]{64})\.[0-9a-f]{32}\.partial\Z")
_TIMES = ("mtime", "LastModified", "last_modified", "updated", "created")
"""What the file systems of fsspec call the time of the last change."""


class FsspecBlobInventory:
    """`BlobInventory` below one URL, laid out by `FsspecBlobStore`. Other files there are left alone."""

    def __init__(self, url: str) -> None:
        self._fs, self._root = fsspec.core.url_to_fs(url)

    async def stored(self) -> tuple[StoredBlob, ...]:
        """See `BlobInventory`."""
        return await asyncio.to_thread(self._stored)

    async def has(self, sha256: str) -> bool:
        """See `BlobInventory`."""
        return await asyncio.to_thread(self._has, sha256)

    async def remove(self, blob: StoredBlob, unchanged_since: datetime) -> bool:
        """See `BlobInventory`."""
        return await asyncio.to_thread(self._remove, blob, unchanged_since)

    def _stored(self) -> tuple[StoredBlob, ...]:
        with _failures():
            if not self._fs.exists(self._root):
                return ()
            found = self._fs.find(self._root, detail=True)
        return tuple(blob for path, about in found.items() if (blob := _blob(path, about)))

    def _has(self, sha256: str) -> bool:
        with _failures():
            return bool(self._fs.exists(f"{self._root.rstrip('/')}/{sha256[:2]}/{sha256}"))

    def _remove(self, blob: StoredBlob, unchanged_since: datetime) -> bool:
        with _failures():
            try:
                self._fs.invalidate_cache()
                now = _blob(blob.path, self._fs.info(blob.path))
                if now is None or now.changed_at is None or now.changed_at >= unchanged_since:
                    return False
                self._fs.rm_file(blob.path)
            except FileNotFoundError:
                return False
        return True


def _blob(path: str, about: Mapping[str, Any]) -> StoredBlob | None:
    name = path.rpartition("/")[2]
    whole, partial = _BLOB.match(name), _PARTIAL.match(name)
    found = whole or partial
    if found is None or about.get("type") != "file":
        return None
    return StoredBlob(
        path, found["digest"], int(about.get("size") or 0), _changed_at(about), whole is not None
    )


def _changed_at(about: Mapping[str, Any]) -> datetime | None:
    for name in _TIMES:
        match about.get(name):
            case datetime() as time:
                return time if time.tzinfo else time.replace(tzinfo=UTC)
            case int() | float() as seconds:
                return datetime.fromtimestamp(seconds, UTC)
            case _:
                pass
    return None


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # each object store raises errors of its own
        raise DependencyUnavailable("The blob store does not answer", error=type(error).__name__) from error
