"""Duplicates, late mail, unparsed mail, flags, and what a mailbox that left the policy does."""

from datetime import timedelta

import pytest

from schemas.mail import SenderCandidate, Supersedes
from tests.support.builders import a_sender
from tests.support.routing_builders import (
    MONDAY_NINE,
    PERSONAL,
    a_mail,
    a_policy,
    a_ticket_state,
    a_user,
    decided,
    in_group,
    users,
)
from workers.errors import InvalidInput
from workers.routing.tags import MESSAGES_REMEMBERED


def test_the_same_delivery_again_is_receipted_and_changes_nothing() -> None:
    """R57: duplicates are known by their delivery id."""
    decision = decided(a_mail(1), a_ticket_state())
    assert ("duplicate", None, None, (), None) == (
        decision.outcome,
        decision.ticket,
        decision.state,
        decision.tags,
        decision.receipt.revision,
    )


def test_the_ticket_remembers_its_latest_two_hundred_messages() -> None:
    """R57: the state's size is bounded."""
    state = a_ticket_state()
    tag = state.messages[0]
    many = tuple(tag.model_copy(update={"delivery_id": f"{n:032x}"}) for n in range(1000, 1200))
    full = state.model_copy(update={"messages": many})
    after = decided(a_mail(1), full).state
    assert after is not None
    assert MESSAGES_REMEMBERED == len(after.messages)
    assert (f"{1001:032x}", f"{1:032x}") == (after.messages[0].delivery_id, after.messages[-1].delivery_id)


def test_a_redriven_mail_says_that_it_is_late() -> None:
    """R57: P2, attempt above 0."""
    redriven = a_mail(2, attempt=1, supersedes=Supersedes(attempt=0, outcome="dead-lettered"))
    ticket = decided(redriven, a_ticket_state()).ticket
    assert ticket is not None
    assert ("late",) == ticket.flags


def test_a_forwarded_mail_that_was_overtaken_says_that_it_is_late() -> None:
    """R57: P2, received before the ticket's last mail but decided after it."""
    overtaken = a_mail(
        2,
        received_at=MONDAY_NINE - timedelta(hours=1),
        forwarded_from="T-000000000000",
        forwarded_because="thread_refused",
    )
    in_time = overtaken.model_copy(update={"received_at": MONDAY_NINE + timedelta(hours=1)})
    late, punctual = (decided(mail, a_ticket_state()).ticket for mail in (overtaken, in_time))
    assert late is not None
    assert punctual is not None
    assert ("late", "thread_refused") == late.flags
    assert ("thread_refused",) == punctual.flags


def test_mail_without_readable_structure_is_routed_and_marked() -> None:
    """R57: P8, bad MIME is routed by its envelope."""
    ticket = decided(a_mail(unparsed=True)).ticket
    assert ticket is not None
    assert ("unparsed",) == ticket.flags


def test_an_ambiguous_sender_requires_the_books_of_all_candidates() -> None:
    """R43: the lowest id is taken, rights are never merged."""
    candidates = (
        SenderCandidate(contact_id="p-ann", address_book="customers"),
        SenderCandidate(contact_id="p-bob", address_book="board"),
    )
    sender = a_sender(
        contact_id="p-ann", ambiguous=True, candidates=candidates, address_books=("board", "customers")
    )
    decision = decided(a_mail(sender=sender))
    assert decision.ticket is not None
    assert ("ambiguous_sender",) == decision.ticket.flags
    assert ("board", "customers") == decision.ticket.requires.address_books
    assert ("board", "customers") == decision.tags[0].requires.address_books


@pytest.mark.parametrize(
    "sender",
    [
        a_sender(address_books=()),
        a_sender(candidates=(SenderCandidate(contact_id="p-jan", address_book=None),)),
    ],
)
def test_a_book_that_cannot_be_resolved_hides_the_ticket(sender: object) -> None:
    """R5: fail closed; the handler is flagged."""
    ticket = decided(a_mail(sender=sender)).ticket
    assert ticket is not None
    assert "?" in ticket.requires.address_books
    assert "handler_lacks_access:address_books:?" in ticket.flags


def test_a_handler_without_rights_stays_assigned_and_is_flagged() -> None:
    """R17 R18: never a silent grant."""
    petr = a_user(
        "petr",
        address_books={},
        areas={"key-helpdesk": ("manager",)},
        user_groups=(),
        processes=("ordering",),
    )
    ticket = decided(a_mail(), directory=users(petr)).ticket
    assert ticket is not None
    assert "petr" == ticket.handler
    assert (
        "handler_lacks_access:address_books:customers",
        "handler_lacks_access:areas:key-helpdesk",
        "handler_lacks_access:user_groups:second-level",
        "handler_lacks_process",
    ) == ticket.flags


def test_a_recipient_without_rights_is_flagged() -> None:
    """R18 R42: being the recipient grants nothing."""
    jana = a_user("jana", areas={})
    ticket = decided(a_mail(mailbox=PERSONAL), directory=users(jana)).ticket
    assert ticket is not None
    assert ("recipient_lacks_access:areas:key-helpdesk",) == ticket.flags


def test_the_mail_of_a_mailbox_that_left_the_policy_is_set_aside() -> None:
    """R13: to be redriven; a ticket that exists still takes its mails."""
    policy = a_policy(mailboxes={PERSONAL: {"process": "helpdesk", "owner": "jana"}})
    with pytest.raises(InvalidInput):
        decided(a_mail(), policy=policy)
    assert decided(a_mail(2), a_ticket_state(), policy).ticket is not None


def test_the_first_receipt_names_the_place_of_the_mail_wherever_it_is_decided() -> None:
    """R57: P1, the source is the mail.inbound offset."""
    mail = a_mail(7, groups=(in_group("retail"),))
    receipt = decided(mail).receipt
    assert ("mail.inbound", 0, 7) == (receipt.source.topic, receipt.source.partition, receipt.source.offset)
