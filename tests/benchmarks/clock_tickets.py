"""Open tickets as `route` keeps them, by the hundred thousand: one that was decided, under other ids and due times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from aiokafka import AIOKafkaProducer

from schemas.ticket import Sla
from schemas.topics import TICKETS_STATE
from tests.benchmarks.servers import Place
from tests.support.builders import TICKET_ID
from tests.support.routing_builders import a_ticket_state

FAR = timedelta(days=30)
_OPENED_AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_DUE_AT = datetime(2099, 1, 1, 1, 1, 1, tzinfo=UTC)
_RESOLVE_AT = datetime(2099, 2, 2, 2, 2, 2, tzinfo=UTC)


def ticket_id(number: int) -> str:
    return f"T-{number:012d}"


def far_states(numbers: Iterable[int], now: datetime) -> Iterator[tuple[str, bytes]]:
    """Both clocks run for weeks, each with a warning and a breach to come."""
    return _states(((number, now + FAR) for number in numbers), "silver", now)


def due_states(first: int, dues: Sequence[datetime], now: datetime) -> Iterator[tuple[str, bytes]]:
    """The first clock is due then, and nothing is told before; the second runs for weeks."""
    return _states(enumerate(dues, first), "bronze", now)


async def prefill_states(place: Place, states: Iterable[tuple[str, bytes]]) -> None:
    """Written as if by the lanes; to be done before any of them runs."""
    producer = AIOKafkaProducer(**place.connection.client_options(), linger_ms=5, max_batch_size=500_000)
    await producer.start()
    topic = place.connection.topic(TICKETS_STATE)
    try:
        for key, value in states:
            await producer.send(topic, value, key=key.encode())
        await producer.flush()
    finally:
        await producer.stop()


def _states(dues: Iterable[tuple[int, datetime]], level: str, now: datetime) -> Iterator[tuple[str, bytes]]:
    text, resolve_at = _template(level), _text(now + 2 * FAR)
    for number, due_at in dues:
        name = ticket_id(number)
        own = text.replace(TICKET_ID.encode(), name.encode()).replace(_text(_DUE_AT), _text(due_at))
        yield name, own.replace(_text(_RESOLVE_AT), resolve_at)


def _template(level: str) -> bytes:
    state = a_ticket_state()
    sla = Sla(
        contract="premium",
        level=level,
        group_id="key-accounts",
        respond_due_at=_DUE_AT,
        resolve_due_at=_RESOLVE_AT,
    )
    ticket = state.ticket.model_copy(update={"sla": sla, "opened_at": _OPENED_AT})
    return state.model_copy(update={"ticket": ticket}).write()


def _text(at: datetime) -> bytes:
    """As the models write it, to the second."""
    return at.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z").encode()
