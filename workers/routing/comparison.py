"""Whether what was written is what is decided now: bit for bit (P3)."""

from __future__ import annotations

from pydantic import ValidationError

from schemas.event import Event


def differing_fields(now: Event, written: bytes) -> tuple[str, ...]:
    """Names of the fields that differ; empty: the same. `("value",)`: it can't be read, or holds more.

    Equal bytes are the rule. A value of an older release lacks optional fields that were added since: it is
    the same where strict reading gives an equal event.
    """
    if now.write() == written:
        return ()
    try:
        then = type(now).model_validate_json(written)
    except ValidationError:
        return ("value",)
    names = type(now).model_fields
    return tuple(name for name in names if getattr(now, name) != getattr(then, name))
