"""What a group has committed, asked from outside of it, and believed only where the answer is sure.

aiokafka's admin client, like its consumer, does not look at the error of the whole answer that a coordinator
gives while it loads (T1): it would read "nothing committed".
"""

from collections.abc import Mapping, Sequence

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import UnknownTopicOrPartitionError, for_code
from aiokafka.protocol.commit import OffsetFetchRequest


async def committed_offsets(
    client: AIOKafkaAdminClient, group_id: str, partitions: Sequence[TopicPartition]
) -> Mapping[TopicPartition, int]:
    """Partitions without a committed offset are left out. Raises `KafkaError`: ask again."""
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
