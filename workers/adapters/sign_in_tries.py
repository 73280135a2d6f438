"""A bound on tries to sign in: for each client's network, and for all together."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

PER_CLIENT, CLIENT_REFILL_SECONDS = 10, 30.0
OF_ALL, ALL_REFILL_SECONDS = 200, 0.5
MAX_CLIENTS = 4_096


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float

    def take(self, now: float, most: int, refill_seconds: float) -> bool:
        self.left = min(most, self.left + (now - self.at) / refill_seconds)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Tries:
    """Ten at once, then one in 30 s. Clients are IPv4 addresses and IPv6 /64; the longest unseen is forgotten."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._clients: OrderedDict[str, _Bucket] = OrderedDict()
        self._all = _Bucket(OF_ALL, clock())

    def allowed(self, peer: str) -> bool:
        """Counts this try."""
        now, client = self._clock(), _network(peer)
        bucket = self._clients.pop(client, None) or _Bucket(PER_CLIENT, now)
        self._clients[client] = bucket
        if len(self._clients) > MAX_CLIENTS:
            self._clients.popitem(last=False)
        return bucket.take(now, PER_CLIENT, CLIENT_REFILL_SECONDS) and self._all.take(
            now, OF_ALL, ALL_REFILL_SECONDS
        )


def _network(peer: str) -> str:
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return ""
    return str(address) if address.version == 4 else str(ip_network((address, 64), strict=False))
