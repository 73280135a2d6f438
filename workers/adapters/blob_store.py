"""Content too big for a record, on whatever fsspec reaches by a URL: a directory, or an object store."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from workers.adapters.durable_files import write_durably
from workers.errors import DependencyUnavailable, InvalidInput

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_CHUNK_BYTES = 256 * 1024


class FsspecBlobStore:
    """`BlobStore` below one URL (`file:///var/lib/stellwerk/blobs`, `s3://bucket/path`, a plain path).

    A blob's address is its SHA-256, and a `ref` is only believed for that: what it says of the place is not
    used, so a moved store still finds its blobs and no ref reaches beyond it. In a local directory a blob is
    synced to disk, file and directory, before `put` returns. Full, unwritable or absent: DependencyUnavailable.
    """

    def __init__(self, url: str) -> None:
        self._fs, self._root = fsspec.core.url_to_fs(url)

    async def put(self, sha256: str, content: bytes) -> str:
        """Make it durable, then answer its URL. Writing the same blob again is harmless."""
        path = self._path(sha256)
        try:
            await asyncio.to_thread(self._write, path, content)
        except Exception as error:  # each object store raises errors of its own
            raise DependencyUnavailable(
                "The blob store does not take content now", error=type(error).__name__
            ) from error
        return str(self._fs.unstrip_protocol(path))

    async def get(self, ref: str) -> bytes:
        """The bytes. InvalidInput for a blob that is not there or not what its address says."""
        digest = _digest_of(ref)
        content = await asyncio.to_thread(self._read, self._path(digest))
        if sha256(content).hexdigest() != digest:
            raise InvalidInput("The blob is not what its address says", sha256=digest)
        return content

    async def stream(self, ref: str) -> AsyncIterator[bytes]:
        """The same bytes in pieces, in bounded memory. Errors as of `get`; a blob that is not what its address
        says is found at its end: then the last piece is kept back, so that nobody takes it for the whole."""
        digest, known, last = _digest_of(ref), sha256(), b""
        file = await asyncio.to_thread(self._open, self._path(digest))
        try:
            while piece := await asyncio.to_thread(self._read_piece, file):
                known.update(piece)
                if last:
                    yield last
                last = piece
            if known.hexdigest() != digest:
                raise InvalidInput("The blob is not what its address says", sha256=digest)
            if last:
                yield last
        finally:
            await asyncio.to_thread(file.close)

    def _path(self, digest: str) -> str:
        return f"{self._root.rstrip('/')}/{digest[:2]}/{digest}"

    def _write(self, path: str, content: bytes) -> None:
        if isinstance(self._fs, LocalFileSystem):
            write_durably(path, content)
        else:
            self._fs.makedirs(path.rpartition("/")[0], exist_ok=True)
            self._fs.pipe_file(path, content)

    def _read(self, path: str) -> bytes:
        with self._failures():
            return bytes(self._fs.cat_file(path))

    def _open(self, path: str) -> Any:
        with self._failures():
            return self._fs.open(path, "rb")

    def _read_piece(self, file: Any) -> bytes:
        with self._failures():
            return bytes(file.read(_CHUNK_BYTES))

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            if self._is_there(self._root):
                raise InvalidInput("There is no such blob") from error
            raise DependencyUnavailable("The blob store is not there") from error
        except Exception as error:
            raise DependencyUnavailable(
                "The blob store does not answer", error=type(error).__name__
            ) from error

    def _is_there(self, path: str) -> bool:
        return not isinstance(self._fs, LocalFileSystem) or bool(self._fs.exists(path))


def _digest_of(ref: str) -> str:
    digest = ref.rpartition("/")[2]
    if not _SHA256.match(digest):
        raise InvalidInput("This is no reference to a blob")
    return digest
