"""Machines' answers: suppressed, never lost, and never the start of a ticket."""

from schemas.mail import EnrichedMail, Sender, Supersedes
from tests.support.builders import MAILBOX, a_claim
from tests.support.routing_builders import a_mail, a_policy, a_ticket_state, decide, decided
from workers.routing.outcome import Forward

DAEMON = Sender(address="mailer-daemon@acme.test", matched_by="none")


def an_auto_reply(number: int = 2, **fields: object) -> EnrichedMail:
    """The customer's out-of-office."""
    defaults: dict[str, object] = {"classification": "auto-reply", "proven_response": True}
    return a_mail(number, **(defaults | fields))


def a_bounce(number: int = 2, **fields: object) -> EnrichedMail:
    """A DSN by a stranger's daemon."""
    defaults: dict[str, object] = {
        "classification": "bounce",
        "proven_response": True,
        "sender": DAEMON,
        "groups": (),
        "identity_level": "none",
    }
    return a_mail(number, **(defaults | fields))


def test_a_proven_response_opens_no_ticket() -> None:
    """R54: a receipt is all that it leaves."""
    decision = decided(an_auto_reply())
    assert ("suppressed", None, None, ()) == (
        decision.outcome,
        decision.ticket,
        decision.state,
        decision.tags,
    )


def test_a_customer_s_response_joins_without_a_revision() -> None:
    """R54: the ticket stays as it is, the message is remembered and tagged."""
    state = a_ticket_state()
    decision = decided(an_auto_reply(), state)
    assert ("suppressed", None, None) == (decision.outcome, decision.ticket, decision.receipt.revision)
    assert decision.state is not None
    assert state.ticket == decision.state.ticket
    assert [False, True] == [tag.suppressed for tag in decision.state.messages]
    assert (1, ("customers",)) == (decision.tags[0].ticket_revision, decision.tags[0].requires.address_books)


def test_a_response_whose_claim_is_refused_is_suppressed_and_not_forwarded() -> None:
    """R54: a stranger's machine opens nothing."""
    decision = decided(an_auto_reply(sender=DAEMON, groups=()), a_ticket_state())
    assert ("suppressed", None, ()) == (decision.outcome, decision.state, decision.tags)
    assert "claim refused" in decision.receipt.reason


def test_a_bounce_joins_by_our_signed_id_whoever_sent_it() -> None:
    """R54: and sets delivery_failed, once."""
    first = decided(a_bounce(claim=a_claim(signed=True)), a_ticket_state())
    assert first.ticket is not None
    assert (2, ("delivery_failed",), ("flags",), 1) == (
        first.ticket.revision,
        first.ticket.flags,
        first.ticket.changed,
        first.ticket.deliveries,
    )
    second = decided(a_bounce(3, claim=a_claim(signed=True)), first.state)
    assert second.ticket is None
    assert second.state is not None
    assert 3 == len(second.state.messages)


def test_a_bounce_that_names_our_id_in_the_returned_headers_goes_to_its_ticket() -> None:
    """R54: the claim of the bounce itself is that of a new thread."""
    bounce = a_bounce(ticket_id="T-000000000000", bounced_ticket="T-7Z9Q2M4K8XWA")
    forward = decide(bounce)
    assert Forward("T-7Z9Q2M4K8XWA", "bounce") == forward
    assert isinstance(forward, Forward)
    ticket = decided(forward.moved(bounce), a_ticket_state()).ticket
    assert ticket is not None
    assert ("delivery_failed",) == ticket.flags


def test_a_bounce_of_a_ticket_that_is_gone_is_only_receipted() -> None:
    """R54: it opens nothing."""
    decision = decided(a_bounce(bounced_ticket="T-7Z9Q2M4K8XWA"))
    assert ("suppressed", None) == (decision.outcome, decision.ticket)


def test_an_unsigned_bounce_of_a_stranger_joins_nothing() -> None:
    """R54: threads can be guessed, signatures cannot."""
    decision = decided(a_bounce(), a_ticket_state())
    assert ("suppressed", None) == (decision.outcome, decision.state)


def test_generated_mail_is_routed_and_marked() -> None:
    """R54: nobody shall answer it automatically."""
    for classification in ("list", "generated", "auto-reply"):
        ticket = decided(a_mail(classification=classification)).ticket
        assert ticket is not None
        assert ("no_automatic_answer",) == ticket.flags


def test_a_mailbox_may_suppress_automatic_mail() -> None:
    """R54: `automatic: suppress`; people's mail goes on."""
    policy = a_policy(
        mailboxes={MAILBOX: {"process": "helpdesk", "user_group": "support", "automatic": "suppress"}}
    )
    assert "suppressed" == decided(a_mail(classification="list"), policy=policy).outcome
    assert "routed" == decided(a_mail(), policy=policy).outcome


def test_a_released_response_is_routed() -> None:
    """R54: an operator knows better; the receipt supersedes the first."""
    release = Supersedes(attempt=0, outcome="suppressed")
    decision = decided(an_auto_reply(attempt=1, supersedes=release))
    assert decision.ticket is not None
    assert ("routed", 1, release) == (decision.outcome, decision.receipt.attempt, decision.receipt.supersedes)
    assert ("late", "no_automatic_answer") == decision.ticket.flags


def test_a_released_response_takes_its_place_in_its_ticket_once() -> None:
    """R54: the next tag revision of the same message; released again, it is a duplicate."""
    suppressed = decided(an_auto_reply(), a_ticket_state())
    release = an_auto_reply(attempt=1, supersedes=Supersedes(attempt=0, outcome="suppressed"))
    released = decided(release, suppressed.state)
    assert ("routed", 2) == (released.outcome, released.tags[0].tag_revision)
    assert released.state is not None
    assert [1, 2] == [tag.tag_revision for tag in released.state.messages]
    assert "duplicate" == decided(release, released.state).outcome
