"""A command as our child, with its log in a file, that never outlives us (see child_guard.py)."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from workers.adapters import child_guard
from workers.errors import DependencyUnavailable

STOP_SECONDS = 15.0


def environment() -> dict[str, str]:
    """Ours without our own settings: secrets among them are no child's business."""
    return {name: value for name, value in os.environ.items() if not name.startswith("STELLWERK_")}


class ChildProcess:
    """One run of a command, in a session of its own: Ctrl-C in our terminal does not reach it, so that we
    can stop it in order.

    `command[0]` is an absolute path. What it prints is added to `log`. `keep` are file descriptors that live
    as long as the command and its watcher do (the lock on its directory).
    """

    def __init__(
        self, command: Sequence[str], *, directory: Path, log: Path, keep: Sequence[int] = ()
    ) -> None:
        self.log = log
        reading, self._lifeline = os.pipe()
        guard = [sys.executable, "-I", "-S", child_guard.__file__, str(reading)]
        try:
            with log.open("ab") as output:
                self._process = subprocess.Popen(  # noqa: S603 - our own command, no shell
                    [*guard, *command],
                    cwd=directory,
                    env=environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    pass_fds=(reading, *keep),
                    start_new_session=True,
                )
        except OSError as error:
            os.close(self._lifeline)
            raise DependencyUnavailable("A program could not be started.", command=command[0]) from error
        finally:
            os.close(reading)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def stop(self, within_seconds: float = STOP_SECONDS) -> None:
        """Ask it to end, wait, and kill it if it did not. Nothing happens when it has ended already."""
        if not self.ended:
            self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(within_seconds)
        self.kill()

    def kill(self) -> None:
        """kill -9, with all of its group; returns when it is gone."""
        with contextlib.suppress(
            ProcessLookupError, PermissionError
        ):  # macOS says EPERM of a group of zombies
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1
