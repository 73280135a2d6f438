"""What holds for every history of a ticket, in every world (P3, P4, P5, P7)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.command import TicketCommand
from schemas.directory_view import ResolvedUser
from schemas.mail import EnrichedMail, Source
from schemas.ticket import MessageTag, RoutedTicket, TicketState
from tests.support.routing_builders import SIGNER
from tests.support.routing_strategies import (
    AREAS,
    BOOKS,
    MARKER,
    USER_GROUPS,
    directories,
    histories,
    policies,
)
from workers.routing.access import verdict
from workers.routing.apply_command import DecidedCommand, decide_command
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.decide import Decided, Forward, decide_mail
from workers.routing.requirements import sender_books
from workers.routing.rights import Rights

History = list[EnrichedMail | TicketCommand]
Directory = Mapping[str, ResolvedUser]
SOURCE = re.compile(r"(group:[\w.-]+|mailbox:[^ ]+@[^ ]+|process-default|rule:[\w.-]+|command:[\w.-]+)\Z")
PLACE = Source(topic="tickets.commands", partition=0, offset=1)


@dataclass(frozen=True)
class Turn:
    """One mail or command that was decided here."""

    cause: EnrichedMail | TicketCommand
    before: TicketState | None
    decision: Decided | DecidedCommand
    after: TicketState | None


def decide(
    cause: EnrichedMail | TicketCommand, state: TicketState | None, policy: CompiledPolicy, rights: Rights
) -> Forward | Decided | DecidedCommand:
    if isinstance(cause, EnrichedMail):
        return decide_mail(cause, state, policy, rights, SIGNER)
    return decide_command(cause, state, policy, rights, SIGNER, PLACE, "1")


def play(history: History, policy: CompiledPolicy, directory: Directory) -> Iterator[Turn]:
    """The history's turns on its own ticket; what is forwarded goes to another one, and is left out."""
    state: TicketState | None = None
    for cause in history:
        decision = decide(cause, state, policy, Rights(directory))
        if isinstance(decision, Forward):
            assert decision.ticket_id != cause.ticket_id
            continue
        after = decision.state or state
        yield Turn(cause, state, decision, after)
        state = after


def written(decision: Decided | DecidedCommand) -> list[bytes]:
    """All bytes that the decision publishes."""
    events = [decision.ticket, decision.state, *decision.tags, *decision.sla_events, decision.receipt]
    result = [decision.result] if isinstance(decision, DecidedCommand) else []
    return [event.write() for event in (*events, *result) if event is not None]


@settings(max_examples=40, deadline=None)
@given(histories(), policies(), directories())
def test_the_same_input_gives_the_same_bytes_also_by_the_rights_of_the_receipt(
    history: History, policy: CompiledPolicy, directory: Directory
) -> None:
    """P3: all that decided is in the receipt."""
    for turn in play(history, policy, directory):
        receipt = turn.decision.receipt
        for rights in (Rights(directory), Rights.recorded(receipt.rights)):
            again = decide(turn.cause, receipt.state_before, policy, rights)
            assert not isinstance(again, Forward)
            assert written(turn.decision) == written(again)


@settings(max_examples=40, deadline=None)
@given(histories(), policies(), directories())
def test_each_revision_is_one_more_and_names_its_cause(
    history: History, policy: CompiledPolicy, directory: Directory
) -> None:
    """P7: one per delivery or command; none for duplicates, responses and refusals."""
    for turn in play(history, policy, directory):
        ticket, before = turn.decision.ticket, turn.before
        if ticket is None:
            assert turn.after is None or before is None or turn.after.ticket == before.ticket
            continue
        assert (before.ticket.revision if before else 0) + 1 == ticket.revision
        assert turn.decision.receipt.revision == ticket.revision
        cause = turn.cause
        assert (cause.delivery_id if isinstance(cause, EnrichedMail) else cause.command_id) == ticket.cause.id
        assert turn.decision.state is not None
        assert ticket == turn.decision.state.ticket


@settings(max_examples=40, deadline=None)
@given(histories(), policies(), directories())
def test_every_assigned_field_names_its_source(
    history: History, policy: CompiledPolicy, directory: Directory
) -> None:
    """P7 R10 R14: and handler and user group never come from two groups."""
    for turn in play(history, policy, directory):
        if turn.decision.ticket is not None:
            assert_sources(turn.decision.ticket)


def assert_sources(ticket: RoutedTicket) -> None:
    assigned = {
        name
        for name in ("process", "area", "handler", "user_group", "sla", "price_lists")
        if getattr(ticket, name) not in (None, ())
    }
    assert assigned == set(ticket.sources)
    assert all(SOURCE.match(source) for source in ticket.sources.values())
    pair = {ticket.sources[name] for name in ("handler", "user_group") if name in ticket.sources}
    assert len([source for source in pair if source.startswith("group:")]) <= 1


@settings(max_examples=40, deadline=None)
@given(histories(), policies(), directories())
def test_no_word_of_a_mail_is_published(
    history: History, policy: CompiledPolicy, directory: Directory
) -> None:
    """P5: not in tickets, tags, SLA events, receipts or state; no address either."""
    for turn in play(history, policy, directory):
        for value in written(turn.decision):
            assert MARKER.lower() not in value.decode().lower()


