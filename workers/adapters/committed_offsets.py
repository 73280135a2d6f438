"""What a group has committed, asked from outside of it, and believed only where the answer is sure.

aiokafka's admin client, like its consumer, does not look at the error of the whole answer that a coordinator
gives while it loads (T1): it would read "nothing committed".
"""

import asyncio
from collections.abc import Mapping, Sequence

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError, for_code
from aiokafka.protocol.commit import OffsetFetchRequest

_RETRY_SECONDS = 0.2


async def committed_offsets(
    client: AIOKafkaAdminClient, group_id: str, partitions: Sequence[TopicPartition]
) -> Mapping[TopicPartition, int]:
    """Partitions without a committed offset are left out. Tries for ever what can be tried again: set a bound."""
    while True:
        try:
            return await _ask(client, group_id, partitions)
        except KafkaError as error:  # a coordinator that loads, moves, or has just been made
            if not error.retriable:
                raise
        await asyncio.sleep(_RETRY_SECONDS)


async def _ask(
    client: AIOKafkaAdminClient, group_id: str, partitions: Sequence[TopicPartition]
) -> Mapping[TopicPartition, int]:
    asked: dict[str, list[int]] = {}
    for part in partitions:
        asked.setdefault(part.topic, []).append(part.partition)
    coordinator = await client.find_coordinator(group_id)
    answer = await client._send_request(OffsetFetchRequest(group_id, list(asked.items())), coordinator)
    _raise(getattr(answer, "error_code", 0))
    found: dict[TopicPartition, int] = {}
    for topic, offsets in answer.topics:
        for number, offset, _, code in offsets:
            _raise(code)
            found[TopicPartition(topic, number)] = offset
    if missing := set(partitions) - set(found):
        raise UnknownTopicOrPartitionError(f"no answer for {sorted(missing)}")
    return {part: offset for part, offset in found.items() if offset >= 0}


def _raise(code: int) -> None:
    if code:
        error = for_code(code)
        raise error("committed offsets")
