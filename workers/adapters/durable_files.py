"""A file that is wholly there or not at all, also after a power cut."""

import os
from pathlib import Path
from uuid import uuid4


def write_durably(path: str, content: bytes) -> None:
    """Write, sync, rename, sync the directories. Returns when the file survives a crash; raises OSError.

    A file of this name and size is kept: its name is its content's digest. Its directory is synced all the
    same, for whoever wrote it may not have come to that; its time is now, so that nobody collects it as an old one.
    """
    final = Path(path)
    final.parent.mkdir(parents=True, exist_ok=True)
    if not _is_there(final, len(content)):
        _write_and_rename(final, content)
    for directory in (final.parent, final.parent.parent):
        _sync_directory(directory)


def _is_there(final: Path, size_bytes: int) -> bool:
    try:
        if final.stat().st_size != size_bytes:
            return False
        os.utime(final)
    except FileNotFoundError:
        return False
    return True


def _write_and_rename(final: Path, content: bytes) -> None:
    partial = final.with_name(f".{final.name}.{uuid4().hex}.partial")
    try:
        with partial.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(final)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
