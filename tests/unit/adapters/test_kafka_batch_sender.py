"""Batches reach the leaders of their partitions, once, whatever happens on the way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import (
    DuplicateSequenceNumber,
    KafkaConnectionError,
    KafkaError,
    NoError,
    NotLeaderForPartitionError,
    OutOfOrderSequenceNumber,
)
from aiokafka.structs import TopicPartition

from workers.adapters.kafka_batch_sender import Batch, BatchSender, Stored
from workers.adapters.kafka_produce_request import AllInSync

FIRST, SECOND = TopicPartition("mails", 0), TopicPartition("mails", 1)
Script = Sequence[Mapping[TopicPartition, type[Any]] | KafkaError]


class _Cluster:
    """`leaders`: of all partitions, as each look finds them; the last one stays."""

    def __init__(self, leaders: Sequence[Mapping[TopicPartition, int | None]]) -> None:
        self._leaders = deque(leaders)
        self.asked_again = 0

    def leader_for_partition(self, partition: TopicPartition) -> int | None:
        return self._leaders[0][partition]

    def look_again(self) -> None:
        self.asked_again += 1
        if len(self._leaders) > 1:
            self._leaders.popleft()


class _Client:
    """Answers each request with the next of `script`: an error for each partition, or one for all of it."""

    def __init__(self, script: Script, *leaders: Mapping[TopicPartition, int | None]) -> None:
        self.cluster = _Cluster(leaders or [{FIRST: 1, SECOND: 1}])
        self.sent: list[tuple[int, list[tuple[int, Sequence[bytes]]]]] = []
        self._script = deque(script)

    async def send(self, node_id: int, request: AllInSync) -> Any:
        topics = dict(request._topics)
        self.sent.append((node_id, topics["mails"]))
        answer = self._script.popleft()
        if isinstance(answer, KafkaError):
            raise answer
        partitions = [
            (partition, answer[TopicPartition("mails", partition)].errno, 100 + partition, 7_000, 0)
            for partition, _ in topics["mails"]
        ]
        return SimpleNamespace(topics=[("mails", partitions)])

    def force_metadata_update(self) -> None:
        self.cluster.look_again()

    async def _maybe_wait_metadata(self) -> None:
        pass


def _batches(*places: TopicPartition) -> list[Batch]:
    return [Batch(place, [b"batch %d" % place.partition]) for place in places]


async def _send(client: _Client, *places: TopicPartition) -> Mapping[TopicPartition, Stored]:
    return await BatchSender(client, 1000, again_seconds=0).send(_batches(*places))


async def test_batches_of_one_leader_go_in_one_request() -> None:
    """And each is told where its first record lies."""
    client = _Client([{FIRST: NoError, SECOND: NoError}])
    stored = await _send(client, FIRST, SECOND)
    assert {FIRST: Stored(100, 7_000), SECOND: Stored(101, 7_000)} == stored
    assert [(1, [(0, [b"batch 0"]), (1, [b"batch 1"])])] == client.sent


async def test_each_leader_gets_its_own_batches() -> None:
    """Two brokers, two requests."""
    client = _Client([{FIRST: NoError}, {SECOND: NoError}], {FIRST: 1, SECOND: 2})
    assert {FIRST, SECOND} == set(await _send(client, FIRST, SECOND))
    assert [(1, [(0, [b"batch 0"])]), (2, [(1, [b"batch 1"])])] == client.sent


async def test_only_what_was_not_taken_is_sent_again_to_the_new_leader() -> None:
    """With the same octets: the numbers in them keep it from being stored twice."""
    client = _Client(
        [{FIRST: NoError, SECOND: NotLeaderForPartitionError}, {SECOND: NoError}],
        {FIRST: 1, SECOND: 1},
        {FIRST: 1, SECOND: 2},
    )
    assert {FIRST, SECOND} == set(await _send(client, FIRST, SECOND))
    assert [(1, [(0, [b"batch 0"]), (1, [b"batch 1"])]), (2, [(1, [b"batch 1"])])] == client.sent


async def test_a_partition_without_a_leader_waits_for_one() -> None:
    """Nothing is sent to nobody."""
    client = _Client([{FIRST: NoError}], {FIRST: None}, {FIRST: -1}, {FIRST: 3})
    assert {FIRST: Stored(100, 7_000)} == await _send(client, FIRST)
    assert [(3, [(0, [b"batch 0"])])] == client.sent
    assert 2 == client.cluster.asked_again


async def test_a_batch_whose_answer_was_lost_is_sent_again() -> None:
    """Whether it was stored is not known; the broker does."""
    client = _Client([KafkaConnectionError(), {FIRST: NoError}])
    assert {FIRST: Stored(100, 7_000)} == await _send(client, FIRST)
    assert 2 == len(client.sent)
    assert client.sent[0] == client.sent[1]


async def test_what_the_broker_has_already_counts_as_stored() -> None:
    """It is the second try of a batch whose first answer was lost."""
    client = _Client([KafkaConnectionError(), {FIRST: DuplicateSequenceNumber}])
    assert {FIRST} == set(await _send(client, FIRST))


@pytest.mark.parametrize(
    "failure", [lambda: OutOfOrderSequenceNumber(), lambda: {FIRST: OutOfOrderSequenceNumber}]
)
async def test_what_cannot_pass_is_raised(failure: Callable[[], Any]) -> None:
    """The producer's end: its numbers no longer fit."""
    with pytest.raises(OutOfOrderSequenceNumber):
        await _send(_Client([failure()]), FIRST)
