"""DNS as mail authentication needs it: bounded in time and size, remembered, and given up while it is away."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import dns.exception
import dns.rdatatype
import dns.resolver

from workers.errors import WrongConfiguration

Values = tuple[Any, ...]
"""TXT: bytes, its strings joined (RFC 7208 §3.3); A, AAAA and PTR: str; MX: (preference, name)."""

_ANSWER_BYTES = 8 * 1024
_REMEMBERED = 5_000
_LONGEST_SECONDS, _NOTHING_SECONDS = 3600.0, 300.0
_TIMEOUTS_BEFORE_A_LOOK, _AWAY_SECONDS, _LOOK_SECONDS = 5, 30.0, 1.0


class DnsTrouble(Exception):
    """No answer, now. Not the same as the answer that there is nothing."""


class Lookups(Protocol):
    """Thread-safe."""

    def lookup(self, name: str, kind: str, seconds: float) -> Values:
        """All records, empty for none. Raises `DnsTrouble` within about `seconds`."""
        ...


class CachedDns:
    """`Lookups` by the system's resolver, or by `servers` (addresses). Raises `WrongConfiguration` without any.

    Remembers 5,000 answers, each for its time to live (an hour at most, five minutes for nothing). Answers of
    more than 8 KiB are `DnsTrouble`: nothing of mail authentication needs them, and others choose what we ask.
    After five time-outs in a row the resolver is asked for the root; where it does not know that either, it is
    away: for 30 s every lookup fails at once. So nobody else's slow name servers end our look-ups, and a
    resolver that cannot be reached delays a few mails only. `failed` is told each `DnsTrouble`: `timeout`,
    `unusable` or `away`, on the thread that asked.
    """

    def __init__(
        self,
        servers: Sequence[str] = (),
        *,
        port: int = 53,
        clock: Callable[[], float] = time.monotonic,
        failed: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._resolver = _resolver(servers, port)
        self._clock = clock
        self._failed = failed
        self._lock = threading.Lock()
        self._answers: OrderedDict[tuple[str, str], tuple[float, Values]] = OrderedDict()
        self._timeouts = 0
        self._away_until = 0.0

    def lookup(self, name: str, kind: str, seconds: float) -> Values:
        """See `Lookups`."""
        key = (name.rstrip(".").lower(), kind)
        with self._lock:
            known = self._answers.get(key)
            if known is not None and known[0] > self._clock():
                self._answers.move_to_end(key)
                return known[1]
            if self._clock() < self._away_until:
                self._failed("away")
                raise DnsTrouble("the resolver is away")
        values, lives_seconds = self._ask(*key, seconds)
        with self._lock:
            self._answers[key] = (self._clock() + min(lives_seconds, _LONGEST_SECONDS), values)
            if len(self._answers) > _REMEMBERED:
                self._answers.popitem(last=False)
        return values

    def _ask(self, name: str, kind: str, seconds: float) -> tuple[Values, float]:
        try:
            answer = self._resolver.resolve(name, kind, lifetime=seconds, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            self._timeouts = 0
            return (), _NOTHING_SECONDS
        except (dns.exception.Timeout, OSError) as error:
            self._failed("timeout")
            self._timed_out()
            raise DnsTrouble("no answer in time") from error
        except (dns.exception.DNSException, UnicodeError, ValueError) as error:
            self._failed("unusable")
            raise DnsTrouble("no usable answer") from error
        self._timeouts = 0
        values = tuple(_value(record, kind) for record in answer)
        if sum(len(value) for value in values) > _ANSWER_BYTES:
            self._failed("unusable")
            raise DnsTrouble("an answer of this size is not for us")
        return values, float(answer.rrset.ttl if answer.rrset is not None else 0)

    def _timed_out(self) -> None:
        self._timeouts += 1
        if self._timeouts < _TIMEOUTS_BEFORE_A_LOOK:
            return
        try:
            self._resolver.resolve(".", "NS", lifetime=_LOOK_SECONDS, search=False)
        except (dns.exception.Timeout, OSError):
            self._away_until = self._clock() + _AWAY_SECONDS
        except dns.exception.DNSException:
            self._timeouts = 0
        else:
            self._timeouts = 0


def _resolver(servers: Sequence[str], port: int) -> dns.resolver.Resolver:
    try:
        resolver = dns.resolver.Resolver(configure=not servers)
    except (dns.resolver.NoResolverConfiguration, OSError) as error:
        raise WrongConfiguration(
            "This system names no DNS resolver: set STELLWERK_SMTP__DNS_SERVERS to addresses of one, or "
            "STELLWERK_SMTP__AUTHENTICATE=false."
        ) from error
    if servers:
        resolver.nameservers = list(servers)
        resolver.port = port
    return resolver


def _value(record: Any, kind: str) -> Any:
    if kind == "TXT":
        return b"".join(record.strings)
    if kind == "MX":
        return (record.preference, record.exchange.to_text(omit_final_dot=True))
    if kind == "PTR":
        return record.target.to_text(omit_final_dot=True)
    return str(record.address)
