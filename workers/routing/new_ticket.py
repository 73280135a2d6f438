"""The first mail of a ticket: everything is decided (R10 to R44)."""

from __future__ import annotations

from schemas.access import Requires
from schemas.decision import Step
from schemas.mail import EnrichedMail
from schemas.ticket import Cause, MessageTag, RoutedTicket, TicketState
from schemas.unchecked import unchecked
from workers.errors import InvalidInput
from workers.routing.assignment import Assignment, assign_all
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.customer import customer_key, customer_of
from workers.routing.deadlines import NEW_CLOCK, with_deadlines
from workers.routing.flags import access_flags, flag_set, flags_of_mail
from workers.routing.group_ranking import rank_for_mail
from workers.routing.identity import Signer
from workers.routing.mail_receipt import forwarded_step, mail_receipt, sender_step, without_effect
from workers.routing.outcome import Decided
from workers.routing.requirements import (
    message_requirements,
    requirements_step,
    sender_books,
    ticket_requirements,
)
from workers.routing.revision import first_revision
from workers.routing.rights import Rights
from workers.routing.rules import run_rules
from workers.routing.sla_clock import sla_event
from workers.routing.tags import published, tag_of

_new_state, _cause = unchecked(TicketState), unchecked(Cause)


def open_ticket(mail: EnrichedMail, policy: CompiledPolicy, rights: Rights, signer: Signer) -> Decided:
    """Revision 1, or a suppressed mail where a rule says so.

    Raises `InvalidInput` where the policy no longer has the mailbox: to be redriven when it has.
    """
    mailbox = policy.mailbox(mail.mailbox)
    if mailbox is None:
        raise InvalidInput("the mailbox is not in the policy", mailbox=mail.mailbox)
    ranking = rank_for_mail(mail, policy)
    ruled, rules_step = run_rules(policy.rules, mail, private=mailbox.is_private)
    steps = (*forwarded_step(mail), sender_step(mail.sender), ranking.step, rules_step)
    if ruled.suppressed_by is not None:
        reason = f"suppressed by {ruled.suppressed_by}"
        return without_effect(
            "suppressed", mail_receipt(mail, "suppressed", reason, None, policy, rights, steps)
        )
    assigned = assign_all(mail, mailbox, ranking, ruled, policy)
    return _opened(mail, assigned, (*steps, *assigned.steps), policy, rights, signer)


def _opened(
    mail: EnrichedMail,
    assigned: Assignment,
    steps: tuple[Step, ...],
    policy: CompiledPolicy,
    rights: Rights,
    signer: Signer,
) -> Decided:
    books = sender_books(mail.sender, policy.unknown_senders_book)
    requires = ticket_requirements(books, assigned.area.value, assigned.pair.user_group)
    own = message_requirements(mail, policy.unknown_senders_book, requires, assigned.pair.user_group)
    tag = tag_of(mail, own, assigned.private_to)
    ticket = _ticket(mail, assigned, requires, tag, policy, rights, signer)
    steps = (*steps, requirements_step(mail, own, requires))
    receipt = mail_receipt(mail, "routed", "new ticket", None, policy, rights, steps, ticket.revision)
    events = (sla_event("assigned", ticket, ticket.sla, mail.received_at),) if ticket.sla else ()
    tags = (published(tag, ticket.ticket_id, ticket.revision),)
    return Decided("routed", ticket, _state(mail, ticket, tag), tags, events, receipt)


def _ticket(
    mail: EnrichedMail,
    assigned: Assignment,
    requires: Requires,
    tag: MessageTag,
    policy: CompiledPolicy,
    rights: Rights,
    signer: Signer,
) -> RoutedTicket:
    handler, process = assigned.pair.handler, assigned.process.value
    flags = flag_set(flags_of_mail(mail, None), access_flags(handler, process, requires, (tag,), rights))
    return first_revision(
        {
            "ticket_id": mail.ticket_id,
            "status": "open",
            "opened_at": mail.received_at,
            "mailbox": mail.mailbox,
            "process": process,
            "area": assigned.area.value,
            "handler": handler,
            "user_group": assigned.pair.user_group,
            "sla": assigned.sla and with_deadlines(assigned.sla, mail.received_at, "open", NEW_CLOCK, policy),
            "customer": customer_of(mail),
            "groups": assigned.groups,
            "price_lists": assigned.price_lists,
            "requires": requires,
            "reply": signer.reply(mail.ticket_id, mail.mailbox, 1),
            "sources": dict(assigned.sources),
            "flags": flags,
            "deliveries": 1,
            "policy_version": policy.version,
            "cause": _cause(kind="new-mail", id=mail.delivery_id),
            "follows": mail.forwarded_from if mail.forwarded_because == "closed" else None,
        }
    )


def _state(mail: EnrichedMail, ticket: RoutedTicket, tag: MessageTag) -> TicketState:
    return _new_state(
        ticket=ticket,
        customer_key=customer_key(mail),
        messages=(tag,),
        last_received_at=mail.received_at,
        clock=NEW_CLOCK,
        private_to=tag.private_to,
    )
