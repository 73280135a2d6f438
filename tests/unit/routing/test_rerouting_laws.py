"""What holds for every re-routing, in every world: it is what the policy gives, never wider, and done once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from schemas.directory_view import ResolvedUser
from schemas.ticket import MessageTag, TicketState
from schemas.vocabulary import UNRESOLVED
from tests.support.builders import MAILBOX
from tests.support.routing_builders import a_command, commanded, users
from tests.support.routing_strategies import BOOKS, histories, policies
from tests.unit.routing.test_decision_laws import History, play
from workers.routing.apply_command import DecidedCommand
from workers.routing.command_authority import NO_TICKET_OR_RIGHT
from workers.routing.compiled_policy import CompiledPolicy, compile_policy
from workers.routing.rerouting import REROUTED, is_set_by_hand, reroute_value

Directory = Mapping[str, ResolvedUser]


@dataclass(frozen=True)
class Rerouted:
    """`wanted`: the ticket after the same history under the policy that it is re-routed to."""

    before: TicketState
    wanted: TicketState
    after: TicketState
    policy: CompiledPolicy
    decision: DecidedCommand


@st.composite
def later_policies(draw: st.DrawFn) -> CompiledPolicy:
    """Also with another book for strangers, and a shared mailbox that becomes somebody's own."""
    policy = draw(policies())
    boxes: dict[str, Any] = {name: box.model_dump() for name, box in policy.policy.mailboxes.items()}
    if draw(st.booleans()):
        boxes[MAILBOX] = {"process": "helpdesk", "owner": "eva"}
    changed = policy.policy.model_dump() | {
        "mailboxes": boxes,
        "unknown_senders": {"address_book": draw(st.sampled_from(BOOKS))},
    }
    return compile_policy(type(policy.policy).model_validate(changed), policy.version)


def last_state(history: History, policy: CompiledPolicy, directory: Directory) -> TicketState | None:
    state = None
    for turn in play(history, policy, directory):
        state = turn.after
    return state


@st.composite
def reroutings(draw: st.DrawFn) -> Rerouted:
    """A ticket of any history that changes, by somebody with all rights."""
    history, policy = draw(histories()), draw(later_policies())
    directory = users()
    before = last_state(history, draw(policies()), directory)
    wanted = last_state(history, policy, directory)
    if before is None or wanted is None:
        reject()
    value = reroute_value(before, wanted, policy)
    assume(value is not None)
    decision = commanded(a_command("reroute", value, command_id="again"), before, policy, directory)
    assume(decision.result.reason != NO_TICKET_OR_RIGHT)  # of a sender whose book nobody knows
    assert decision.state is not None, decision.result.reason
    return Rerouted(before, wanted, decision.state, policy, decision)


def tags(state: TicketState) -> dict[str, MessageTag]:
    return {tag.delivery_id: tag for tag in state.messages}


@settings(max_examples=40, deadline=None)
@given(reroutings())
def test_a_second_rerouting_finds_nothing_to_do(done: Rerouted) -> None:
    """R11: whatever the history, and whoever set what by hand in it."""
    assert reroute_value(done.after, done.wanted, done.policy) is None


@settings(max_examples=40, deadline=None)
@given(reroutings())
def test_messages_require_what_they_would_today_and_what_they_did(done: Rerouted) -> None:
    """P4 R43: the sum of both, nothing more and never less."""
    wanted, after = tags(done.wanted), tags(done.after)
    for delivery_id, tag in tags(done.before).items():
        fresh = wanted[delivery_id].requires if delivery_id in wanted else tag.requires
        now = after[delivery_id].requires
        assert {*tag.requires.address_books, *fresh.address_books} == set(now.address_books)
        assert {*tag.requires.user_groups, *fresh.user_groups} == set(now.user_groups)
        assert tag.requires.areas == now.areas


@settings(max_examples=40, deadline=None)
@given(reroutings())
def test_what_is_private_stays_private_and_what_the_policy_makes_private_becomes_it(done: Rerouted) -> None:
    """R42: to the mailbox's owner, or to nobody."""
    mailbox = done.policy.mailbox(done.before.ticket.mailbox)
    by_policy = (mailbox.owner if mailbox else None) or UNRESOLVED
    wanted, after = tags(done.wanted), tags(done.after)
    for delivery_id, tag in tags(done.before).items():
        fresh = wanted[delivery_id].private_to if delivery_id in wanted else None
        expected = tag.private_to or (fresh if fresh == by_policy else None)
        assert expected == after[delivery_id].private_to


@settings(max_examples=40, deadline=None)
@given(reroutings())
def test_only_tags_that_change_get_a_revision_and_are_told(done: Rerouted) -> None:
    """One more each, in the ticket's new revision."""
    before, after = tags(done.before), tags(done.after)
    changed = {id_ for id_, tag in before.items() if after[id_] != tag}
    assert changed == {tag.delivery_id for tag in done.decision.tags}
    for told in done.decision.tags:
        assert before[told.delivery_id].tag_revision + 1 == told.tag_revision
        assert done.after.ticket.revision == told.ticket_revision
        assert after[told.delivery_id].requires == told.requires


@settings(max_examples=40, deadline=None)
@given(reroutings())
def test_fields_are_what_the_policy_gives_but_where_a_person_set_them(done: Rerouted) -> None:
    """R10 R15 R20 R23: and what the ticket requires is the sum of both, too."""
    for name in set(REROUTED) - {"sla"}:
        by_person = name in done.before.set_by_command or is_set_by_hand(done.wanted, name)
        from_ = done.before if by_person else done.wanted
        assert getattr(from_.ticket, name) == getattr(done.after.ticket, name)
    old, fresh, now = (state.ticket.requires for state in (done.before, done.wanted, done.after))
    assert {*old.address_books, *fresh.address_books} == set(now.address_books)
    assert set(old.areas) <= set(now.areas)
    assert set(old.user_groups) <= set(now.user_groups)


@settings(max_examples=40, deadline=None)
@given(reroutings())
def test_nothing_that_a_new_ticket_causes_is_done_again(done: Rerouted) -> None:
    """R21: neither status, times nor deliveries; an SLA is assigned only where there was none."""
    before, after = done.before.ticket, done.after.ticket
    for name in ("status", "opened_at", "deliveries", "customer", "mailbox", "follows"):
        assert getattr(before, name) == getattr(after, name)
    assert before.revision + 1 == after.revision
    assert "reroute" == after.cause.kind
    kinds = [event.kind for event in done.decision.sla_events]
    assert before.sla is None or "assigned" not in kinds
    assert len(kinds) <= 1
