"""Children that we start and end."""

import sys
from pathlib import Path

import psutil
import pytest

from tests.support.eventually import eventually
from workers.adapters.child_process import ChildProcess, environment
from workers.errors import DependencyUnavailable

PROGRAM = """
import signal, sys, time
signal.signal(signal.SIGTERM, {on_term})
print("ready", flush=True)
time.sleep(60)
"""


def a_child(directory: Path, on_term: str = "lambda *_: sys.exit(0)") -> ChildProcess:
    command = [sys.executable, "-I", "-S", "-c", PROGRAM.format(on_term=on_term)]
    child = ChildProcess(command, directory=directory, log=directory / "log")
    while "ready" not in child.log.read_text():
        assert not child.ended
    return child


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_a_child_is_asked_to_end(tmp_path: Path) -> None:
    """Its own orderly end is waited for."""
    child = a_child(tmp_path)

    child.stop()

    assert child.ended
    assert not psutil.pid_exists(child.pid)


def test_a_deaf_child_is_killed(tmp_path: Path) -> None:
    """A stop always ends."""
    child = a_child(tmp_path, on_term="signal.SIG_IGN")

    child.stop(within_seconds=0.1)

    assert child.ended


async def test_its_watcher_ends_with_it(tmp_path: Path) -> None:
    """Nothing is left of a killed child."""
    child = a_child(tmp_path)
    (watcher,) = psutil.Process(child.pid).children()

    child.kill()

    assert await eventually(lambda: gone(watcher))


def test_a_child_does_not_get_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings may come as environment variables."""
    monkeypatch.setenv("STELLWERK_SECRET", "of the installation")

    assert "STELLWERK_SECRET" not in environment()


def test_a_directory_that_is_gone_is_not_our_bug(tmp_path: Path) -> None:
    """The operator is told, not shown a traceback."""
    with pytest.raises(DependencyUnavailable):
        ChildProcess([sys.executable], directory=tmp_path / "gone", log=tmp_path / "log")
