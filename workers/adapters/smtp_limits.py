"""How much one client, one network and all of them together may ask of the SMTP server."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpLimits:
    """Defaults serve at least 3,000 connections. None switches a limit off.

    `command_seconds` bounds the wait for one whole command, `data_seconds` all of DATA however slowly it comes
    (RFC 5321 §4.5.3.2), `accept_seconds` our own work after it. `network` limits count an IPv4 /24 or an
    IPv6 /64 and spare `trusted_networks`; by default that is loopback. `memory_bytes` bounds the content of
    all mails that are being received or stored.
    """

    message_bytes: int = 32 * MIB
    line_bytes: int = MIB
    recipients: int = 100
    connections: int = 4000
    connections_per_network: int | None = 100
    connections_per_network_and_minute: int | None = 600
    trusted_networks: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    bad_commands: int = 10
    unknown_mailboxes: int = 50
    command_seconds: float = 300.0
    data_seconds: float = 600.0
    accept_seconds: float = 60.0
    memory_bytes: int = 512 * MIB
    stop_seconds: float = 10.0
