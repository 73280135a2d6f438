"""How to speak to secured brokers: settings as aiokafka's options."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.settings_kafka import KafkaSettings
from workers.adapters.oauth_refusals import notice_refused_tokens
from workers.errors import WrongConfiguration

if TYPE_CHECKING:
    from workers.adapters.oauth_tokens import EndpointTokens, FileTokens


def kafka_security(kafka: KafkaSettings) -> dict[str, Any]:
    """Raises `WrongConfiguration` where a certificate can't be used. Connects to nothing, and asks for no token."""
    options: dict[str, Any] = {"security_protocol": kafka.security_protocol}
    if kafka.logs_in:
        options |= _login(kafka)
    if kafka.encrypted:
        options["ssl_context"] = _ssl_context(kafka)
    return options


def _login(kafka: KafkaSettings) -> dict[str, Any]:
    if kafka.sasl_mechanism == "OAUTHBEARER":
        notice_refused_tokens()
        return {"sasl_mechanism": "OAUTHBEARER", "sasl_oauth_token_provider": _tokens(kafka)}
    assert kafka.sasl_password is not None, "checked with the settings"  # noqa: S101
    return {
        "sasl_mechanism": kafka.sasl_mechanism,
        "sasl_plain_username": kafka.sasl_username,
        "sasl_plain_password": kafka.sasl_password.get_secret_value(),
    }


def _tokens(kafka: KafkaSettings) -> EndpointTokens | FileTokens:
    """One of them, as the settings have checked."""
    # here, because an HTTP client takes a third of a command's start, and most installations log in otherwise
    from workers.adapters.oauth_tokens import EndpointTokens, FileTokens

    if kafka.oauth_token_file is not None:
        return FileTokens(kafka.oauth_token_file)
    assert kafka.oauth_client_secret is not None, "checked with the settings"  # noqa: S101
    return EndpointTokens(
        kafka.oauth_token_url or "",
        kafka.oauth_client_id or "",
        kafka.oauth_client_secret.get_secret_value(),
        scope=kafka.oauth_scope,
        tls=_trusting(kafka.oauth_ca, "STELLWERK_KAFKA__OAUTH_CA"),
    )


def _trusting(ca: Path | None, setting: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as error:
        raise WrongConfiguration(
            f"The CA in {setting} cannot be used ({error}): it must be a PEM file that this process may read."
        ) from error


def _ssl_context(kafka: KafkaSettings) -> ssl.SSLContext:
    context = _trusting(kafka.ssl_ca, "STELLWERK_KAFKA__SSL_CA")
    if kafka.ssl_cert is not None:
        try:
            context.load_cert_chain(kafka.ssl_cert, kafka.ssl_key)
        except (OSError, ssl.SSLError) as error:
            raise WrongConfiguration(
                f"The client certificate for Kafka cannot be used ({error}): STELLWERK_KAFKA__SSL_CERT and "
                "STELLWERK_KAFKA__SSL_KEY must be PEM files that belong together."
            ) from error
    return context
