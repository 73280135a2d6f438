"""Starting, dying, coming back, and saying what is wrong."""

import asyncio
import json
import os
import signal
import smtplib
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.e2e.running_up import STELLWERK, RunningUp, a_mail, reading
from tests.support.eventually import eventually
from workers.adapters.loopback_port import free_port

NOBODY_LISTENS = "127.0.0.1:1"


def _run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **environment}
    return subprocess.run(
        [STELLWERK, *command], env=env, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.slow
async def test_after_a_kill_the_same_data_directory_goes_on_with_its_tickets(tmp_path: Path) -> None:
    """P1, P2: kill -9 of everything, embedded broker included; no mail, ticket or id is lost."""
    data = tmp_path / "data"
    mail = a_mail()
    first = await asyncio.to_thread(RunningUp.start, tmp_path, {}, f"--data-dir={data}")
    assert first.send(mail, "support@acme.example")[0] == 250
    first.stop(signal.SIGKILL)
    second = await asyncio.to_thread(RunningUp.start, tmp_path, {}, f"--data-dir={data}")
    try:
        reply = a_mail(References=mail["Message-ID"])
        assert second.send(reply, "support@acme.example")[0] == 250
        async with reading(second, "routing.decisions", "tickets.routed") as topics:
            receipts = await topics.until("routing.decisions", 2, outcome="routed")
            await topics.until("tickets.routed", revision=2)
        assert [1, 2] == [receipt.value["revision"] for receipt in receipts]
        assert 1 == len({receipt.value["ticket_id"] for receipt in receipts})
    finally:
        assert 0 == second.stop(signal.SIGINT)


@pytest.mark.slow
async def test_embedded_servers_that_die_are_started_again(tmp_path: Path) -> None:
    """P1, P6: nobody but `up` could; meanwhile mail is deferred, and what was accepted is decided."""
    up = await asyncio.to_thread(RunningUp.start, tmp_path, {}, f"--data-dir={tmp_path / 'data'}")
    try:
        servers = psutil.Process(up.process.pid).children()
        assert 2 == len(servers)
        for server in servers:
            server.kill()
        await eventually(lambda: 2 == up.log.read_text().count('"embedded-server-ended"'))
        await eventually(lambda: up.send(a_mail(), "support@acme.example")[0] == 250, within=60, every=0.5)
        async with reading(up, "routing.decisions") as topics:
            await topics.until("routing.decisions", 1, outcome="routed")
    finally:
        assert 0 == up.stop(signal.SIGINT)


def test_a_wrong_policy_stops_the_start_and_names_its_place(tmp_path: Path) -> None:
    """A policy error is readable: file, line, key, and nothing was started."""
    policy = tmp_path / "policy.yaml"
    policy.write_text("processes:\n  helpdesk: {default_area: helpdesk, slaa: true}\n")
    done = _run("up", f"--policy={policy}")
    assert 2 == done.returncode
    assert "policy.yaml:2" in done.stderr
    assert "slaa" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [("tickets", "list"), ("topics", "apply"), ("explain", "T-000000000000")])
def test_a_broker_that_does_not_answer_is_exit_3_with_its_address(command: tuple[str, ...]) -> None:
    """DESIGN part 6: 3, a dependency is unavailable; the line says what to check."""
    done = _run(
        *command, STELLWERK_KAFKA__BOOTSTRAP_SERVERS=NOBODY_LISTENS, STELLWERK_KAFKA__TIMEOUT_SECONDS="3"
    )
    assert 3 == done.returncode, done.stderr
    assert NOBODY_LISTENS in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_broker_smtp_answers_4xx_and_starts_all_the_same(tmp_path: Path) -> None:
    """P6, T13: never an acceptance, never a permanent refusal, while nothing can be stored."""
    port = free_port()
    environment = {
        **os.environ,
        "STELLWERK_KAFKA__BOOTSTRAP_SERVERS": NOBODY_LISTENS,
        "STELLWERK_REDIS__URL": "redis://127.0.0.1:1/0",
        "STELLWERK_SECRET": "0123456789abcdef",
        "STELLWERK_DATA_DIR": str(tmp_path),
        "STELLWERK_SMTP__PORT": str(port),
        "STELLWERK_HTTP__PORT": "0",
    }
    process = subprocess.Popen([STELLWERK, "smtp"], env=environment, stderr=subprocess.DEVNULL)
    try:
        with _connected(port) as client:
            client.ehlo()
            code, _ = client.mail("jan@acme.test")
            if code == 250:
                code, _ = client.rcpt("support@acme.example")
        assert 400 <= code < 500
    finally:
        process.terminate()
        assert 0 == process.wait(30)


def _connected(port: int) -> smtplib.SMTP:
    """Once it listens."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return smtplib.SMTP("127.0.0.1", port, timeout=10)
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, "smtp did not start to listen"
            time.sleep(0.05)


def test_settings_are_listed_with_their_origin_and_secrets_masked() -> None:
    """`stellwerk settings --json`: one object per line and nothing else."""
    done = _run("settings", "--json", STELLWERK_SECRET="a very secret thing", STELLWERK_SMTP__PORT="2526")
    rows = {row["name"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert "env" == rows["STELLWERK_SMTP__PORT"]["origin"]
    assert "a very secret thing" not in done.stdout