@settings(max_examples=40, deadline=None)
@given(histories(), policies(), directories())
def test_requirements_of_a_message_only_grow(
    history: History, policy: CompiledPolicy, directory: Directory
) -> None:
    """P4 R43: over follow-ups, re-tags and moves of the ticket."""
    known: dict[str, MessageTag] = {}
    for turn in play(history, policy, directory):
        for tag in turn.after.messages if turn.after else ():
            earlier = known.get(tag.delivery_id, tag)
            for kind in ("address_books", "areas", "user_groups"):
                assert set(getattr(earlier.requires, kind)) <= set(getattr(tag.requires, kind))
            assert earlier.tag_revision <= tag.tag_revision
            known[tag.delivery_id] = tag


@settings(max_examples=40, deadline=None)
@given(histories(), policies(), directories())
def test_mail_never_changes_what_its_ticket_requires(
    history: History, policy: CompiledPolicy, directory: Directory
) -> None:
    """P4: so it shows nobody more of the messages before it."""
    for turn in play(history, policy, directory):
        if turn.before is None or turn.after is None or isinstance(turn.cause, TicketCommand):
            continue
        assert turn.before.ticket.requires == turn.after.ticket.requires
        for tag in turn.before.messages:
            for user in directory:
                seen = verdict(user, turn.before.ticket.requires, tag, Rights(directory))[0]
                kept = next(t for t in turn.after.messages if t.delivery_id == tag.delivery_id)
                assert (
                    seen == verdict(user, turn.after.ticket.requires, kept, Rights(directory))[0]
                    or kept != tag
                )


@settings(max_examples=40, deadline=None)
@given(histories(), policies(), directories())
def test_whoever_sees_a_message_holds_every_right_of_its_own(
    history: History, policy: CompiledPolicy, directory: Directory
) -> None:
    """P4 R4 R18: no group, rule, row, command or assignment stands in for a right of the directory."""
    for turn in play(history, policy, directory):
        mail = turn.cause
        if not isinstance(mail, EnrichedMail) or not turn.decision.tags or turn.after is None:
            continue
        ticket, tag = turn.after.ticket, turn.decision.tags[0]
        for name, user in directory.items():
            if verdict(name, ticket.requires, tag, Rights(directory))[0] == "nothing":
                continue
            books = set(ticket.requires.address_books)
            books |= set(tag.requires.address_books and sender_books(mail.sender, "inbox"))
            assert all({"actor", "reader"} & set(user.address_books.get(book, ())) for book in books)
            assert {"actor", "reader"} & set(user.areas.get(ticket.area, ()))
            assert set(ticket.requires.user_groups) <= set(user.user_groups)


@settings(max_examples=40, deadline=None)
@given(histories(), policies(), directories())
def test_a_state_is_the_same_when_read_again(
    history: History, policy: CompiledPolicy, directory: Directory
) -> None:
    """P3: what the next decision reads is what this one wrote."""
    for turn in play(history, policy, directory):
        if turn.after is not None:
            assert turn.after == TicketState.read(turn.after.write())


@settings(max_examples=40, deadline=None)
@given(histories(), policies())
def test_who_handles_decides_nothing_about_who_sees(history: History, policy: CompiledPolicy) -> None:
    """P4 R18: with all rights but one nobody sees anything, assigned or not."""
    for missing in ("address_books", "areas"):
        directory = {user: _all_but(user, missing) for user in ("eva", "jana", "petr")}
        for turn in play(history[:1], policy, directory):
            if turn.after is None:
                continue
            for tag in turn.after.messages:
                for user in directory:
                    assert verdict(user, turn.after.ticket.requires, tag, Rights(directory))[0] == "nothing"


def _all_but(user: str, missing: str) -> ResolvedUser:
    books: dict[str, tuple[str, ...]] = dict.fromkeys((*BOOKS, "?"), ("actor",))
    areas: dict[str, tuple[str, ...]] = dict.fromkeys(AREAS, ("actor",))
    return ResolvedUser(
        user_id=user,
        address_books={} if missing == "address_books" else books,
        areas={} if missing == "areas" else areas,
        user_groups=USER_GROUPS,
    )


@settings(max_examples=40, deadline=None)
@given(histories(), policies(), directories(), st.randoms(use_true_random=False))
def test_the_order_of_what_is_a_set_does_not_count(
    history: History, policy: CompiledPolicy, directory: Directory, random: Random
) -> None:
    """P3: groups and candidates may come in any order."""
    first = history[0]
    assert isinstance(first, EnrichedMail)
    groups = list(first.groups)
    random.shuffle(groups)
    shuffled = first.model_copy(update={"groups": tuple(groups)})
    one, other = (decide(mail, None, policy, Rights(directory)) for mail in (first, shuffled))
    assert isinstance(one, Decided)
    assert isinstance(other, Decided)
    assert written(one) == written(other)
