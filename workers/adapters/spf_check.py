"""Whether a client may send for the domain of MAIL FROM, or of HELO where that is empty (SPF, RFC 7208)."""

from __future__ import annotations

import warnings
from ipaddress import ip_address
from typing import Any, Literal

from workers.adapters.dns_budget import DnsBudget
from workers.adapters.dns_lookups import DnsTrouble

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pyspf 2.0.14: invalid escapes, which Python 3.12 and later print
    import spf

SpfResult = Literal["pass", "failed", "none", "trouble"]

_VOID_LOOKUPS = spf.MAX_VOID_LOOKUPS
_RESULTS: dict[str, SpfResult] = {
    "pass": "pass",
    "fail": "failed",
    "softfail": "failed",
    "permerror": "failed",
    "temperror": "trouble",
}


def check_spf(peer: str, sender: str, helo: str, dns: DnsBudget) -> SpfResult:
    """`sender`: normalised, empty for the null sender. A client on this machine, or without an IP address, has
    none: pyspf lets loopback pass for every domain. Never raises."""
    address = peer.partition("%")[0]
    if not _can_be_checked(address) or not (sender or _is_name(helo)):
        return "none"
    try:
        result, _, _ = _Query(address, sender, helo, dns).check()
    except Exception:  # noqa: BLE001  # others' records choose what pyspf must read; nothing in them is ours to fix
        return "none"
    return _RESULTS.get(result, "none")


def _can_be_checked(peer: str) -> bool:
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return not (mapped or address).is_loopback and not address.is_link_local


def _is_name(helo: str) -> bool:
    return "." in helo and not helo.startswith("[")


class _Query(spf.query):  # type: ignore[misc]  # pyspf ships no types
    """pyspf's evaluation on our look-ups. It would ask a resolver of its own, without limits that we can set."""

    def __init__(self, peer: str, sender: str, helo: str, dns: DnsBudget) -> None:
        super().__init__(i=peer, s=sender, h=helo)
        self._dns = dns

    def dns(self, name: str, qtype: str, cnames: object = None, ignore_void: bool = False) -> list[Any]:
        """The values as pyspf's own method gives them; our resolver has followed the aliases."""
        del cnames
        name = str(name).rstrip(".").lower()
        if qtype == "SPF" or not name.isascii() or any(not 0 < len(part) < 64 for part in name.split(".")):
            return []
        try:
            values = self._dns.lookup(name, qtype)
        except DnsTrouble as error:
            raise spf.TempError(f"DNS {error}") from error
        if not values and not ignore_void:
            self.void_lookups += 1
            if self.void_lookups > _VOID_LOOKUPS:
                raise spf.PermError(f"Void lookup limit of {_VOID_LOOKUPS} exceeded")
        return [(value,) for value in values] if qtype == "TXT" else list(values)
