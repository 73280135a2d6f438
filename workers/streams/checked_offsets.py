"""T1: aiokafka 0.14 answers "no committed offset" while a coordinator is still loading.

`OffsetFetch` has, from v2 on, an error for the whole answer, with an empty list of partitions; aiokafka never
looks at it. It also turns UNKNOWN_TOPIC_OR_PARTITION of one partition into "no offset". An ordinary consumer
then falls back to `auto_offset_reset`, and doubles or loses its history. Every tool that reads committed offsets
(reconcile, readiness, lag) needs this. The dependency is pinned to the release that was read.
"""

from collections.abc import Sequence
from typing import Any

from aiokafka import errors
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.protocol.commit import OffsetFetchRequest

_CHECKED = "_stellwerk_checked_offsets"


def check_offset_fetches() -> None:
    """Make every consumer of this process refuse unsure answers. Idempotent; call it before the first one."""
    unchecked = GroupCoordinator._send_req
    if hasattr(unchecked, _CHECKED):
        return

    async def send_checked(self: Any, request: Any) -> Any:
        response = await unchecked(self, request)
        if isinstance(request, OffsetFetchRequest):
            refuse_unsure(self, request, response)
        return response

    setattr(send_checked, _CHECKED, True)
    GroupCoordinator._send_req = send_checked


async def committed_offsets(consumer: Any, tps: Sequence[Any]) -> dict[Any, Any]:
    """`TopicPartition` to `OffsetAndMetadata`, in one request; what has no committed offset is left out.

    The client's own `committed()` does not give the metadata. Asks again until the answer is sure: bound it.
    """
    check_offset_fetches()
    found: dict[Any, Any] = await consumer._coordinator.fetch_committed_offsets(list(tps))
    return found


def refuse_unsure(coordinator: Any, request: Any, response: Any) -> None:
    """Raise (retriable) unless each partition that was asked for has an answer of its own without an error."""
    whole = errors.for_code(getattr(response, "error_code", 0))
    if whole in (errors.NotCoordinatorForGroupError, errors.GroupCoordinatorNotAvailableError):
        coordinator.coordinator_dead()
    if whole is not errors.NoError:
        raise whole()
    asked = {(topic, part) for topic, parts in request._partitions or () for part in parts}
    answered = {
        (topic, part)
        for topic, parts in response.topics
        for part, _, _, code in parts
        if errors.for_code(code) is not errors.UnknownTopicOrPartitionError
    }
    if not asked <= answered:
        raise errors.UnknownTopicOrPartitionError(f"no answer for {sorted(asked - answered)}")
