"""How to reach Kafka, and who we are there. The environment variable of each is `STELLWERK_KAFKA__<NAME>`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from config.settings_section import Section

_PREFIX = "STELLWERK_KAFKA__"
_OF_SSL = ("ssl_ca", "ssl_cert", "ssl_key")
_OF_TOKEN_ENDPOINT = ("oauth_token_url", "oauth_client_id", "oauth_client_secret")
_OF_OAUTH = (*_OF_TOKEN_ENDPOINT, "oauth_scope", "oauth_ca", "oauth_token_file")
_OF_SASL = ("sasl_username", "sasl_password", *_OF_OAUTH)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class KafkaSettings(Section):
    bootstrap_servers: str | None = Field(
        default=None, description="host:port,host:port of the brokers; none: `up` starts an embedded Kafka"
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="how to speak to the brokers"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] = Field(
        default="SCRAM-SHA-512", description="how to log in, with SASL_PLAINTEXT and SASL_SSL"
    )
    sasl_username: str | None = Field(default=None, description="who logs in; not with OAUTHBEARER")
    sasl_password: SecretStr | None = Field(default=None, description="with which password")
    oauth_token_url: str | None = Field(
        default=None, description="OAUTHBEARER: where client id and secret get a token (https://…)"
    )
    oauth_client_id: str | None = Field(default=None, description="OAUTHBEARER: who asks for a token")
    oauth_client_secret: SecretStr | None = Field(default=None, description="OAUTHBEARER: its secret")
    oauth_scope: str | None = Field(default=None, description="OAUTHBEARER: scope to ask for; none: none")
    oauth_ca: Path | None = Field(
        default=None, description="PEM file of the token endpoint's CA; none: the system's CAs"
    )
    oauth_token_file: Path | None = Field(
        default=None,
        description="OAUTHBEARER without an endpoint: a token that somebody renews; read at each connection",
    )
    ssl_ca: Path | None = Field(
        default=None, description="PEM file of the brokers' CA; none: the system's CAs"
    )
    ssl_cert: Path | None = Field(default=None, description="PEM file of our client certificate")
    ssl_key: Path | None = Field(default=None, description="PEM file of its key")
    partitions: int = Field(
        default=4,
        ge=1,
        le=1000,
        description="of all shared topics; can't be changed later: as many as workers ever",
    )
    replication_factor: int | None = Field(
        default=None, ge=1, description="of new topics; none: 3, or as many as there are brokers"
    )
    production: bool = Field(
        default=False,
        description="refuse topics with fewer than 3 copies, or 2 in sync: 250 must outlive a broker",
    )
    timeout_seconds: float = Field(default=15.0, gt=0, description="for one request to a broker")

    @property
    def logs_in(self) -> bool:
        return self.security_protocol.startswith("SASL")

    @property
    def encrypted(self) -> bool:
        return self.security_protocol.endswith("SSL")

    def _problems(self) -> Iterator[str]:
        """What is missing, and what would be ignored: a login that is not used is an open door."""
        if self.logs_in:
            yield from self._login_problems()
        elif given := self._given(_OF_SASL):
            yield f"{_named(given)} would not be used with {self._protocol()}; set it to SASL_SSL, or unset them"
        if not self.encrypted and (given := self._given(_OF_SSL)):
            yield f"{_named(given)} would not be used with {self._protocol()}; set it to SSL or SASL_SSL, or unset them"
        if (self.ssl_cert is None) != (self.ssl_key is None):
            yield f"{_named(('ssl_cert', 'ssl_key'))} belong together; set both or neither"

    def _login_problems(self) -> Iterator[str]:
        if self.sasl_mechanism == "OAUTHBEARER":
            yield from self._token_problems()
            return
        if not (self.sasl_username and self.sasl_password):
            yield f"SASL needs {_named(('sasl_username', 'sasl_password'))}; set both"
        if given := self._given(_OF_OAUTH):
            yield f"{_named(given)} would not be used; set {_PREFIX}SASL_MECHANISM to OAUTHBEARER, or unset them"

    def _token_problems(self) -> Iterator[str]:
        if given := self._given(("sasl_username", "sasl_password")):
            yield f"{_named(given)} would not be used with OAUTHBEARER; unset them"
        asked = self._given(_OF_TOKEN_ENDPOINT)
        if self.oauth_token_file is not None:
            if asked:
                yield f"{_named(('oauth_token_file',))} is one way to a token, {_named(asked)} another; set one"
        elif asked != _OF_TOKEN_ENDPOINT:
            yield (
                f"OAUTHBEARER needs {_named(_OF_TOKEN_ENDPOINT)}, or {_named(('oauth_token_file',))}; "
                "set all three, or the file"
            )
        elif not _keeps_secrets(self.oauth_token_url or ""):
            yield f"{_named(('oauth_token_url',))} must be https://…, for the client's secret goes there"

    def _given(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if getattr(self, name) is not None)

    def _protocol(self) -> str:
        return f"{_PREFIX}SECURITY_PROTOCOL={self.security_protocol}"


def _named(names: tuple[str, ...]) -> str:
    *others, last = [_PREFIX + name.upper() for name in names]
    return f"{', '.join(others)} and {last}" if others else last


def _keeps_secrets(url: str) -> bool:
    """Encrypted, or not leaving this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
