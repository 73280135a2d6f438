"""Who may join the ticket that a mail claims."""

from schemas.mail import Sender
from tests.support.builders import a_sender
from tests.support.routing_builders import SIGNER, a_mail, a_ticket_state, a_user, decide, decided, users
from workers.routing.customer import customer_key
from workers.routing.outcome import Forward

STRANGER = Sender(address="mallory@evil.test", matched_by="none")
EVA = Sender(address="eva@acme.example", matched_by="none", user_id="eva")


def test_a_colleague_of_the_customer_joins() -> None:
    """R6 of identity: the customer is the company."""
    sender = a_sender(contact_id="p-other", address="other@acme.test")
    assert decided(a_mail(2, sender=sender), a_ticket_state()).ticket is not None


def test_a_stranger_s_claim_is_refused_and_its_mails_meet_in_one_ticket() -> None:
    """R56: a claim proves nothing; flag thread_refused."""
    state = a_ticket_state()
    mails = [a_mail(number, sender=STRANGER, groups=()) for number in (2, 3)]
    forwards = [decide(mail, state) for mail in mails]
    assert forwards[0] == forwards[1]
    forward = forwards[0]
    assert isinstance(forward, Forward)
    assert "thread_refused" == forward.reason
    moved = forward.moved(mails[0])
    assert (state.ticket.ticket_id, "thread_refused") == (moved.forwarded_from, moved.forwarded_because)
    opened = decided(moved)
    assert opened.ticket is not None
    assert ("thread_refused",) == opened.ticket.flags
    assert opened.ticket.follows is None
    second = decided(forward.moved(mails[1]), opened.state)
    assert second.ticket is not None
    assert (2, ("thread_refused",)) == (second.ticket.revision, second.ticket.flags)


def test_two_strangers_do_not_meet() -> None:
    """R56: each has a ticket of their own."""
    other = Sender(address="trudy@evil.test", matched_by="none")
    first, second = (decide(a_mail(2, sender=s, groups=()), a_ticket_state()) for s in (STRANGER, other))
    assert isinstance(first, Forward)
    assert isinstance(second, Forward)
    assert first.ticket_id != second.ticket_id


def test_a_directory_user_with_aligned_identity_and_actor_s_right_joins_as_internal() -> None:
    """R18: flagged, changes nothing, adds no book, never becomes the customer."""
    state = a_ticket_state()
    waiting = state.model_copy(update={"ticket": state.ticket.model_copy(update={"status": "waiting"})})
    decision = decided(a_mail(2, sender=EVA, groups=()), waiting)
    ticket = decision.ticket
    assert ticket is not None
    assert (("internal",), ("flags",), 2, "waiting") == (
        ticket.flags,
        ticket.changed,
        ticket.revision,
        ticket.status,
    )
    assert () == decision.tags[0].requires.address_books
    assert decision.state is not None
    assert state.customer_key == decision.state.customer_key
    assert state.ticket.customer == ticket.customer


def test_internal_mail_is_no_longer_marked_on_the_customer_s_next_mail() -> None:
    """R18: the flag is about the latest mail."""
    internal = decided(a_mail(2, sender=EVA, groups=()), a_ticket_state())
    ticket = decided(a_mail(3), internal.state).ticket
    assert ticket is not None
    assert () == ticket.flags


def test_without_alignment_or_actor_s_right_a_colleague_is_a_stranger() -> None:
    """R6: both are needed."""
    reader = users(a_user("eva", areas={"key-helpdesk": ("reader",)}))
    for mail, directory in (
        (a_mail(2, sender=EVA, groups=(), identity_level="spf"), users()),
        (a_mail(2, sender=EVA, groups=()), reader),
    ):
        assert isinstance(decide(mail, a_ticket_state(), directory=directory), Forward)


def test_a_ticket_that_does_not_exist_is_simply_new() -> None:
    """R56: whoever claims it."""
    ticket = decided(a_mail(sender=STRANGER, groups=())).ticket
    assert ticket is not None
    assert () == ticket.flags


def test_the_directory_may_learn_the_customer_meanwhile() -> None:
    """R56: the same address is the same customer once it is a contact, and then its company's colleague."""
    unknown = Sender(address="jan@acme.test", matched_by="none")
    state = a_ticket_state(a_mail(sender=unknown, groups=()))
    assert decided(a_mail(2), state).ticket is not None
    colleague = a_sender(contact_id="p-eva", address="eva@acme.test")
    assert isinstance(decide(a_mail(2, sender=colleague), state), Forward)


def test_senders_without_any_address_never_meet() -> None:
    """R56: never nobody: each such delivery is a customer of its own."""
    nobody = Sender(address="", matched_by="none")
    state = a_ticket_state(a_mail(1, sender=nobody, groups=()))
    forward = decide(a_mail(2, sender=nobody, groups=()), state)
    assert isinstance(forward, Forward)


def test_the_customer_key_holds_no_address() -> None:
    """P5: receipts carry the state, and no addresses."""
    assert "mallory" not in customer_key(a_mail(sender=STRANGER))
    assert "company:c-acme" == customer_key(a_mail())


def test_a_ticket_of_another_mailbox_is_never_joined() -> None:
    """R56: signed or not."""
    mail = a_mail(2, mailbox="orders@acme.example")
    forward = decide(mail, a_ticket_state())
    expected = SIGNER.refused_ticket_id(mail.mailbox, mail.ticket_id, "company:c-acme")
    assert isinstance(forward, Forward)
    assert expected == forward.ticket_id
