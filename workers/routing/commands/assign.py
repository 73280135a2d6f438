"""Somebody assigns the ticket: handler, user group, or both. Follow-ups leave what was assigned alone."""

from __future__ import annotations

from workers.routing.commands.effect import Effect, Given, Refusal
from workers.routing.receipts import chosen

_FIELDS = ("handler", "user_group")


def assign(given: Given) -> Effect | Refusal:
    """`value`: the handler, or {handler, user_group} with the fields to set; null takes one away.

    Grants nothing: a handler who lacks a right is flagged. Only this changes which user group the ticket requires.
    """
    value = given.command.value
    if isinstance(value, str):
        value = {"handler": value}
    if not isinstance(value, dict) or not value or set(value) - set(_FIELDS):
        return Refusal("value must be a user, or {handler, user_group}")
    if any(not isinstance(v, str | None) or v == "" for v in value.values()):
        return Refusal("handler and user_group must be ids, or null")
    handler, user_group = value.get("handler"), value.get("user_group")
    if handler is not None and not given.rights.is_user(handler):
        return Refusal("the directory has no such user")
    if user_group is not None and not _is_known_group(user_group, handler, given):
        return Refusal("no such user group")
    changes: dict[str, object] = dict(value)
    if "user_group" in value:
        groups = (user_group,) if user_group else ()
        changes["requires"] = given.ticket.requires.model_copy(update={"user_groups": groups})
    return Effect(
        ticket=changes,
        sources={name: given.source if value[name] is not None else None for name in value},
        set_by_command=_FIELDS,
        looked=(chosen(given.source, f"assigns {' '.join(sorted(value))}"),),
    )


def _is_known_group(user_group: str, handler: str | None, given: Given) -> bool:
    """Named by the policy, or the actor or the new handler is a member."""
    if user_group in given.policy.user_groups:
        return True
    people = (given.command.actor, *((handler,) if handler else ()))
    return any(given.rights.held(user, "user_groups", user_group) for user in people)
