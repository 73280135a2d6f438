"""One user of a directory at a time, across processes."""

import fcntl
import os
import time
from pathlib import Path

from workers.errors import DependencyUnavailable


def lock_directory(directory: Path, *, within_seconds: float) -> int:
    """An open file descriptor that holds the directory until it and all its inherited copies are closed.

    Raises DependencyUnavailable when another process holds it longer than that. Children of a killed parent
    hold it until they end, some seconds later: wait longer than they take.
    """
    descriptor = os.open(directory / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + within_seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                os.close(descriptor)
                raise DependencyUnavailable(
                    f"{directory} is in use by another process: end it, or choose another directory."
                ) from None
            time.sleep(0.1)
        else:
            return descriptor
