"""What can go wrong in a lane, as types; every one of them but a bug ends in `acquire`.

DependencyUnavailable
├── Disturbed        Kafka refused, timed out or cannot say what happened: drop the producer, acquire
│   ├── Refused      Kafka does not let this user do that
│   └── Fenced       another producer took the transactional id, or the transaction timed out
└── ViewLost         (workers.errors) the view is not what this lane wrote last
Parked               only a person can help: the lane keeps its partition, does nothing, and says so
BrokenContractError       a bug: the lane fails, and with it the service
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka.errors import (
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
    KafkaError,
    MessageSizeTooLargeError,
    ProducerFenced,
    RecordListTooLargeError,
)

from workers.cancellation import is_ours
from workers.errors import DependencyUnavailable, NotAdmitted
from workers.kafka_refusals import NO_RIGHT


class Disturbed(DependencyUnavailable):
    """The outcome of the last step is not known, or the step is not possible now."""


class Fenced(Disturbed):
    """Not proof of another owner: a transaction that timed out is answered the same way."""


class Refused(Disturbed, NotAdmitted):
    """A right or a login is missing: waited for, since it is given at the broker."""


class Parked(Exception):  # a state, not only an error
    """Going on would lose or double something, and waiting does not help. `reason` is a label for metrics."""

    def __init__(self, reason: str, **detail: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


class BrokenContractError(Exception):
    """A `LaneLogic` returned an outcome that the engine cannot make exactly-once."""


class InputsApartError(Exception):
    """This worker was assigned a partition of some inputs but not of the others (T2)."""


_FENCED = (ProducerFenced, InvalidProducerEpoch, InvalidProducerIdMapping)
_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)
_FOREIGN = (KafkaError, AssertionError, TimeoutError, OSError)


@contextmanager
def kafka_faults(doing: str) -> Iterator[None]:
    """Turn what aiokafka raises into ours.

    AssertionError is foreign here: after a fatal error aiokafka answers each call with one (T5). So is a
    CancelledError that nobody asked for.
    """
    try:
        yield
    except _TOO_LARGE as error:
        raise Parked("output-too-large", doing=doing) from error
    except _FENCED as error:
        raise Fenced("Kafka fenced this worker", doing=doing) from error
    except NO_RIGHT as error:
        raise Refused(
            f"Kafka refuses this user ({type(error).__name__}): see `stellwerk topics acls`",
            doing=doing,
            error=repr(error),
        ) from error
    except _FOREIGN as error:
        raise Disturbed("Kafka did not answer as hoped", doing=doing, error=repr(error)) from error
    except asyncio.CancelledError as error:
        if is_ours():
            raise
        raise Disturbed("A client of Kafka gave up", doing=doing) from error
