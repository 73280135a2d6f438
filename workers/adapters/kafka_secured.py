"""An embedded Kafka with a locked door: TLS, SASL and ACLs, for tests that must see them refuse.

Clients come by `SASL_SSL`. The node itself and its start-up check use a second listener on loopback without either,
whose user (`ANONYMOUS`) may do everything: this is for tests on one machine, and not for a shared one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from workers.adapters.loopback_port import LOOPBACK

CLIENTS, INTERNAL = "SASL_SSL", "PLAINTEXT"
_PACKAGE = "org.apache.kafka.common.security"


@dataclass(frozen=True, slots=True)
class SecuredDoor:
    """`keystore`: PEM file with the key (PKCS 8) and the chain. `passwords`: of users, made at the first start.

    `superuser` may do everything; others what ACLs give them. `jwks`: file with the keys that sign tokens, whose
    `sub` is the user and whose `aud` is `audience`.
    """

    keystore: Path
    passwords: Mapping[str, str] = field(repr=False)
    superuser: str
    jwks: Path
    audience: str = "kafka"

    @property
    def jvm_options(self) -> tuple[str, ...]:
        return (f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={self.jwks.as_uri()}",)

    @property
    def format_options(self) -> tuple[str, ...]:
        """Of the storage tool: the users' SCRAM credentials."""
        return tuple(
            f"--add-scram=SCRAM-SHA-512=[name={name},password={password}]"
            for name, password in self.passwords.items()
        )

    def properties(self, port: int, internal_port: int, controller_port: int) -> dict[str, str]:
        """On top of those of an open node."""
        clients, internal = f"{CLIENTS}://{LOOPBACK}:{port}", f"{INTERNAL}://{LOOPBACK}:{internal_port}"
        return {
            "listeners": f"{clients},{internal},CONTROLLER://{LOOPBACK}:{controller_port}",
            "advertised.listeners": f"{clients},{internal}",
            "listener.security.protocol.map": "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self.keystore),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": f"User:ANONYMOUS;User:{self.superuser}",
            "allow.everyone.if.no.acl.found": "false",
            **{f"listener.name.sasl_ssl.{name}": value for name, value in self._sasl().items()},
        }

    def _sasl(self) -> dict[str, str]:
        return {
            "sasl.enabled.mechanisms": "SCRAM-SHA-512,OAUTHBEARER",
            "scram-sha-512.sasl.jaas.config": f"{_PACKAGE}.scram.ScramLoginModule required;",
            "oauthbearer.sasl.jaas.config": f"{_PACKAGE}.oauthbearer.OAuthBearerLoginModule required;",
            "oauthbearer.sasl.server.callback.handler.class": (
                f"{_PACKAGE}.oauthbearer.OAuthBearerValidatorCallbackHandler"
            ),
            "oauthbearer.sasl.oauthbearer.jwks.endpoint.url": self.jwks.as_uri(),
            "oauthbearer.sasl.oauthbearer.expected.audience": self.audience,
        }
