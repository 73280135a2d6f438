"""What is read of a kept receipt, and that no difference hides behind what is not."""

import pytest

from schemas.decision import RoutingDecision
from schemas.mail import Source, Supersedes
from tests.support.routing_builders import a_mail, a_ticket_state, decided
from workers.processors.events_out import source_id
from workers.processors.kept_receipt import KeptReceipt, read_receipt
from workers.processors.state_chain import StateChain
from workers.routing.comparison import is_same_receipt

FOLLOW_UP = decided(a_mail(2), a_ticket_state()).receipt
PARTLY = ("ticket_id", "outcome", "source", "policy_version", "directory_version", "decider_version")


def kept(receipt: RoutingDecision) -> KeptReceipt:
    found = read_receipt(receipt.write())
    assert found is not None
    return found


def test_what_deciding_again_needs_is_read() -> None:
    """With the state before as the bytes that it was written as."""
    found = kept(FOLLOW_UP)
    assert [getattr(FOLLOW_UP, name) for name in PARTLY] == [getattr(found, name) for name in PARTLY]
    assert FOLLOW_UP.state_before is not None
    assert FOLLOW_UP.state_before.write() == found.state_before
    assert [(r.user, r.kind, r.id, r.held) for r in FOLLOW_UP.rights] == [
        (r.user, r.kind, r.id, r.held) for r in found.rights
    ]


def test_a_receipt_names_its_input_as_the_input_names_itself() -> None:
    """Or no decision would find its mail."""
    source = Source(topic="mail.inbound", partition=3, offset=7)
    again = FOLLOW_UP.model_copy(
        update={"source": source, "attempt": 2, "supersedes": Supersedes(attempt=1, outcome="dead-lettered")}
    )
    assert source_id(source, 2) == kept(again).input_id
    assert (again.source, again.supersedes) == (kept(again).source, kept(again).supersedes)


@pytest.mark.parametrize("value", [None, b"", b"{}", b'{"ticket_id": 1}', FOLLOW_UP.write()[:-1], b"\xff"])
def test_what_is_no_receipt_is_not_read(value: bytes | None) -> None:
    """None, and no error of a library."""
    assert read_receipt(value) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"reason":"follow-up"', b'"reason":"follow-uP"'),
        (b'"delivery_id":', b'"delivery_id" :'),
        (b'"steps":', b'"more":1,"steps":'),
        (b'"outcome":"routed"', b'"outcome":"applied"'),
    ],
)
def test_any_other_byte_around_the_state_is_a_difference(old: bytes, new: bytes) -> None:
    """Also one that is read as the same value."""
    written = FOLLOW_UP.write()
    spoiled = written.replace(old, new, 1)
    assert written != spoiled
    state = kept(FOLLOW_UP).state_before
    assert (True, False) == tuple(is_same_receipt(FOLLOW_UP, value, state) for value in (written, spoiled))


def test_a_state_of_other_bytes_is_not_canonical() -> None:
    """So its receipt is compared as a whole."""
    written = kept(FOLLOW_UP).state_before
    assert written is not None
    before = StateChain().before("T-1", written.replace(b":", b": ", 1))
    assert (FOLLOW_UP.state_before, False) == (before.state, before.is_canonical)


def test_the_chain_holds_where_a_state_is_what_the_decision_before_left() -> None:
    """And of a ticket that it does not know it says nothing."""
    state = a_ticket_state()
    other = state.model_copy(update={"customer_key": "company:c-other"})
    for left, links in ((state, True), (other, False), (None, True)):
        chain = StateChain()
        chain.left("T-1", left)
        assert links == chain.before("T-1", state.write()).links
    chain = StateChain()
    chain.left("T-1", state)
    assert not chain.before("T-1", None).links
