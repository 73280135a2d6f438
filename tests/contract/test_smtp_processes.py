"""Several processes on one port: restarted when they end, ended together, never left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.eventually import eventually
from workers.adapters.loopback_port import free_port
from workers.adapters.process_group import WRONG_USE, ProcessGroup

STELLWERK = Path(sys.executable).with_name("stellwerk")
START_SECONDS = 120.0
PROGRAM = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n'); "
SUPERVISOR = (
    "import asyncio, sys; from workers.adapters.process_group import ProcessGroup; "
    "asyncio.run(ProcessGroup([sys.argv[1:]], stop_seconds=5).run())"
)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """`stellwerk smtp --processes 2` without a broker: it greets, and would answer 451."""
    port = free_port()
    environment = {
        **os.environ,
        "STELLWERK_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "STELLWERK_REDIS__URL": "redis://127.0.0.1:1/0",
        "STELLWERK_SECRET": "a secret of sixteen or more",
        "STELLWERK_DATA_DIR": str(tmp_path),
        "STELLWERK_SMTP__PORT": str(port),
        "STELLWERK_HTTP__PORT": "0",
    }
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [STELLWERK, "smtp", "--processes", "2"], env=environment, stdout=log, stderr=log
        )
    yield process, port
    if process.poll() is None:
        process.kill()
    process.wait()


def doors(supervisor: subprocess.Popen[bytes], port: int) -> set[int]:
    """Its processes that listen there."""
    try:
        children = psutil.Process(supervisor.pid).children()
    except psutil.NoSuchProcess:
        return set()
    return {child.pid for child in children if _listens(child, port)}


def _listens(process: psutil.Process, port: int) -> bool:
    try:
        connections = process.net_connections("tcp")
    except psutil.Error:
        return False
    return any(c.status == psutil.CONN_LISTEN and c.laddr.port == port for c in connections)


@pytest.mark.slow
async def test_two_processes_serve_one_port(door: tuple[subprocess.Popen[bytes], int]) -> None:
    """One that is killed comes back while the other serves; SIGTERM ends all of them."""
    process, port = door
    await eventually(lambda: len(doors(process, port)) == 2, within=START_SECONDS)
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        assert 250 == client.ehlo()[0]
    victim = min(doors(process, port))
    os.kill(victim, signal.SIGKILL)
    await eventually(lambda: victim not in doors(process, port))
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        assert 250 == client.ehlo()[0]
    await eventually(lambda: len(doors(process, port)) == 2, within=START_SECONDS)
    both = doors(process, port)
    process.terminate()
    assert 0 == process.wait(40)
    assert not any(psutil.pid_exists(pid) for pid in both)


async def test_none_outlives_its_supervisor(tmp_path: Path) -> None:
    """Also where that had no time to say goodbye."""
    file = tmp_path / "child"
    child = (sys.executable, "-c", PROGRAM + "time.sleep(60)", str(file))
    supervisor = _supervised(*child)
    await eventually(lambda: file.exists() and file.read_text().endswith("\n"), within=START_SECONDS)
    supervisor.kill()
    supervisor.wait()
    pid = int(file.read_text())
    await eventually(lambda: not psutil.pid_exists(pid), within=30)


def _supervised(*command: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", SUPERVISOR, *command])


async def test_a_process_that_can_never_start_ends_all(tmp_path: Path) -> None:
    """Wrong configuration is told once, not for ever."""
    stays = (sys.executable, "-c", PROGRAM + "time.sleep(60)", str(tmp_path / "stays"))
    fails = (sys.executable, "-c", PROGRAM + "sys.exit(2)", str(tmp_path / "fails"))
    assert WRONG_USE == await ProcessGroup([stays, fails], stop_seconds=5).run()
    assert 1 == len((tmp_path / "fails").read_text().splitlines())


async def test_one_that_does_not_end_is_killed(tmp_path: Path) -> None:
    """A stop always ends."""
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + PROGRAM + "time.sleep(60)"
    group = ProcessGroup([(sys.executable, "-c", deaf, str(tmp_path / "deaf"))], stop_seconds=0.2)

    async def stop_it() -> None:
        await eventually(lambda: (tmp_path / "deaf").exists())
        group.stop()

    code, _ = await asyncio.wait_for(asyncio.gather(group.run(), stop_it()), 20)
    assert 0 == code
    with pytest.raises(psutil.NoSuchProcess):
        psutil.Process(int((tmp_path / "deaf").read_text()))


def test_port_zero_cannot_be_shared(tmp_path: Path) -> None:
    """Each would take another one."""
    environment = {
        **os.environ,
        "STELLWERK_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "STELLWERK_REDIS__URL": "redis://127.0.0.1:1/0",
        "STELLWERK_SECRET": "a secret of sixteen or more",
        "STELLWERK_DATA_DIR": str(tmp_path),
        "STELLWERK_SMTP__PORT": "0",
    }
    done = subprocess.run(
        [STELLWERK, "smtp", "--processes=2"], env=environment, capture_output=True, text=True, check=False
    )
    assert 2 == done.returncode
    assert "STELLWERK_SMTP__PORT" in done.stderr
