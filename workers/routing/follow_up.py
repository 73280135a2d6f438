"""One more mail of a ticket: it keeps what the ticket is, and may hand it over to another handler (R11, R21)."""

from __future__ import annotations

from typing import Any, NamedTuple

from schemas.access import Requires
from schemas.command import SlaEvent
from schemas.decision import Step
from schemas.mail import EnrichedMail
from schemas.ticket import Cause, MessageTag, RoutedTicket, Sla, SlaClock, TicketState
from schemas.unchecked import unchecked, with_changes
from workers.routing.claim_acceptance import ClaimVerdict
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.deadlines import moved_on, rearmed
from workers.routing.duplicates import remembered
from workers.routing.flags import (
    INTERNAL,
    UNVERIFIED_SENDER,
    access_flags,
    flag_set,
    flags_of_mail,
    kept_flags,
)
from workers.routing.group_ranking import rank_for_mail
from workers.routing.handover import choose_again
from workers.routing.identity import Signer
from workers.routing.mail_receipt import forwarded_step, mail_receipt, sender_step
from workers.routing.outcome import Decided
from workers.routing.privacy import next_private_to
from workers.routing.receipts import step
from workers.routing.requirements import NOTHING_MORE, message_requirements, requirements_step
from workers.routing.responsibility import Pair
from workers.routing.revision import next_revision_by_mail, with_sources
from workers.routing.rights import Rights
from workers.routing.sla_clock import moved_to, sla_event
from workers.routing.tags import published, remember, tag_of

_cause = unchecked(Cause)


class _Next(NamedTuple):
    """What the mail makes of the ticket; None for what it leaves alone."""

    status: str
    clock: SlaClock
    sla: Sla | None
    pair: Pair | None
    own: Requires
    steps: tuple[Step, ...]


def follow_up(
    mail: EnrichedMail,
    state: TicketState,
    claim: ClaimVerdict,
    policy: CompiledPolicy,
    rights: Rights,
    signer: Signer,
) -> Decided:
    """The next revision. Precondition: the claim is accepted, and the ticket may still be joined."""
    after = _internal(state) if claim.internal else _of_customer(mail, state, policy, rights)
    private_to, private_step = next_private_to(state, policy)
    tag = tag_of(mail, after.own, private_to, before=remembered(mail, state))
    messages = remember(state.messages, tag)
    ticket = _ticket(mail, state, claim, after, messages, policy, rights, signer)
    steps = (
        *forwarded_step(mail),
        sender_step(mail.sender),
        claim.step,
        *after.steps,
        private_step,
        requirements_step(mail, after.own, ticket.requires),
    )
    reason = "internal follow-up" if claim.internal else "follow-up"
    receipt = mail_receipt(mail, "routed", reason, state, policy, rights, steps, ticket.revision)
    tags = (published(tag, ticket.ticket_id, ticket.revision),)
    new_state = _state(mail, state, ticket, after.clock, messages)
    return Decided("routed", ticket, new_state, tags, _events(mail, state, ticket), receipt)


def _internal(state: TicketState) -> _Next:
    """Internal mail changes nothing and adds no book."""
    ticket = state.ticket
    return _Next(ticket.status, state.clock, ticket.sla, None, NOTHING_MORE, ())


def _of_customer(mail: EnrichedMail, state: TicketState, policy: CompiledPolicy, rights: Rights) -> _Next:
    ticket = state.ticket
    ranking = rank_for_mail(mail, policy)
    pair, pair_steps = choose_again(ranking, state, policy, rights)
    group = pair.user_group if pair.user_group != ticket.user_group else None
    own = message_requirements(mail, policy.unknown_senders_book, ticket.requires, group)
    steps = (ranking.step, *pair_steps)
    if ticket.status == "open":
        return _Next("open", state.clock, ticket.sla, pair, own, steps)
    clock = moved_to("open", state.clock, mail.received_at)
    sla = ticket.sla and moved_on(ticket.sla, ticket.status, ticket.opened_at, "open", clock, policy)
    clock = rearmed(state.clock, ticket.sla, clock, sla, ticket.opened_at, policy)
    reopened = step("status", "open", f"a customer's mail reopens what is {ticket.status}")
    return _Next("open", clock, sla, pair, own, (*steps, reopened))


def _ticket(
    mail: EnrichedMail,
    state: TicketState,
    claim: ClaimVerdict,
    after: _Next,
    messages: tuple[MessageTag, ...],
    policy: CompiledPolicy,
    rights: Rights,
    signer: Signer,
) -> RoutedTicket:
    before = state.ticket
    changes: dict[str, object] = {
        "status": after.status,
        "sla": after.sla,
        "deliveries": before.deliveries + 1,
    }
    handler = before.handler
    if after.pair is not None:
        handler = after.pair.handler
        changes |= {"handler": handler, "user_group": after.pair.user_group}
        changes["sources"] = with_sources(before.sources, after.pair.sources)
    claimed = {INTERNAL: claim.internal, UNVERIFIED_SENDER: claim.unverified}
    changes["flags"] = flag_set(
        kept_flags(before.flags, by_mail=True),
        flags_of_mail(mail, state),
        (flag for flag, holds in claimed.items() if holds),
        access_flags(handler, before.process, before.requires, messages, rights),
    )
    cause = _cause(kind="follow-up", id=mail.delivery_id)
    return next_revision_by_mail(before, cause, policy.version, signer, changes)


def _state(
    mail: EnrichedMail,
    state: TicketState,
    ticket: RoutedTicket,
    clock: SlaClock,
    messages: tuple[MessageTag, ...],
) -> TicketState:
    """A handler who replaced one that a command had set is no longer set by command."""
    replaced = ticket.handler != state.ticket.handler
    kept = tuple(f for f in state.set_by_command if not (replaced and f in ("handler", "user_group")))
    changes: dict[str, Any] = {
        "ticket": ticket,
        "messages": messages,
        "last_received_at": max(state.last_received_at, mail.received_at),
        "set_by_command": kept,
        "clock": clock,
        "closed_at": None if ticket.status != "closed" else state.closed_at,
    }
    return with_changes(state, changes)


def _events(mail: EnrichedMail, state: TicketState, ticket: RoutedTicket) -> tuple[SlaEvent, ...]:
    if ticket.sla is None or ticket.status == state.ticket.status:
        return ()
    return (sla_event("resumed", ticket, ticket.sla, mail.received_at),)
