"""Who may connect: limits in total, per network and minute, and the memory that all mails share."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Callable
from functools import lru_cache

from workers.adapters.smtp_limits import SmtpLimits
from workers.adapters.smtp_replies import (
    TOO_FAST_FROM_NETWORK,
    TOO_MANY_CONNECTIONS,
    TOO_MANY_FROM_NETWORK,
    Reply,
)

_MINUTE_SECONDS = 60.0


class Admission:
    """Counts open connections. `clock` in seconds, monotonic."""

    def __init__(self, limits: SmtpLimits, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._trusted = tuple(ipaddress.ip_network(network) for network in limits.trusted_networks)
        self._network_of = lru_cache(maxsize=4096)(self._network)
        self._open: Counter[str] = Counter()
        self._minute: Counter[str] = Counter()
        self._minute_ends_at = 0.0
        self.connections = 0

    def enter(self, peer: str) -> Reply | None:
        """The refusal, or None: then `leave` must follow."""
        if self.connections >= self._limits.connections:
            return TOO_MANY_CONNECTIONS
        network = self._network_of(peer)
        refusal = self._network_refusal(network) if network else None
        if refusal is None:
            self.connections += 1
            self._open[network] += 1
        return refusal

    def leave(self, peer: str) -> None:
        network = self._network_of(peer)
        self.connections -= 1
        self._open[network] -= 1
        if not self._open[network]:
            del self._open[network]

    def _network_refusal(self, network: str) -> Reply | None:
        most, most_a_minute = (
            self._limits.connections_per_network,
            self._limits.connections_per_network_and_minute,
        )
        if most is not None and self._open[network] >= most:
            return TOO_MANY_FROM_NETWORK
        if self._clock() >= self._minute_ends_at:
            self._minute.clear()
            self._minute_ends_at = self._clock() + _MINUTE_SECONDS
        self._minute[network] += 1
        if most_a_minute is not None and self._minute[network] > most_a_minute:
            return TOO_FAST_FROM_NETWORK
        return None

    def _network(self, peer: str) -> str:
        """The network that is limited as one; empty for a trusted one, or for a peer without an IP address."""
        try:
            address = ipaddress.ip_address(peer.partition("%")[0])
        except ValueError:
            return ""
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        if any(address in network for network in self._trusted):
            return ""
        return str(ipaddress.ip_network((address, 24 if address.version == 4 else 64), strict=False))


class MemoryBudget:
    """Octets of content that are held for all connections together."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.held_bytes = 0

    def has_room_for(self, more_bytes: int) -> bool:
        return self.held_bytes + more_bytes <= self._limit

    def change(self, by_bytes: int) -> None:
        self.held_bytes += by_bytes
