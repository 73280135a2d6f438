"""Why Kafka does not let us in.

aiokafka logs what a login or a TLS handshake failed of, tries the next broker, and says only that it could not
connect. So whoever could not start a client asks here: one more connection, whose error is not lost.
"""

import asyncio
import ssl
from collections.abc import Awaitable

from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaConnectionError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)

from workers.adapters.kafka_connection import KafkaConnection, kafka_failures
from workers.adapters.no_token import NoToken
from workers.errors import DependencyUnavailable, NotAdmitted

ASK_SECONDS = 5.0


async def start_client(connection: KafkaConnection, starting: Awaitable[object], doing: str) -> None:
    """Await a client's start. Raises `NotAdmitted` with the reason, else what `kafka_failures` makes of it."""
    try:
        with kafka_failures(connection, doing):
            await starting
    except NotAdmitted:
        raise
    except DependencyUnavailable as error:
        if refusal := await why_not_admitted(connection):
            raise refusal from error
        raise


async def why_not_admitted(connection: KafkaConnection) -> DependencyUnavailable | None:
    """`NotAdmitted`, or what else there is to check; without addresses. None: a broker admits us, or none answers."""
    reason: DependencyUnavailable | None = None
    for host, port, _ in collect_hosts(connection.bootstrap_servers, randomize=False):
        try:
            opening = create_conn(
                host, port, request_timeout_ms=int(ASK_SECONDS * 1000), **connection.security
            )
            made = await asyncio.wait_for(opening, ASK_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever it is: the question is only whether it is a refusal
            reason = reason or _refusal(connection, error)
        else:
            made.close()
            return None
    return reason


def _refusal(connection: KafkaConnection, error: Exception) -> DependencyUnavailable | None:
    if isinstance(error, KafkaConnectionError) and not isinstance(error, NoToken):
        return DependencyUnavailable(_hung_up(connection))
    words = _words(connection, error)
    return None if words is None else NotAdmitted(words)


def _words(connection: KafkaConnection, error: Exception) -> str | None:
    match error:
        case NoToken():
            return f"There is no token for Kafka: {error.args[0]}."
        case SaslAuthenticationFailed():
            return _login_refused(connection)
        case UnsupportedSaslMechanismError() | IllegalSaslStateError():
            return (
                "Kafka does not offer this way to log in: check STELLWERK_KAFKA__SASL_MECHANISM and "
                "STELLWERK_KAFKA__SECURITY_PROTOCOL, and which listener STELLWERK_KAFKA__BOOTSTRAP_SERVERS names."
            )
        case ssl.SSLCertVerificationError():
            return (
                f"Kafka's certificate is not trusted ({error.verify_message}): STELLWERK_KAFKA__SSL_CA must be the PEM "
                "file of the CA that signed it, and the certificate must name the host that we connect to."
            )
        case ssl.SSLError():
            return (
                "The TLS handshake with Kafka failed: does that port speak TLS, and does it ask for a client "
                "certificate (STELLWERK_KAFKA__SSL_CERT)? Else check STELLWERK_KAFKA__SECURITY_PROTOCOL."
            )
        case _:
            return None


def _login_refused(connection: KafkaConnection) -> str:
    if connection.security.get("sasl_mechanism") == "OAUTHBEARER":
        return (
            "Kafka refused our token: it may have expired, or be meant for another audience or issuer. Check "
            "STELLWERK_KAFKA__OAUTH_TOKEN_FILE or STELLWERK_KAFKA__OAUTH_TOKEN_URL, and the clocks."
        )
    return (
        "Kafka refused our login: check STELLWERK_KAFKA__SASL_USERNAME and STELLWERK_KAFKA__SASL_PASSWORD, and that "
        "the user exists for this STELLWERK_KAFKA__SASL_MECHANISM."
    )


def _hung_up(connection: KafkaConnection) -> str:
    """A broker that stops hangs up too; one that expects another protocol does nothing else."""
    protocol = connection.security.get("security_protocol", "PLAINTEXT")
    return (
        f"Kafka takes connections and closes them at once: does that port speak {protocol} "
        "(STELLWERK_KAFKA__SECURITY_PROTOCOL)?"
    )
