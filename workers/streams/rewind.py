"""Where a lane reads on when it is acquired: a decision over values, no IO.

Nothing is remembered from before the acquire. What counts is what the lane itself wrote last, then what the group's
coordinator says, then, on evidence only, the beginning of the log.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from aiokafka import TopicPartition

from workers.streams.faults import Disturbed, Parked

Offsets = Mapping[TopicPartition, int]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a lane's inputs, asked after its producer was initialised, when nothing of it can be open.

    `written`: the lane's positions in its own log. `committed`: what the group's coordinator says, which may be an
    older truth. `begins`, `ends`: the readable log of each input; their keys are the inputs.
    """

    written: Offsets
    committed: Offsets
    begins: Offsets
    ends: Offsets

    @property
    def believed(self) -> dict[TopicPartition, int]:
        """The lane's own positions where it has written any, else the group's. Inputs without either are left out."""
        return {tp: offset for tp, offset in {**self.committed, **self.written}.items() if tp in self.begins}

    @property
    def missing(self) -> list[TopicPartition]:
        """Inputs that nobody knows a position of."""
        believed = self.believed
        return [tp for tp in self.begins if tp not in believed]

    @property
    def contradicted(self) -> list[TopicPartition]:
        """Inputs of which the coordinator says something else than the lane wrote."""
        return [tp for tp, offset in self.written.items() if self.committed.get(tp, offset) != offset]

    @property
    def deleted(self) -> list[TopicPartition]:
        """Inputs whose records went away unread."""
        return [tp for tp, offset in self.believed.items() if offset < self.begins[tp]]


def read_on_from(known: Known, untouched: Mapping[TopicPartition, bool]) -> dict[TopicPartition, int]:
    """The offset of each input to read on from. `untouched`: of each missing one, whether nothing of it was processed.

    `Parked` where going on would lose or double; `Disturbed` where the log is not (yet) the one that we knew.
    """
    for tp in known.missing:
        if not untouched[tp]:
            raise Parked("committed-offset-lost", topic=tp.topic, partition=tp.partition)
        if known.begins[tp]:
            raise Parked("records-deleted-unread", topic=tp.topic, committed=None, beginning=known.begins[tp])
    offsets = known.believed | {tp: known.begins[tp] for tp in known.missing}
    for tp, offset in offsets.items():
        begin, end = known.begins[tp], known.ends[tp]
        if offset < begin:
            raise Parked("records-deleted-unread", topic=tp.topic, committed=offset, beginning=begin)
        if offset > end:
            raise Disturbed("A log ends before what was processed", topic=tp.topic, committed=offset, end=end)
    return offsets


def set_on(known: Known, processed: Offsets) -> dict[TopicPartition, int]:
    """What a person may have a lane that cannot go on believe: all of its inputs, or nothing where it can go on.

    Records that went away are passed over. A lost position is the one after the last record that has an effect
    (`processed`), for a lane takes the records of an input in order.
    """
    if not known.missing and not known.deleted:
        return {}
    lost = {tp: max(processed[tp], known.begins[tp]) for tp in known.missing}
    return known.believed | lost | {tp: known.begins[tp] for tp in known.deleted}
