"""Every command that needs Kafka, while nobody is there: one law for all of them."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

import config
from workers.entrypoints.cli import app

SAMPLES = Path(config.__file__).parent
NOWHERE = {"STELLWERK_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:1", "STELLWERK_KAFKA__TIMEOUT_SECONDS": "2"}
TICKET, DELIVERY = "T-000000000000", "0" * 32

NEED_KAFKA = [
    ["tickets", "list"],
    ["tickets", "show", TICKET],
    ["explain", TICKET],
    ["explain", DELIVERY],
    ["explain", "<a@b.test>"],
    ["access", DELIVERY, "--as", "petr"],
    ["command", TICKET, "status", "solved", "--actor", "petr"],
    ["reply-headers", TICKET],
    ["topics", "apply", "--dry-run"],
    ["policy", "publish", str(SAMPLES / "policy.yaml"), "--yes"],
    ["directory", "load", str(SAMPLES / "directory.yaml"), "--yes"],
    ["directory", "show"],
    ["directory", "forget", "p-jan", "--yes"],
    ["why-not", TICKET, "--handler", "eva"],
    ["policy", "diff", str(SAMPLES / "policy.yaml")],
    ["policy", "history"],
    ["reroute", "--mailbox", "support@acme.example"],
    ["reroute", TICKET, "--apply", "--actor", "petr", "--yes"],
    ["verify"],
    ["replay", "tickets.routed", "--to", "billing.again", "--yes"],
]


@pytest.mark.parametrize("words", NEED_KAFKA, ids=" ".join)
def test_an_outage_is_exit_3_and_one_helpful_line(words: list[str]) -> None:
    """What was tried, what to check; nothing on stdout, no traceback."""
    result = CliRunner().invoke(app, [*words, "--json"], env=NOWHERE)

    assert 3 == result.exit_code
    assert "" == result.stdout
    assert 1 == len(result.stderr.splitlines())
    assert "127.0.0.1:1" in result.stderr
    assert "STELLWERK_KAFKA__BOOTSTRAP_SERVERS" in result.stderr


def test_debug_shows_where_it_came_from() -> None:
    """For the report of a bug."""
    result = CliRunner().invoke(app, ["--debug", "tickets", "list"], env=NOWHERE)

    assert result.exception is not None
    assert result.exception.__cause__ is not None
