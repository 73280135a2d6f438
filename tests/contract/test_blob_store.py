"""One suite for blob stores: the fake, a local directory, and an object store (fsspec's in memory)."""

from hashlib import sha256
from pathlib import Path

import pytest

from tests.support.fakes_mail import FakeBlobStore
from workers.adapters.blob_store import FsspecBlobStore
from workers.errors import DependencyUnavailable, InvalidInput
from workers.ports import BlobStore

CONTENT = b"\0\xff content" * 1000
DIGEST = sha256(CONTENT).hexdigest()


@pytest.fixture(params=["fake", "directory", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FakeBlobStore | FsspecBlobStore:
    if request.param == "fake":
        return FakeBlobStore()
    return FsspecBlobStore(
        f"file://{tmp_path}/blobs" if request.param == "directory" else f"memory://{tmp_path}"
    )


async def test_what_was_put_is_got(store: BlobStore) -> None:
    """By the answer of `put`, which is a URL."""
    ref = await store.put(DIGEST, CONTENT)
    assert "://" in ref
    assert CONTENT == await store.get(ref)


async def test_what_was_put_is_streamed(store: FakeBlobStore | FsspecBlobStore) -> None:
    """The same octets in several pieces."""
    content = CONTENT * 60
    ref = await store.put(sha256(content).hexdigest(), content)
    pieces = [piece async for piece in store.stream(ref)]
    assert content == b"".join(pieces)
    assert len(pieces) > 1


async def test_nothing_is_streamed_of_what_was_never_put(store: FakeBlobStore | FsspecBlobStore) -> None:
    """Known before the first piece."""
    ref = await store.put(DIGEST, CONTENT)
    with pytest.raises(InvalidInput):
        await anext(store.stream(ref.replace(DIGEST, "0" * 64)))


async def test_a_changed_blob_is_never_streamed_as_a_whole(tmp_path: Path) -> None:
    """Its last piece is kept back."""
    store = FsspecBlobStore(str(tmp_path))
    content = CONTENT * 60
    digest = sha256(content).hexdigest()
    ref = await store.put(digest, content)
    (tmp_path / digest[:2] / digest).write_bytes(b"x" * len(content))
    pieces: list[bytes] = []

    async def read() -> None:
        async for piece in store.stream(ref):
            pieces.append(piece)  # noqa: PERF401 - what came before the error counts

    with pytest.raises(InvalidInput, match="not what its address says"):
        await read()
    assert sum(map(len, pieces)) < len(content)


async def test_putting_twice_is_putting_once(store: BlobStore) -> None:
    """The address is the content's digest."""
    assert await store.put(DIGEST, CONTENT) == await store.put(DIGEST, CONTENT)


async def test_what_was_never_put_is_invalid_not_unavailable(store: BlobStore) -> None:
    """Waiting would not help."""
    ref = await store.put(DIGEST, CONTENT)
    with pytest.raises(InvalidInput):
        await store.get(ref.replace(DIGEST, "0" * 64))


async def test_what_is_no_reference_is_invalid(store: BlobStore) -> None:
    """And reaches no other file."""
    for ref in ("", "file:///etc/passwd", "../../../etc/passwd"):
        with pytest.raises(InvalidInput):
            await store.get(ref)


async def test_a_changed_blob_is_not_given_out(tmp_path: Path) -> None:
    """Its digest is checked at each read."""
    store = FsspecBlobStore(str(tmp_path))
    ref = await store.put(DIGEST, CONTENT)
    (tmp_path / DIGEST[:2] / DIGEST).write_bytes(b"x" * len(CONTENT))
    with pytest.raises(InvalidInput, match="not what its address says"):
        await store.get(ref)


async def test_a_blob_that_was_cut_short_is_written_anew(tmp_path: Path) -> None:
    """As after a crash of another program's copy."""
    store = FsspecBlobStore(str(tmp_path))
    await store.put(DIGEST, CONTENT)
    (tmp_path / DIGEST[:2] / DIGEST).write_bytes(b"x")
    assert CONTENT == await store.get(await store.put(DIGEST, CONTENT))


async def test_a_moved_store_still_finds_its_blobs(tmp_path: Path) -> None:
    """A ref of the old place leads to the new one."""
    ref = await FsspecBlobStore(str(tmp_path / "old")).put(DIGEST, CONTENT)
    (tmp_path / "old").rename(tmp_path / "new")
    assert CONTENT == await FsspecBlobStore(str(tmp_path / "new")).get(ref)


async def test_a_store_that_is_not_there_is_unavailable_not_empty(tmp_path: Path) -> None:
    """An unmounted volume must not turn mails into dead letters."""
    ref = await FsspecBlobStore(str(tmp_path / "here")).put(DIGEST, CONTENT)
    with pytest.raises(DependencyUnavailable):
        await FsspecBlobStore(str(tmp_path / "not-mounted")).get(ref)


async def test_a_place_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    """Like a full disk: the sender keeps its mail."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DependencyUnavailable):
        await FsspecBlobStore(str(tmp_path / "file")).put(DIGEST, CONTENT)


async def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    """No half of a blob, under no name."""
    (tmp_path / DIGEST[:2] / DIGEST / "in the way").mkdir(parents=True)
    with pytest.raises(DependencyUnavailable):
        await FsspecBlobStore(str(tmp_path)).put(DIGEST, CONTENT)
    assert [DIGEST] == [path.name for path in (tmp_path / DIGEST[:2]).iterdir()]
