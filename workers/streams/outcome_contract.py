"""What a `LaneLogic` owes the engine, checked before a transaction is opened."""

from collections.abc import Sequence

from workers.ports import BatchOutcome, InRecord
from workers.streams.faults import BrokenContractError


def check_outcome(outcome: BatchOutcome, batch: Sequence[InRecord], view_topic: str | None) -> None:
    """The view's new fields are exactly what is written to its topic, else a rebuild would read other values."""
    if outcome.own_faults and len(outcome.own_faults) != len(batch):
        raise BrokenContractError("own_faults needs one flag for each record of the batch, or none")
    written = {
        record.key.decode(): record.value
        for record in outcome.outputs
        if record.topic == view_topic and record.key is not None
    }
    if written != dict(outcome.view):
        raise BrokenContractError("the view's fields are not what is written to its topic")
