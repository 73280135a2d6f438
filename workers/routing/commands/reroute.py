"""An operator re-routes a ticket by the policy that is live. What ticket and messages require only grows (P4)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, ValidationError

from schemas.access import Requires
from schemas.decision import Looked
from schemas.event import Part
from schemas.ticket import TicketState
from schemas.vocabulary import UNRESOLVED
from workers.routing.commands.effect import Effect, Given, Refusal
from workers.routing.commands.narrow import narrowed
from workers.routing.commands.relevel import due_anew, relevel
from workers.routing.receipts import chosen
from workers.routing.tags import MESSAGES_REMEMBERED

_PREFIXES = ("group:", "mailbox:", "rule:")
_ASSIGNED = ("process", "area", "handler", "user_group", "groups", "price_lists", "sla")
_SOURCED = frozenset(_ASSIGNED) - {"groups"}
_MOST_IDS = 100

DeliveryId = Annotated[str, Field(max_length=64)]


class Terms(Part):
    contract: str
    level: str
    group_id: str | None = None


class Reroute(Part):
    """The command's `value`, as `rerouting.reroute_value` makes it: what is given is set.

    `requires`: of the ticket, `messages`: of single ones, beside what they require already. `private`: messages
    that become private to `private_to`; `later_private`: those to come as well. `deadlines`: the due times of the
    level that the ticket has, whoever set it, are worked out anew.
    """

    process: str = ""
    area: str = ""
    handler: str | None = None
    user_group: str | None = None
    groups: tuple[str, ...] = ()
    price_lists: tuple[str, ...] = ()
    sla: Terms | None = None
    deadlines: bool = False
    sources: dict[str, str] = Field(default={})
    policy_version: str
    requires: Requires = Requires()
    messages: dict[DeliveryId, Requires] = Field(default={}, max_length=MESSAGES_REMEMBERED)
    private: tuple[DeliveryId, ...] = Field(default=(), max_length=MESSAGES_REMEMBERED)
    private_to: str | None = None
    later_private: bool = False

    @property
    def all_required(self) -> Requires:
        """Of ticket and messages together."""
        found = self.requires
        for more in self.messages.values():
            found = found.plus(more)
        return found


def reroute(given: Given) -> Effect | Refusal:
    """Refused where the policy that is live is another one, or does not know what the value names.

    Fields that a person set stay, whatever the value says, and nothing that is private is shown.
    """
    try:
        value = Reroute.model_validate(given.command.value)
    except ValidationError:
        return Refusal("value must be what `stellwerk reroute` makes")
    if value.policy_version != given.policy.version:
        return Refusal("made for another policy version")
    if not (_is_known(value, given) and _may_require(value, given)):
        return Refusal("the policy does not name what the value assigns")
    named, by_person = value.model_fields_set, given.state.set_by_command
    return _effect(given, value, [name for name in _ASSIGNED if name in named and name not in by_person])


def _effect(given: Given, value: Reroute, names: list[str]) -> Effect | Refusal:
    changes: dict[str, object] = {name: getattr(value, name) for name in names if name != "sla"}
    more = Requires(
        areas=(value.area,) if "area" in names else (),
        user_groups=(value.user_group,) if "user_group" in names and value.user_group else (),
    )
    beside = _beside(given.state, value.requires)
    changes["requires"] = given.ticket.requires.plus(more).plus(beside)
    releveled = _sla(given, value, "sla" in names)
    if isinstance(releveled, Refusal):
        return releveled
    narrower = narrowed(given, value.messages, value.private, value.private_to, later=value.later_private)
    told = f"re-routes {' '.join(names)}" if names else "nothing left to re-route"
    return Effect(
        ticket={**changes, **releveled.ticket},
        state={**releveled.state, **narrower.state},
        sources={name: value.sources.get(name) for name in names if name in _SOURCED},
        retagged=narrower.retagged,
        news=releveled.news,
        looked=(chosen(given.source, told), *_due(value, releveled), *_told(given, beside), *narrower.looked),
    )


def _due(value: Reroute, releveled: Effect) -> tuple[Looked, ...]:
    return releveled.looked if value.deadlines else ()


def _told(given: Given, beside: Requires) -> tuple[Looked, ...]:
    grown = beside.without(given.ticket.requires)
    return tuple(chosen("ticket", f"requires also {name}") for name in grown.names)


def _beside(state: TicketState, wanted: Requires) -> Requires:
    """What a person decided by moving or assigning the ticket is not narrowed behind their back."""
    return Requires(
        address_books=wanted.address_books,
        areas=() if "area" in state.set_by_command else wanted.areas,
        user_groups=() if "user_group" in state.set_by_command else wanted.user_groups,
    )


def _sla(given: Given, value: Reroute, with_terms: bool) -> Effect | Refusal:
    terms = value.sla
    if not with_terms:
        return due_anew(given) if value.deadlines else Effect()
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
        and {n for n in named if getattr(value, n)} & _SOURCED <= set(value.sources)
    )


def _may_require(value: Reroute, given: Given) -> bool:
    """Address books are the directory's, which is not read here: one more only hides, so each is believed."""
    wanted, mailbox = value.all_required, given.policy.mailbox(given.ticket.mailbox)
    owner = mailbox.owner if mailbox else None
    return (
        set(wanted.areas) <= given.policy.areas
        and set(wanted.user_groups) <= given.policy.user_groups
        and len(wanted.address_books) <= _MOST_IDS
        and (value.private_to is None or value.private_to in (owner, UNRESOLVED))
    )
