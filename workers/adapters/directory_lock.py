"""One user of a directory at a time, across processes."""

import fcntl
import os
import time
from pathlib import Path

from workers.errors import DependencyUnavailable, WrongConfiguration


def lock_directory(directory: Path, *, within_seconds: float) -> int:
    """An open file descriptor that holds the directory until it and all its inherited copies are closed.

    The directory is made when there is none; WrongConfiguration when that is not possible. Raises
    DependencyUnavailable when another process holds it longer than that. Children of a killed parent
    hold it until they end, some seconds later: wait longer than they take.
    """
    descriptor = _open(directory)
    deadline = time.monotonic() + within_seconds
    while not locks(descriptor):
        if time.monotonic() > deadline:
            os.close(descriptor)
            raise DependencyUnavailable(
                f"{directory} is in use by another process: end it, or choose another directory."
            )
        time.sleep(0.1)
    return descriptor


def locks(descriptor: int) -> bool:
    """Whether it has the lock of its file from now on; not where another one has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _open(directory: Path) -> int:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        return os.open(directory / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise WrongConfiguration(
            f"{directory} cannot be written ({error.strerror}): choose another directory."
        ) from error
