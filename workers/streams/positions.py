"""A lane's positions in its own log: written in each transaction, beside the offsets that the group commits.

The group coordinator's answer alone is not enough. Seen with Kafka 4.1.2: the leader of `__consumer_offsets` changed
twice while the coordinator was loading, the first load's end was taken for the second's, and a group was told, without
an error, offsets of eight minutes before. What the lane itself wrote last, in a topic that it alone writes and reads
to its very end at each acquire, can't be older than its outputs: they are one transaction.
"""

import json
from collections.abc import Mapping

from aiokafka import TopicPartition

from schemas.lane_positions import LanePositions
from workers.ports import OutRecord

POSITIONS_KEY = "~positions"
"""The key in the lane's own log; in a view's topic, one that is no field of the view. Its value: `LanePositions`."""


def positions_record(topic: str, partition: int, offsets: Mapping[TopicPartition, int]) -> OutRecord:
    by_topic = sorted((tp.topic, offset) for tp, offset in offsets.items())
    value = LanePositions(next_offsets=dict(by_topic)).write()
    return OutRecord(topic, POSITIONS_KEY.encode(), value, partition=partition)


def split_positions(
    contents: Mapping[str, bytes], partition: int
) -> tuple[dict[str, bytes], dict[TopicPartition, int]]:
    """The view's fields, and the positions as they were written last (none: before the first transaction)."""
    fields = dict(contents)
    written = fields.pop(POSITIONS_KEY, None)
    found = json.loads(written) if written else {}
    positions: dict[str, int] = found.get("next_offsets", found)  # the first ones were written without a name
    return fields, {TopicPartition(topic, partition): offset for topic, offset in positions.items()}
