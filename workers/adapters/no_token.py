"""That there is no token to log in to Kafka with. Apart from those that ask for one: only they need an HTTP client."""

from aiokafka.errors import KafkaConnectionError


class NoToken(KafkaConnectionError):  # type: ignore[misc]  # aiokafka is untyped
    """Retriable for aiokafka, as a broker that is away. Its text names settings, and no secret."""
