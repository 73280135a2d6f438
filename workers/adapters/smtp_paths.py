"""Reverse-paths and forward-paths of MAIL and RCPT. RFC 5321 §4.1.2, RFC 6531, read as tolerantly as is safe."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_LOCAL_OCTETS = 256
"""RFC 5321 says 64, but real bounce addresses (VERP, SRS) are longer."""
_DOMAIN_OCTETS = 255

_QUOTED = r'"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])*"'
_ATOM = r'[^\s"(),:;<>@\[\\\]\x00-\x1f\x7f]+'
_LITERAL = r"\[[0-9A-Za-z:.\-]{2,100}\]"
_ROUTE = re.compile(rf"@{_ATOM}(?:\s*,\s*@{_ATOM})*:")
_MAILBOX = re.compile(rf"(?P<local>{_QUOTED}|{_ATOM})(?:@(?P<domain>{_LITERAL}|{_ATOM}))?")
_ESCAPE = re.compile(r"\\(.)")
_PLAIN = re.compile(rf"{_ATOM}\Z")


class Path(NamedTuple):
    """`address`: as the client wrote it, without needless quotes and source route; empty for `<>`."""

    address: str
    parameters: str


@lru_cache(maxsize=1024)
def parse_path(argument: str, keyword: str) -> Path | None:
    """The path after `FROM:` or `TO:` and the parameters behind it, None where there is none."""
    if argument[: len(keyword)].upper() != keyword:
        return None
    text = argument[len(keyword) :].lstrip(" ")
    if not text.startswith("<"):  # sent by old scripts; unambiguous, since an address has no spaces
        bare, _, parameters = text.partition(" ")
        address = _address(bare, 0) if "@" in bare else None
        return Path(address[0], parameters) if address and address[1] == len(bare) else None
    if text.startswith("<>"):
        return _with_parameters("", text, 2)
    address = _address(text, 1)
    if address is None or text[address[1] : address[1] + 1] != ">":
        return None
    return _with_parameters(address[0], text, address[1] + 1)


def _with_parameters(address: str, text: str, end: int) -> Path | None:
    rest = text[end:]
    return None if rest and not rest.startswith(" ") else Path(address, rest.strip(" "))


def _address(text: str, start: int) -> tuple[str, int] | None:
    """The address that begins here, and where it ends."""
    route = _ROUTE.match(text, start)
    found = _MAILBOX.match(text, route.end() if route else start)
    if found is None:
        return None
    local, domain = _unquoted(found["local"]), found["domain"]
    if len(local.encode()) > _LOCAL_OCTETS or len((domain or "").encode()) > _DOMAIN_OCTETS:
        return None
    if not found[0].isprintable():
        return None
    return (local if domain is None else f"{local}@{domain}"), found.end()


def _unquoted(local: str) -> str:
    """Without quotes where it means the same without: `"jan"@x` is `jan@x` (RFC 5321 §4.1.2)."""
    if not local.startswith('"'):
        return local
    plain = _ESCAPE.sub(r"\1", local[1:-1])
    return plain if _PLAIN.match(plain) else local
