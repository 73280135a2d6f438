"""An operator re-routes a ticket by the policy that is live. What the ticket requires only grows (P4)."""

from __future__ import annotations

from pydantic import Field, ValidationError

from schemas.access import Requires
from schemas.event import Part
from workers.routing.commands.effect import Effect, Given, Refusal
from workers.routing.commands.relevel import relevel
from workers.routing.receipts import chosen

_PREFIXES = ("group:", "mailbox:", "rule:")


class Terms(Part):
    contract: str
    level: str
    group_id: str | None = None


class Reroute(Part):
    """The command's `value`, as `rerouting.reroute_value` makes it: what is given is set."""

    process: str = ""
    area: str = ""
    handler: str | None = None
    user_group: str | None = None
    groups: tuple[str, ...] = ()
    price_lists: tuple[str, ...] = ()
    sla: Terms | None = None
    sources: dict[str, str] = Field(default={})
    policy_version: str


def reroute(given: Given) -> Effect | Refusal:
    """Refused where the policy that is live is another one, or does not know what the value names.

    Fields that a person set stay, whatever the value says.
    """
    try:
        value = Reroute.model_validate(given.command.value)
    except ValidationError:
        return Refusal("value must be what `stellwerk reroute` makes")
    if value.policy_version != given.policy.version:
        return Refusal("made for another policy version")
    if not _is_known(value, given):
        return Refusal("the policy does not name what the value assigns")
    names = [
        n for n in Reroute.model_fields if n in value.model_fields_set and n not in given.state.set_by_command
    ]
    return _effect(given, value, [name for name in names if name not in ("sources", "policy_version")])


def _effect(given: Given, value: Reroute, names: list[str]) -> Effect | Refusal:
    changes: dict[str, object] = {name: getattr(value, name) for name in names if name != "sla"}
    more = Requires(
        areas=(value.area,) if "area" in names else (),
        user_groups=(value.user_group,) if "user_group" in names and value.user_group else (),
    )
    changes["requires"] = given.ticket.requires.plus(more)
    releveled = _sla(given, value.sla) if "sla" in names else Effect()
    if isinstance(releveled, Refusal):
        return releveled
    sourced = [name for name in names if name != "groups"]
    return Effect(
        ticket={**changes, **releveled.ticket},
        state=releveled.state,
        sources={name: value.sources.get(name) for name in sourced},
        news=releveled.news,
        looked=(
            chosen(given.source, f"re-routes {' '.join(names)}" if names else "nothing left to re-route"),
        ),
    )


def _sla(given: Given, terms: Terms | None) -> Effect | Refusal:
    if terms is None:
        return Effect(ticket={"sla": None})
    return relevel(given, terms.contract, terms.level, None, group_id=terms.group_id)


def _is_known(value: Reroute, given: Given) -> bool:
    policy, named = given.policy, value.model_fields_set
    return (
        ("process" not in named or policy.process(value.process) is not None)
        and ("area" not in named or value.area in policy.areas)
        and (value.handler is None or value.handler in policy.users)
        and (value.user_group is None or value.user_group in policy.user_groups)
        and set(value.price_lists) <= set(policy.policy.price_lists)
        and all(s == "process-default" or s.startswith(_PREFIXES) for s in value.sources.values())
        and {n for n in named if getattr(value, n)} - {"groups", "sources", "policy_version"}
        <= set(value.sources)
    )
