"""The settings by subject. The environment variable of each is `STELLWERK_<SECTION>__<NAME>`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr
from pydantic.networks import IPvAnyAddress
from pydantic_settings import NoDecode

from config.settings_section import Section
from schemas.addresses import Network

MIB = 1024 * 1024


def _listed(value: object) -> object:
    return (
        tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value
    )


class SmtpSettings(Section):
    host: str = Field(default="127.0.0.1", description="address to listen at; 0.0.0.0 for all")
    port: int = Field(default=2525, ge=0, le=65535, description="0: any free one")
    hostname: str | None = Field(default=None, description="what we call ourselves; none: the machine's name")
    tls_cert: Path | None = Field(
        default=None, description="PEM file; with tls_key, turns STARTTLS on; read again when it changes"
    )
    tls_key: Path | None = Field(default=None, description="PEM file of the certificate's key")
    tls_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="second port, where TLS comes first (usually 465); none: none",
    )
    proxy_networks: Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_listed)] = Field(
        default=(),
        description="of load balancers: they, and only they, must send the PROXY protocol (v1, v2)",
    )
    authenticate: bool = Field(
        default=False,
        description="check SPF, DKIM, DMARC and ARC (needs DNS); off: identity levels come from trusted relays",
    )
    authenticate_seconds: float = Field(
        default=5.0, gt=0, le=30, description="for one mail's checks, before its 250; then `unknown`"
    )
    dns_servers: Annotated[tuple[IPvAnyAddress, ...], NoDecode, BeforeValidator(_listed)] = Field(
        default=(), description="addresses of resolvers, comma separated; none: the system's"
    )
    max_message_bytes: int = Field(default=50 * MIB, ge=65_536, description="announced as SIZE; larger: 552")
    max_line_bytes: int = Field(default=MIB, ge=1_000, description="longest line of a mail")
    max_recipients: int = Field(default=100, ge=100, description="of one mail (RFC 5321: at least 100)")
    max_connections: int = Field(default=4_000, ge=1, description="at once, in total; more: 421")
    max_connections_per_network: int | None = Field(
        default=100, ge=1, description="at once, from an IPv4 /24 or IPv6 /64; `null`: no limit"
    )
    max_connections_per_network_and_minute: int | None = Field(
        default=600, ge=1, description="new ones in a minute, from such a network; `null`: no limit"
    )
    trusted_networks: Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_listed)] = Field(
        default=("127.0.0.0/8", "::1/128"), description="comma separated; without these two limits"
    )
    max_bad_commands: int = Field(default=10, ge=1, description="then the connection is closed")
    max_unknown_mailboxes: int = Field(default=50, ge=1, description="then the connection is closed")
    command_timeout_seconds: float = Field(
        default=300.0, gt=0, description="for one command (RFC 5321: 5 min)"
    )
    data_timeout_seconds: float = Field(default=600.0, gt=0, description="for all of DATA, however slow")
    accept_timeout_seconds: float = Field(default=60.0, gt=0, description="for storing a mail; then 451")
    memory_bytes: int = Field(default=512 * MIB, ge=MIB, description="of all mails being received; then 452")
    stop_seconds: float = Field(default=10.0, gt=0, description="that running transactions get when stopping")

    def _problems(self) -> Iterator[str]:
        if (self.tls_cert is None) != (self.tls_key is None):
            yield "STELLWERK_SMTP__TLS_CERT and STELLWERK_SMTP__TLS_KEY belong together; set both or neither"
        if self.tls_port is not None and self.tls_cert is None:
            yield "STELLWERK_SMTP__TLS_PORT needs STELLWERK_SMTP__TLS_CERT and STELLWERK_SMTP__TLS_KEY"


class HttpSettings(Section):
    host: str = Field(default="127.0.0.1", description="address to listen at; 0.0.0.0 for all")
    port: int = Field(default=8025, ge=0, le=65535, description="0: any free one")
    token: SecretStr | None = Field(
        default=None,
        description="bearer token of /v1 and the operators' pages; none: 401 to all, `up` makes one",
    )


class BlobSettings(Section):
    url: str | None = Field(
        default=None,
        repr=False,
        description="where big mails go, as fsspec has it (file://, s3://); none: data dir",
    )
    inline_limit_bytes: int = Field(
        default=512 * 1024, ge=0, le=700_000, description="up to this size a mail lies in Kafka itself"
    )


class RoutingSettings(Section):
    batch_records: int = Field(default=500, ge=1, le=10_000, description="at most, in one transaction")
    transaction_seconds: float = Field(default=15.0, ge=1, le=60, description="the broker aborts later ones")
    brake_in_a_row: int = Field(default=20, ge=1, description="own faults in a row that stop a partition")
    brake_window: int = Field(default=200, ge=1, description="records of which a share may be own faults")
    brake_share: float = Field(default=0.5, gt=0, le=1, description="of own faults that stops a partition")


class LogSettings(Section):
    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="and above")
    format: Literal["auto", "json", "human"] = Field(
        default="auto", description="auto: for people on a terminal, else JSON"
    )
