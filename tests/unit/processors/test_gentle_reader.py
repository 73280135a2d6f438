"""A long look into history leaves the process to mail."""

import asyncio
from itertools import count

from schemas.topics import TICKETS_ROUTED
from tests.support.fake_topics import FakeTopics
from tests.support.shipped_examples import an_example
from workers.processors.gentle_reader import GentleReader


async def a_topic(records: int) -> FakeTopics:
    topics = FakeTopics()
    for _ in range(records):
        await topics.publish(TICKETS_ROUTED, "T-EFXBY9J9J79H", an_example(TICKETS_ROUTED))
    return topics


async def test_it_gives_what_the_reader_gives() -> None:
    """All of it, in order."""
    topics = await a_topic(5)
    expected = [record async for record in topics.read(TICKETS_ROUTED)]
    assert expected == [record async for record in GentleReader(topics, 0.0).read(TICKETS_ROUTED)]


async def test_others_run_between_its_bursts() -> None:
    """Even where no record was waited for."""
    turns = before = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    running = asyncio.create_task(other())
    try:
        seconds = count()
        reader = GentleReader(await a_topic(5), 0.02, worked=lambda: next(seconds) / 100)
        async for _ in reader.read(TICKETS_ROUTED):
            before = turns
    finally:
        running.cancel()
    assert before > 5
