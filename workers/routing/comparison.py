"""Whether what was written is what is decided now: bit for bit (P3)."""

from __future__ import annotations

from operator import attrgetter

import msgspec
from pydantic import ValidationError

from schemas.decision import RoutingDecision
from schemas.event import Event

_STATE = b'"state_before":'
"""Nowhere in a receipt but in its place: inside of a JSON text the quotes would have backslashes before them."""


def differing_fields(now: Event, written: bytes) -> tuple[str, ...]:
    """Names of the fields that differ; empty: the same. `("value",)`: it can't be read, or holds more.

    Equal bytes are the rule. A value of an older release lacks optional fields that were added since: it is
    the same where strict reading gives an equal event.
    """
    if is_written_as(now, written):
        return ()
    try:
        then = type(now).model_validate_json(written)
    except ValidationError:
        return ("value",)
    names = type(now).model_fields
    return tuple(name for name in names if getattr(now, name) != getattr(then, name))


def is_same_receipt(now: RoutingDecision, written: bytes, state_before: bytes | None) -> bool:
    """Whether the receipt's bytes are equal but for the state before, which is the biggest part of most.

    `state_before`: its bytes within `written`. Precondition: they are what `now.state_before` is written as. So
    both sides have the same state, and it need not be written once more only to be compared.
    """
    if now.state_before is None or state_before is None:
        return is_written_as(now, written)
    head, _, rest = written.partition(_STATE)
    without = head + rest[len(state_before) + len(",") :]
    fields = dict(now.__dict__)
    del fields["state_before"]
    return _ENCODER.encode(fields) == without or now.write_without("state_before") == without


def is_written_as(now: Event, written: bytes) -> bool:
    """Whether `now.write()` gives these bytes; at half the cost where it does.

    msgspec writes our events as pydantic does. Where it did not, equal bytes would still be equal values, and other
    bytes are asked of pydantic.
    """
    return _ENCODER.encode(now) == written or now.write() == written


_ENCODER = msgspec.json.Encoder(enc_hook=attrgetter("__dict__"))
