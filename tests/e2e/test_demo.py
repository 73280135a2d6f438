"""`stellwerk demo --once`, as somebody runs it who has just installed it."""

import json
import os
import re
import signal
import smtplib
import subprocess
from asyncio import create_subprocess_exec
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.e2e.running_up import STELLWERK
from tests.support.eventually import eventually
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


@asynccontextmanager
async def staying_up(environment: Mapping[str, str], directory: Path) -> AsyncIterator[tuple[Process, str]]:
    """Without `--once`: the process, and what it printed by the time it says that it goes on running."""
    page, notes = directory / "page.txt", directory / "notes.txt"
    with page.open("wb") as out, notes.open("wb") as err:
        process = await create_subprocess_exec(STELLWERK, "demo", env=environment, stdout=out, stderr=err)
    try:
        await eventually(lambda: process.returncode is not None or "Ctrl-C" in notes.read_text(), within=60)
        assert process.returncode is None, notes.read_text()
        yield process, page.read_text()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def test_every_mail_of_the_story_goes_as_it_must() -> None:
    """With nothing configured. Exit 0, nothing but JSON on stdout; no line of a log between what people read."""
    nothing = {name: value for name, value in os.environ.items() if not name.startswith("STELLWERK_")}
    result = demo(nothing, "--json")

    assert 0 == result.returncode, result.stdout + result.stderr
    mails = {mail["name"]: mail for mail in map(json.loads, result.stdout.splitlines())}
    assert [] == [mail["surprises"] for mail in mails.values() if mail["surprises"]]
    assert {"jana": "content", "petr": "existence"} == mails["private"]["viewers"]
    assert mails["answer"]["ticket"]["ticket_id"] == mails["signed"]["ticket"]["ticket_id"]
    assert not [line for line in result.stderr.splitlines() if line.startswith("{")]
    assert not [word for word in NEVER_SEEN if word in result.stderr]


async def test_people_get_a_table_and_what_to_do_next(environment: Mapping[str, str], tmp_path: Path) -> None:
    """In 100 columns, with commands that carry the real addresses; it stays up, so these answer."""
    async with staying_up(environment, tmp_path) as (process, page):
        table, _, after = page.partition("Where to look next")
        assert max(map(len, table.splitlines())) <= 100
        servers = environment["STELLWERK_KAFKA__BOOTSTRAP_SERVERS"]
        assert f"export STELLWERK_KAFKA__BOOTSTRAP_SERVERS={servers}" in after
        [(host, port)] = re.findall(r"swaks --server (\S+):(\d+)", after)
        with smtplib.SMTP(host, int(port), timeout=30) as smtp:
            assert 250 == smtp.noop()[0]
        process.send_signal(signal.SIGINT)
        assert 0 == await process.wait()
