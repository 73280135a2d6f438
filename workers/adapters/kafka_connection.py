"""How to reach one Kafka cluster, and what its failures mean to us."""

import asyncio
from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from aiokafka.errors import (
    IncompatibleBrokerVersion,
    InvalidReplicationFactorError,
    InvalidTopicError,
    KafkaError,
    PolicyViolationError,
)

from schemas.event import Event
from schemas.topics import Topic
from workers.cancellation import only_ours
from workers.errors import DependencyUnavailable, NotAdmitted, WrongConfiguration
from workers.kafka_refusals import NO_RIGHT

_OURS_TO_MEND = (
    IncompatibleBrokerVersion,
    InvalidReplicationFactorError,
    InvalidTopicError,
    PolicyViolationError,
)


@dataclass(frozen=True, slots=True)
class KafkaConnection:
    """`bootstrap_servers` as `host:port,host:port`; `security` are aiokafka's own options (`sasl_…`, `ssl_context`)."""

    bootstrap_servers: str
    prefix: str = ""
    security: Mapping[str, Any] = field(default_factory=dict)
    timeout_seconds: float = 15.0

    def client_options(self) -> dict[str, Any]:
        """Options that every aiokafka client takes."""
        return {
            "bootstrap_servers": self.bootstrap_servers,
            "request_timeout_ms": int(self.timeout_seconds * 1000),
            **self.security,
        }

    def topic(self, topic: Topic[Event]) -> str:
        """The topic's name on this cluster."""
        return topic.full_name(self.prefix)


_STOP_SECONDS = 5.0


async def stopped(stop: Awaitable[object]) -> None:
    """Await a client's `stop()` within a bound: it may hang while its broker is away (T6), and we are leaving.

    It can also end in a CancelledError of its own (a fetch that was backing off), which is not ours.
    """
    task = asyncio.ensure_future(stop)
    _, pending = await asyncio.wait([task], timeout=_STOP_SECONDS)
    if pending:
        task.cancel()
        await asyncio.wait([task], timeout=1.0)
    if task.done() and not task.cancelled():
        with suppress(KafkaError, OSError, TimeoutError):
            task.result()


@contextmanager
def kafka_failures(connection: KafkaConnection, doing: str) -> Iterator[None]:
    """Turn aiokafka's errors into ours: what an operator must mend, else what can be waited for."""
    try:
        with only_ours(doing):
            yield
    except NO_RIGHT as error:
        raise NotAdmitted(
            f"Kafka at {connection.bootstrap_servers} does not let this user do that ({doing}): {_words(error)}. "
            "`stellwerk topics acls` prints what each service needs.",
            doing=doing,
        ) from error
    except _OURS_TO_MEND as error:
        raise WrongConfiguration(
            f"Kafka at {connection.bootstrap_servers} refused while {doing}: {_words(error)}", doing=doing
        ) from error
    except (KafkaError, OSError, TimeoutError) as error:
        raise DependencyUnavailable(
            f"Kafka at {connection.bootstrap_servers} did not answer while {doing} ({_words(error)}). "
            "Is it running, is the address in STELLWERK_KAFKA__BOOTSTRAP_SERVERS right, and can this machine reach it?",
            doing=doing,
        ) from error


def _words(error: BaseException) -> str:
    """aiokafka's errors name themselves, others don't."""
    name, text = type(error).__name__, str(error)
    return text if text.startswith(name) else f"{name}: {text}" if text else name
