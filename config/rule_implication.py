"""Whether all mails that meet one condition meet another: True only where it is certain, by what is written."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

from schemas.addresses import domain_of
from schemas.policy_rules import SizeCondition, When

_NESTING = ("all", "any", "not_")


def implies(narrow: When, wide: When) -> bool:
    """Every mail that meets `narrow` meets `wide`."""
    return all(_gives(narrow, name, getattr(wide, name)) for name in wide.conditions())


def contradicts_itself(when: When) -> bool:
    """No mail can meet it."""
    size = when.size
    impossible = (
        size is not None and size.under_bytes is not None and (size.over_bytes or 0) >= size.under_bytes
    )
    if when.not_ is not None:
        rest = when.model_copy(update={"not_": None})
        impossible = impossible or (bool(rest.conditions()) and implies(rest, when.not_))
    return impossible or any(map(contradicts_itself, when.all)) or _none_of(when.any)


def _none_of(alternatives: tuple[When, ...]) -> bool:
    return bool(alternatives) and all(map(contradicts_itself, alternatives))


def _gives(narrow: When, name: str, wanted: Any) -> bool:
    """Whether `narrow` makes certain that the condition holds: by itself, or by what must hold inside it."""
    if name == "all":
        return all(implies(narrow, each) for each in wanted)
    if name == "any" and any(implies(narrow, each) for each in wanted):
        return True
    own = name in narrow.conditions() and _within(name, getattr(narrow, name), wanted)
    return (
        own or any(_gives(each, name, wanted) for each in narrow.all) or _each_gives(narrow.any, name, wanted)
    )


def _each_gives(alternatives: tuple[When, ...], name: str, wanted: Any) -> bool:
    return bool(alternatives) and all(_gives(each, name, wanted) for each in alternatives)


def _within(name: str, narrow: Any, wide: Any) -> bool:
    if name == "not_":
        return implies(wide, narrow)
    if name == "any":
        return all(any(implies(each, other) for other in wide) for each in narrow)
    if name == "size":
        return _size_within(narrow, wide)
    if name == "header_regex":
        return _headers_within(narrow, wide)
    if name == "peer":
        return all(any(_inside(network, other) for other in wide) for network in narrow)
    if name in ("sender", "recipient"):
        return all(address in wide or f"@{domain_of(address)}" in wide for address in narrow)
    if isinstance(narrow, tuple):
        return set(narrow) <= set(wide)
    return bool(narrow == wide)


def _size_within(narrow: SizeCondition, wide: SizeCondition) -> bool:
    over = wide.over_bytes is None or (narrow.over_bytes is not None and narrow.over_bytes >= wide.over_bytes)
    if wide.under_bytes is None:
        return over
    return over and narrow.under_bytes is not None and narrow.under_bytes <= wide.under_bytes


def _headers_within(narrow: Mapping[str, tuple[str, ...]], wide: Mapping[str, tuple[str, ...]]) -> bool:
    return all(name in narrow and set(narrow[name]) <= set(regexes) for name, regexes in wide.items())


def _inside(network: str, other: str) -> bool:
    inner, outer = ip_network(network), ip_network(other)
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]  # same version
