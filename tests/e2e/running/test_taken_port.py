"""A port that something else has."""

from __future__ import annotations

import socket
import subprocess

from tests.e2e.running_up import STELLWERK, RunningUp


def test_a_port_that_is_taken_is_said_with_its_setting(up: RunningUp) -> None:
    """The error says which setting to change, and the exit code is 2."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        environment = {**up.environment, "STELLWERK_SMTP__PORT": port, "STELLWERK_HTTP__PORT": "0"}
        done = subprocess.run(
            [STELLWERK, "smtp"], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
    assert 2 == done.returncode
    assert "STELLWERK_SMTP__PORT" in done.stderr
    assert "Traceback" not in done.stderr
