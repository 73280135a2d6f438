"""`stellwerk demo --once`, as somebody runs it who has just installed it."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.e2e.running_up import STELLWERK
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey

NEVER_SEEN = ("smoke comes out", "The printer is on fire", "jan@acme.test")


@pytest.fixture
def environment(
    kafka: EmbeddedKafka, valkey: EmbeddedValkey, topic_prefix: str, tmp_path: Path
) -> Mapping[str, str]:
    return {
        **os.environ,
        "STELLWERK_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap,
        "STELLWERK_REDIS__URL": valkey.url,
        "STELLWERK_PREFIX": topic_prefix,
        "STELLWERK_DATA_DIR": str(tmp_path),
        "COLUMNS": "100",
    }


def demo(environment: Mapping[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [STELLWERK, "demo", "--once", *options],
        env=environment,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def test_every_mail_of_the_story_goes_as_it_must(environment: Mapping[str, str]) -> None:
    """Exit 0, and nothing but JSON on stdout; no words of mails in the log."""
    result = demo(environment, "--json")

    assert 0 == result.returncode, result.stdout + result.stderr
    mails = {mail["name"]: mail for mail in map(json.loads, result.stdout.splitlines())}
    assert [] == [mail["surprises"] for mail in mails.values() if mail["surprises"]]
    assert {"jana": "content", "petr": "existence"} == mails["private"]["viewers"]
    assert mails["answer"]["ticket"]["ticket_id"] == mails["signed"]["ticket"]["ticket_id"]
    assert not [word for word in NEVER_SEEN if word in result.stderr]


def test_people_get_a_table_and_what_to_do_next(environment: Mapping[str, str]) -> None:
    """In 100 columns, with commands that carry the real addresses."""
    result = demo(environment)

    assert 0 == result.returncode, result.stdout + result.stderr
    table, _, after = result.stdout.partition("Where to look next")
    assert max(map(len, table.splitlines())) <= 100
    assert (
        f"export STELLWERK_KAFKA__BOOTSTRAP_SERVERS={environment['STELLWERK_KAFKA__BOOTSTRAP_SERVERS']}"
        in after
    )
    assert "swaks --server 127.0.0.1:" in after
