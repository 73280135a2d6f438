"""The next revision of a ticket: one per delivery or command, and what it changed."""

from collections.abc import Mapping
from typing import Any

from schemas.ticket import Cause, RoutedTicket
from schemas.unchecked import unchecked, with_changes
from workers.routing.identity import Signer

_ticket = unchecked(RoutedTicket)

COMPARED = (
    "status",
    "process",
    "area",
    "handler",
    "user_group",
    "sla",
    "customer",
    "groups",
    "price_lists",
    "requires",
    "flags",
)
"""What `changed` speaks of. The rest changes with every revision, or never."""

SOURCED = ("process", "area", "handler", "user_group", "sla", "price_lists", "private_to")


def first_revision(fields: Mapping[str, Any]) -> RoutedTicket:
    """Revision 1: everything that is assigned has changed."""
    changed = tuple([name for name in COMPARED if fields[name]])  # neither None, nor empty
    return _ticket(revision=1, changed=changed, **fields)


def next_revision(
    before: RoutedTicket, cause: Cause, policy_version: str, signer: Signer, changes: Mapping[str, Any]
) -> RoutedTicket:
    """`before` with the changes. Fields that are set to the value that they had are not named in `changed`."""
    return RoutedTicket(**before.__dict__ | _of_next(before, cause, policy_version, signer, changes))


def next_revision_by_mail(
    before: RoutedTicket, cause: Cause, policy_version: str, signer: Signer, changes: Mapping[str, Any]
) -> RoutedTicket:
    """The same for changes that need no validation: by a policy, not by somebody's command."""
    return with_changes(before, _of_next(before, cause, policy_version, signer, changes))


def _of_next(
    before: RoutedTicket, cause: Cause, policy_version: str, signer: Signer, changes: Mapping[str, Any]
) -> dict[str, Any]:
    revision = before.revision + 1
    return {
        **changes,
        "revision": revision,
        "cause": cause,
        "policy_version": policy_version,
        "reply": signer.reply(before.ticket_id, before.mailbox, revision),
        "changed": changed_fields(before, changes),
    }


def changed_fields(before: RoutedTicket, changes: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the fields that get another value, in the order of `COMPARED`."""
    return tuple([name for name in COMPARED if name in changes and changes[name] != getattr(before, name)])


def with_sources(before: Mapping[str, str], new: Mapping[str, str | None]) -> dict[str, str]:
    """The sources with the new ones; None takes a field's source away. Sorted by field."""
    merged = {**before, **new}
    return {field: source for field, source in sorted(merged.items()) if source is not None}
