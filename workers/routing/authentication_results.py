"""`Authentication-Results` of a relay that we trust, read into evidence (RFC 8601).

Anybody can write this header, so only that counts which the relay itself put there: fields above its own
`Received`, and fields in the name of the server that `Received` names (a relay removes others' of its own name,
RFC 8601 §5).
"""

import re
from collections.abc import Iterator

from workers.routing.address_headers import address_key
from workers.routing.identity_level import Evidence
from workers.routing.parsed_mail import DecodedHeaders

_MAX_RESULTS = 50
_COMMENT = re.compile(r"\([^()]*\)")
_METHOD = re.compile(r"(dmarc|dkim|spf)(?:\s*/\s*\d+)?\s*=\s*([a-z]+)", re.IGNORECASE)
_PROPERTY = re.compile(r"(header|smtp)\.([a-z]+)\s*=\s*([^\s;]+)", re.IGNORECASE)
_UNSAFE = re.compile(r"[\"\\]")
"""Quoted text there is the sender's (`smtp.mailfrom="x; dmarc=pass"@…`): such a field proves nothing."""
_RECEIVED_BY = re.compile(r"\bby\s+([a-z0-9.-]+)", re.IGNORECASE)


def relay_evidence(headers: DecodedHeaders) -> Evidence | None:
    """What the trusted relay that handed the mail over found; None where it says nothing."""
    found = [result for value in _of_relay(headers) for result in _results(value)][:_MAX_RESULTS]
    if not found:
        return None
    passed = [(method, props) for method, result, props in found if result == "pass"]
    failed = {method for method, result, _ in found if result in ("fail", "permerror", "softfail")}
    return Evidence(
        dkim_domains=tuple(props["d"] for method, props in passed if method == "dkim" and "d" in props),
        spf_domain=next(
            (props["mailfrom"] for method, props in passed if method == "spf" and "mailfrom" in props), ""
        ),
        dmarc_domain=next(
            (props["from"] for method, props in passed if method == "dmarc" and "from" in props), ""
        ),
        dmarc_failed="dmarc" in failed and not any(method == "dmarc" for method, _ in passed),
        anything_failed=bool(failed),
    )


def _of_relay(headers: DecodedHeaders) -> Iterator[str]:
    server: str | None = None
    for name, value in headers:
        if name.lower() == "received" and server is None:
            by = _RECEIVED_BY.findall(_COMMENT.sub(" ", value))
            server = by[0].lower() if len(by) == 1 else ""  # a HELO name could bring a second one
        elif (
            name.lower() == "authentication-results"
            and server in (None, _server_of(value))
            and not _UNSAFE.search(value)
        ):
            yield value


def _server_of(value: str) -> str:
    words = _COMMENT.sub(" ", value).partition(";")[0].split()
    return words[0].lower() if words else "-"


def _results(value: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """(method, result, properties); `d`, `mailfrom` and `from` are domains."""
    for clause in _COMMENT.sub(" ", value).split(";")[1:]:
        method = _METHOD.match(clause.strip())
        if method:
            properties = {key.lower(): _domain(text) for _, key, text in _PROPERTY.findall(clause)}
            properties.setdefault("d", properties.get("i", ""))
            yield method[1].lower(), method[2].lower(), {k: v for k, v in properties.items() if v}


def _domain(text: str) -> str:
    return address_key(f"x@{text.rpartition('@')[2]}").rpartition("@")[2]
