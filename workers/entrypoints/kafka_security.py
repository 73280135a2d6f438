"""How to speak to secured brokers: settings as aiokafka's options."""

import ssl
from typing import Any

from config.settings_sections import KafkaSettings
from workers.errors import WrongConfiguration


def kafka_security(kafka: KafkaSettings) -> dict[str, Any]:
    """Raises `WrongConfiguration` where a certificate can't be used."""
    options: dict[str, Any] = {"security_protocol": kafka.security_protocol}
    if kafka.security_protocol.startswith("SASL") and kafka.sasl_password is not None:
        options["sasl_mechanism"] = kafka.sasl_mechanism
        options["sasl_plain_username"] = kafka.sasl_username
        options["sasl_plain_password"] = kafka.sasl_password.get_secret_value()
    if kafka.security_protocol.endswith("SSL"):
        options["ssl_context"] = _ssl_context(kafka)
    return options


def _ssl_context(kafka: KafkaSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=kafka.ssl_ca)
        if kafka.ssl_cert is not None:
            context.load_cert_chain(kafka.ssl_cert, kafka.ssl_key)
    except (OSError, ssl.SSLError) as error:
        raise WrongConfiguration(
            f"A certificate for Kafka cannot be used ({error}): see STELLWERK_KAFKA__SSL_CA, "
            "STELLWERK_KAFKA__SSL_CERT and STELLWERK_KAFKA__SSL_KEY."
        ) from error
    return context
