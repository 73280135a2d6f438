"""An operator tries a changed policy on history, makes it live, re-routes, and verifies: from outside."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import config
from tests.e2e.running_up import RunningUp, a_mail, reading
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey

SAMPLE = Path(config.__file__).parent / "policy.yaml"
MAILS = 4


@pytest.fixture(scope="module")
def own(
    kafka: EmbeddedKafka, valkey: EmbeddedValkey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningUp]:
    """An installation of this file's own: its policy changes."""
    directory = tmp_path_factory.mktemp("own")
    running = RunningUp.start(
        directory,
        {
            "STELLWERK_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap,
            "STELLWERK_REDIS__URL": valkey.url,
            "STELLWERK_PREFIX": f"h{uuid4().hex[:8]}.",
            "STELLWERK_DATA_DIR": str(directory / "data"),
        },
    )
    yield running
    running.stop()


def answer(up: RunningUp, *command: str, code: int = 0) -> dict[str, Any]:
    """Of a command with one JSON object."""
    result = up.run(*command, "--json")
    assert code == result.returncode, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


async def test_a_wrong_handler_is_found_tried_published_rerouted_and_verified(
    own: RunningUp, tmp_path: Path
) -> None:
    """R11: "petr left, eva takes key accounts", from the symptom to done."""
    for _ in range(MAILS):
        assert 250 == own.send(a_mail(), "support@acme.example", mail_from="jan@acme.test")[0]
    async with reading(own, "routing.decisions") as topics:
        await topics.until("routing.decisions", MAILS, outcome="routed")
    candidate = tmp_path / "policy.yaml"
    candidate.write_text(
        SAMPLE.read_text("utf-8").replace("helpdesk: {handler: petr,", "helpdesk: {handler: eva,"), "utf-8"
    )

    tried = answer(own, "policy", "diff", str(candidate), "--jobs", "2")
    refused = answer(own, "policy", "diff", str(candidate), "--max-changes", "1", code=1)
    published = own.run("policy", "publish", str(candidate), "--yes")
    dry = answer(own, "reroute", "--mailbox", "support@acme.example", "--jobs", "2")
    done = answer(own, "reroute", "--apply", "--actor", "petr", "--yes")
    again = answer(own, "reroute")
    verified = answer(own, "verify", "--jobs", "2")
    history = own.run("policy", "history", "--json").stdout.splitlines()

    assert [["handler", "petr", "eva", MAILS]] == [
        [c["field"], c["before"], c["after"], c["tickets"]]
        for c in tried["changes"]
        if c["field"] == "handler"
    ]
    assert tried == refused  # by several processes as by one
    assert (MAILS, 0) == (tried["changed_tickets"], published.returncode)
    assert (MAILS, False) == (dry["changed_tickets"], dry["applied"])
    assert (MAILS, MAILS, []) == (done["commands"], done["accepted"], done["reasons"])
    assert 0 == again["changed_tickets"]
    assert (True, 2 * MAILS, 2 * MAILS) == (verified["holds"], verified["decisions"], verified["same"])
    assert 2 == len(history)
