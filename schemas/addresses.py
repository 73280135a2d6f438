"""Mail addresses and domains in the one form in which they are compared and stored."""

import unicodedata
from functools import lru_cache
from ipaddress import ip_network
from typing import Annotated

import idna
from pydantic import AfterValidator


def normal_domain(domain: str) -> str:
    """Lower case A-labels (IDNA 2008, UTS 46), no trailing dot; an address literal only lower case.

    Raises `ValueError` for what can't be a domain.
    """
    name = domain.strip().removesuffix(".")
    if name.startswith("["):
        return name.lower()
    if name.isascii():
        return _ascii_domain(name.lower())
    try:
        return idna.encode(name, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise ValueError("not a domain name") from error


@lru_cache(maxsize=8_192)
def _ascii_domain(name: str) -> str:
    labels = name.split(".")
    if len(name) > 253 or any(not 0 < len(label) < 64 or not label.isprintable() for label in labels):
        raise ValueError("not a domain name")
    if any(character in name for character in ' @<>"(),:;\\/'):
        raise ValueError("not a domain name")
    return name


def normal_address(address: str) -> str:
    """`local@domain` with the local part case folded (NFC) and the domain as of `normal_domain`.

    RFC 5321 leaves the case of the local part to its host; nobody's customers agree, so it does not count.
    Raises `ValueError` where there is no local part, no domain, or a control character.
    """
    local, at, domain = address.strip().rpartition("@")
    if not at or not local or not local.isprintable():
        raise ValueError("not a mail address: expected local@domain")
    return f"{unicodedata.normalize('NFC', local.casefold())}@{normal_domain(domain)}"


def domain_of(address: str) -> str:
    """The domain of a normalised address."""
    return address.rpartition("@")[2]


def _pattern(text: str) -> str:
    return "@" + normal_domain(text[1:]) if text.startswith("@") else normal_address(text)


def _network(text: str) -> str:
    return str(ip_network(text, strict=False))


Address = Annotated[str, AfterValidator(normal_address)]
Domain = Annotated[str, AfterValidator(normal_domain)]
AddressPattern = Annotated[str, AfterValidator(_pattern)]
"""One address, or `@domain` for all of exactly this domain."""
Network = Annotated[str, AfterValidator(_network)]
"""An IPv4 or IPv6 network in CIDR form; a single address is a network of its own."""
