"""Mail that joins a ticket: what it changes, and what it keeps."""

from datetime import timedelta

from schemas.ticket import TicketState
from tests.support.builders import a_claim, a_sender
from tests.support.routing_builders import (
    MONDAY_NINE,
    ORDERS,
    PERSONAL,
    SIGNER,
    a_mail,
    a_policy,
    a_ticket_state,
    a_user,
    decide,
    decided,
    in_group,
    users,
)
from workers.routing.outcome import Forward

RETAIL = (in_group("retail"),)


def with_status(status: str, **fields: object) -> TicketState:
    """The default ticket in this status."""
    state = a_ticket_state()
    ticket = state.ticket.model_copy(update={"status": status})
    return state.model_copy(update={"ticket": ticket, **fields})


def test_every_message_goes_to_the_handler_of_its_sender_s_group() -> None:
    """R11: not only the first one."""
    ticket = decided(a_mail(2, groups=RETAIL), a_ticket_state()).ticket
    assert ticket is not None
    assert ("eva", "support", 2, 2) == (ticket.handler, ticket.user_group, ticket.revision, ticket.deliveries)
    assert ("handler", "user_group") == ticket.changed
    assert ("group:retail", "group:retail") == (ticket.sources["handler"], ticket.sources["user_group"])


def test_a_follow_up_keeps_the_rest_of_the_ticket() -> None:
    """R21 P4: process, area, SLA, groups, price lists, customer and the ticket's own requirements."""
    before = a_ticket_state().ticket
    sender = a_sender(contact_id="p-eva", address="eva@acme.test", address_books=("board",))
    decision = decided(a_mail(2, groups=RETAIL, sender=sender), a_ticket_state())
    after = decision.ticket
    assert after is not None
    for name in ("process", "area", "sla", "groups", "price_lists", "customer", "requires", "opened_at"):
        assert getattr(before, name) == getattr(after, name)


def test_a_follow_up_adds_its_sender_s_books_to_its_own_message_only() -> None:
    """R43: the message of the board's member requires the board's book."""
    sender = a_sender(contact_id="p-eva", address="eva@acme.test", address_books=("board",))
    decision = decided(a_mail(2, sender=sender), a_ticket_state())
    assert ("board",) == decision.tags[0].requires.address_books
    assert decision.ticket is not None
    assert ("customers",) == decision.ticket.requires.address_books


def test_the_user_group_of_a_follow_up_narrows_its_own_message() -> None:
    """R14: it further restricts who sees the communication; the ticket keeps what it required."""
    decision = decided(a_mail(2, groups=RETAIL), a_ticket_state())
    assert ("support",) == decision.tags[0].requires.user_groups
    assert decision.ticket is not None
    assert ("second-level",) == decision.ticket.requires.user_groups


def test_without_a_pair_from_its_groups_the_ticket_keeps_its_handler() -> None:
    """R11: only a group's setting moves a ticket."""
    ticket = decided(a_mail(2, groups=()), a_ticket_state()).ticket
    assert ticket is not None
    assert ("petr", "second-level", ()) == (ticket.handler, ticket.user_group, ticket.changed)


def test_a_process_may_keep_the_handler() -> None:
    """R11: `follow_up: keep`."""
    policy = a_policy(groups={"one": {"processes": {"ordering": {"handler": "jana"}}}})
    state = a_ticket_state(a_mail(mailbox=ORDERS))
    ticket = decided(a_mail(2, mailbox=ORDERS, groups=(in_group("one"),)), state, policy).ticket
    assert ticket is not None
    assert "eva" == ticket.handler


def test_a_handler_set_by_command_stays() -> None:
    """R11: a person knew better."""
    state = a_ticket_state().model_copy(update={"set_by_command": ("handler", "user_group")})
    ticket = decided(a_mail(2, groups=RETAIL), state).ticket
    assert ticket is not None
    assert "petr" == ticket.handler


def test_a_handler_who_left_is_replaced_whoever_set_them() -> None:
    """R17: by the sender's groups, passing over those who left, else by what the mailbox gives."""
    state = a_ticket_state().model_copy(update={"set_by_command": ("handler", "user_group")})
    without_petr = {name: user for name, user in users().items() if name != "petr"}
    by_group = decided(a_mail(2, groups=(in_group("key-accounts"), *RETAIL)), state, directory=without_petr)
    by_mailbox = decided(a_mail(2, groups=()), state, directory=without_petr)
    assert by_group.ticket is not None
    assert by_group.state is not None
    assert by_mailbox.ticket is not None
    assert ("eva", "support") == (by_group.ticket.handler, by_group.ticket.user_group)
    assert () == by_group.state.set_by_command
    assert (None, "support") == (by_mailbox.ticket.handler, by_mailbox.ticket.user_group)


