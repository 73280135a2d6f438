"""Dependencies that go away are waited for, with prompt answers; stops and rolling restarts lose no time."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import psutil
import pytest

from tests.faults.evidence import Answer
from tests.faults.watch import Watch
from tests.support.eventually import eventually
from tests.support.installed import Installed, installed_processes
from tests.support.own_broker import own_kafka
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey

pytestmark = pytest.mark.slow
kafka = own_kafka

PROMPT_SECONDS = 20.0
HANG_SECONDS = 40.0
"""Beyond any bound of the product's own: what takes longer hangs. The figures are reported, not judged."""
MEMORY_BYTES = 60 * 1024 * 1024


@pytest.fixture
async def installed(
    kafka: EmbeddedKafka, valkey: EmbeddedValkey, topic_prefix: str, tmp_path: Path
) -> AsyncIterator[Installed]:
    async with installed_processes(
        kafka, valkey, topic_prefix, tmp_path, partitions=2, workers=2
    ) as installed:
        await installed.send(0)
        await eventually(lambda: len(installed.receipts()) == 1, within=60, every=0.5)
        yield installed


async def test_without_the_broker_mail_is_deferred_promptly_and_all_resumes_by_itself(
    installed: Installed, kafka: EmbeddedKafka
) -> None:
    """Given a dead broker, then 4xx in time and little memory; when it is back, all is decided, none restarted."""
    pids = _pids(installed)
    await asyncio.to_thread(kafka.kill)
    before = _memory(installed)
    answers: list[Answer] = []
    for number in range(1, 9):
        started = time.monotonic()
        answers.append(await installed.try_to_send(number))
        assert time.monotonic() - started < PROMPT_SECONDS
    assert {"deferred", "unsent"} >= set(answers)
    assert _memory(installed) - before < MEMORY_BYTES
    await eventually(lambda: 0 == installed.metric('stellwerk_dependency_up{dependency="kafka"}'), within=30)
    await asyncio.to_thread(kafka.start)
    for number in range(1, 9):
        await installed.send(number)
    await eventually(lambda: _decided(installed) >= 9, within=60, every=0.5)
    await eventually(lambda: 1 == installed.metric('stellwerk_dependency_up{dependency="kafka"}'), within=30)
    assert pids == _pids(installed)
    assert json.loads(await installed.run("reconcile", "--json"))["holds"]


async def test_without_valkey_mail_is_accepted_and_decided_when_it_is_back(
    installed: Installed, valkey: EmbeddedValkey
) -> None:
    """Given no Valkey, then SMTP accepts, the workers say what they wait for, and nobody is restarted."""
    pids = _pids(installed)
    await asyncio.to_thread(valkey.kill)
    for number in range(1, 6):
        await installed.send(number)
    said = await eventually(lambda: _not_ready(installed), within=20, every=0.2)
    assert "lane" in said
    assert 1 == _decided(installed)
    await eventually(lambda: 0 == installed.metric('stellwerk_dependency_up{dependency="redis"}'), within=30)
    await eventually(lambda: 0 < _oldest(installed), within=30)
    await asyncio.to_thread(valkey.start)
    await eventually(lambda: _decided(installed) == 6, within=60, every=0.5)
    await eventually(lambda: 1 == installed.metric('stellwerk_dependency_up{dependency="redis"}'), within=30)
    await eventually(lambda: 0 == _oldest(installed), within=30)
    assert pids == _pids(installed)


async def test_a_rolling_restart_under_load_gives_no_error_but_421_and_no_long_pause(
    installed: Installed, record_property: Callable[[str, object], None]
) -> None:
    """Given steady mail, when both workers and SMTP are rolled, then each stop is bounded and no lane hangs.

    `pytest --junitxml=FILE -o junit_family=xunit1` reports the figures.
    """
    answers: list[Answer] = []
    errors: Counter[int] = Counter()
    with Watch(installed.bootstrap, installed.prefix) as watch:
        load = asyncio.create_task(_load(installed, answers, errors))
        await eventually(lambda: len(answers) > 20, within=30)
        stops = []
        for service in (*installed.workers, installed.smtp):
            stops.append(await service.terminate())
            await eventually(lambda: not _not_ready(installed), within=90, every=0.2)
        load.cancel()
        await eventually(lambda: not watch.undecided(), within=60)
    pauses = _longest_pauses(installed)
    record_property("stops_seconds", [round(stop, 2) for stop in stops])
    record_property("longest_pause_seconds_by_partition", pauses)
    record_property("smtp_errors", dict(+errors))
    assert {"accepted", "unsent"} >= set(answers)
    assert {421} >= set(+errors)
    assert max(*stops, *pauses.values()) < HANG_SECONDS
    assert json.loads(await installed.run("reconcile", "--json"))["holds"]


async def _load(installed: Installed, answers: list[Answer], errors: Counter[int]) -> None:
    number = 100
    while True:
        number += 1
        answers.append(await installed.try_to_send(number, errors=errors))
        await asyncio.sleep(0.05)


def _longest_pauses(installed: Installed) -> dict[int, float]:
    """By partition of mail.inbound: seconds between a mail's acceptance and the receipt, at most."""
    times = installed.times()
    accepted, decided = times["mail.inbound"], times["routing.decisions"]
    pauses: dict[int, float] = {}
    for partition, offset in accepted:
        waited = decided[partition, offset] - accepted[partition, offset]
        pauses[partition] = round(max(waited, pauses.get(partition, 0.0)), 2)
    return pauses


def _oldest(installed: Installed) -> float:
    """Age of the oldest mail in flight, of any partition, as the alert sees it."""
    series = (f'stellwerk_inflight_oldest_seconds{{partition="{n}"}}' for n in range(2))
    return max(installed.metric(name) or 0.0 for name in series)


def _pids(installed: Installed) -> list[int]:
    return [service.pid for service in (installed.smtp, *installed.workers)]


def _memory(installed: Installed) -> int:
    return sum(psutil.Process(pid).memory_info().rss for pid in _pids(installed))


def _decided(installed: Installed) -> int:
    return sum(installed.receipts().values())


def _not_ready(installed: Installed) -> str:
    """What the workers say that are not ready; a deployment waits for that before it stops the next one."""
    said = ""
    for port in installed.http:
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                answer.read()
        except HTTPError as refused:
            said += refused.read().decode()
        except OSError:
            said += f"nobody listens at {port}"
    return said
