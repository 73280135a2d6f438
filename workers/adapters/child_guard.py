"""Become a command that ends soon after our parent does, however the parent ended.

Run as a script, without site-packages: `python -I -S child_guard.py LIFELINE COMMAND [ARGUMENT ...]`, as the
leader of a process group of its own. LIFELINE is the reading end of a pipe whose writing end only the
parent holds. A watcher is forked, then this process turns into the command, so the command has the process
id that the parent started. When the pipe ends, the watcher asks the group to stop and after GRACE_SECONDS
kills it. A pipe also tells of a kill -9, and works from any thread and on every POSIX system; a parent-death
signal does neither.
"""

import os
import select
import signal
import sys
import time

GRACE_SECONDS = 5.0
LOOK_EVERY_SECONDS = 1.0


def watch(lifeline: int, command: int) -> None:
    """Wait for the end of the parent or of the command; then leave nobody of this group alive."""
    for ignored in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    while os.getppid() == command and not select.select([lifeline], [], [], LOOK_EVERY_SECONDS)[0]:
        pass
    os.killpg(0, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while os.getppid() == command and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(0, signal.SIGKILL)


def main(lifeline: int, command: list[str]) -> None:
    own = os.getpid()
    if os.fork() == 0:
        watch(lifeline, own)
    os.set_inheritable(lifeline, False)
    os.execv(command[0], command)  # noqa: S606 - no shell is what we want


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