def test_a_customer_s_mail_reopens_what_waits_or_is_solved() -> None:
    """R11: the ticket is open again, and the status says so."""
    for status in ("waiting", "solved"):
        ticket = decided(a_mail(2), with_status(status)).ticket
        assert ticket is not None
        assert ("open", ("status",)) == (ticket.status, ticket.changed[:1])


def test_the_time_of_waiting_moves_the_due_times_on() -> None:
    """R21: two open hours of waiting are two open hours more."""
    state = a_ticket_state()
    clock = state.clock.model_copy(update={"paused_since": MONDAY_NINE + timedelta(hours=1)})
    assert state.ticket.sla is not None
    sla = state.ticket.sla.model_copy(update={"paused": True, "respond_due_at": None, "resolve_due_at": None})
    ticket = state.ticket.model_copy(update={"status": "waiting", "sla": sla})
    waiting = state.model_copy(update={"ticket": ticket, "clock": clock})
    decision = decided(a_mail(2, received_at=MONDAY_NINE + timedelta(hours=3)), waiting)
    assert decision.ticket is not None
    assert decision.ticket.sla is not None
    assert MONDAY_NINE + timedelta(hours=6) == decision.ticket.sla.respond_due_at
    assert not decision.ticket.sla.paused
    assert ["resumed"] == [event.kind for event in decision.sla_events]


def test_a_recently_closed_ticket_reopens() -> None:
    """R21: within reopen_within."""
    closed = with_status("closed", closed_at=MONDAY_NINE)
    decision = decided(a_mail(2, received_at=MONDAY_NINE + timedelta(days=14)), closed)
    assert decision.ticket is not None
    assert decision.state is not None
    assert ("open", None) == (decision.ticket.status, decision.state.closed_at)


def test_a_ticket_closed_long_ago_is_followed_by_a_new_one() -> None:
    """R21: all mails after one closing meet in one ticket, which names the one that it follows."""
    closed = with_status("closed", closed_at=MONDAY_NINE)
    later = MONDAY_NINE + timedelta(days=15)
    mails = [a_mail(number, received_at=later) for number in (2, 3)]
    forwards = [decide(mail, closed) for mail in mails]
    assert forwards[0] == forwards[1]
    forward = forwards[0]
    assert isinstance(forward, Forward)
    assert "closed" == forward.reason
    opened = decided(forward.moved(mails[0]))
    assert opened.ticket is not None
    assert (1, closed.ticket.ticket_id) == (opened.ticket.revision, opened.ticket.follows)
    assert "thread_refused" not in opened.ticket.flags
    joined = decided(forward.moved(mails[1]), opened.state)
    assert joined.ticket is not None
    assert (2, closed.ticket.ticket_id) == (joined.ticket.revision, joined.ticket.follows)


def test_mail_of_a_personal_mailbox_stays_private_to_its_owner() -> None:
    """R42 R44: each message, not only the first."""
    state = a_ticket_state(a_mail(mailbox=PERSONAL))
    decision = decided(a_mail(2, mailbox=PERSONAL), state)
    assert "jana" == decision.tags[0].private_to


def test_a_ticket_that_a_rule_made_private_keeps_its_later_messages_private() -> None:
    """R42: an answer quotes what was private."""
    policy = a_policy(rules=[{"id": "hush", "when": {"sender": "@acme.test"}, "set": {"private": True}}])
    first = decided(a_mail(), policy=policy)
    second = decided(a_mail(2), first.state, policy)
    assert "?" == second.tags[0].private_to


def test_an_unaligned_mail_without_our_signature_is_marked() -> None:
    """R56: it may join, for the address is the customer's, but nothing proves it."""
    plain = decided(a_mail(2, identity_level="spf"), a_ticket_state()).ticket
    signed = decided(a_mail(2, identity_level="none", claim=a_claim(signed=True)), a_ticket_state()).ticket
    assert plain is not None
    assert signed is not None
    assert ("unverified_sender",) == plain.flags
    assert () == signed.flags


def test_every_revision_has_its_own_reply_id() -> None:
    """R11: what downstream puts into the answer to this very mail."""
    state = a_ticket_state()
    ticket = decided(a_mail(2), state).ticket
    assert ticket is not None
    assert SIGNER.reply(ticket.ticket_id, ticket.mailbox, 2) == ticket.reply


def test_a_handler_without_the_follow_up_s_book_is_flagged() -> None:
    """R18: assigned all the same, and nothing is granted."""
    petr = a_user("petr", address_books={"customers": ("reader",)})
    sender = a_sender(contact_id="p-eva", address="eva@acme.test", address_books=("board",))
    ticket = decided(a_mail(2, sender=sender), a_ticket_state(), directory=users(petr)).ticket
    assert ticket is not None
    assert ("petr", ("handler_lacks_access:address_books:board",)) == (ticket.handler, ticket.flags)
