"""Which clients we believe what they write into headers (`trusted_relays` of the policy)."""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network

from workers.routing.rule_facts import parse_peer


def is_trusted_relay(peer: str, networks: tuple[str, ...]) -> bool:
    """Whether the client's address is in one of the networks (CIDR). What is no IP address is not."""
    address = parse_peer(peer)
    return address is not None and any(address in network for network in _parsed(networks))


@lru_cache(maxsize=8)
def _parsed(networks: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(network) for network in networks)
