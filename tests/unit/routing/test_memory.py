"""What a policy remembers changes no result: the same decisions as without a memory."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.mail import EnrichedMail, GroupVia
from tests.support.builders import MAILBOX
from tests.support.routing_builders import (
    MONDAY_NINE,
    ORDERS,
    PERSONAL,
    POLICY_VERSION,
    SIGNER,
    a_mail,
    a_policy,
    in_group,
    users,
)
from workers.routing.compiled_policy import CompiledPolicy, compile_policy
from workers.routing.decide import Decided, Forward, decide_mail
from workers.routing.memory import Memory
from workers.routing.rights import Rights

RULES = [
    {"id": "urgent", "when": {"subject_regex": "urgent"}, "set": {"process": "ordering", "area": "sales"}},
    {"id": "known", "when": {"sender_groups": "partners"}, "set": {"handler": "jana"}},
]
GROUPS = ("key-accounts", "retail", "partners", "nobodys")

memberships = st.builds(
    in_group,
    st.sampled_from(GROUPS),
    via_contact_id=st.sampled_from(("c-acme", "c-other")),
    distance=st.integers(0, 2),
    type=st.sampled_from(("customers", "suppliers")),
)


@st.composite
def mails(draw: st.DrawFn) -> EnrichedMail:
    groups: tuple[GroupVia, ...] = tuple(draw(st.lists(memberships, max_size=4)))
    return a_mail(
        groups=groups,
        mailbox=draw(st.sampled_from((MAILBOX, ORDERS, PERSONAL))),
        subject=draw(st.sampled_from(("Printer", "urgent: printer"))),
        identity_level=draw(st.sampled_from(("aligned", "none"))),
        received_at=MONDAY_NINE + timedelta(minutes=draw(st.integers(0, 20_000))),
    )


def a_fresh_policy() -> CompiledPolicy:
    return compile_policy(USED.policy, POLICY_VERSION)


USED = a_policy(rules=RULES)


@settings(max_examples=150, deadline=None)
@given(mails(), mails(), st.booleans())
def test_a_used_policy_decides_like_a_fresh_one(
    first: EnrichedMail, second: EnrichedMail, gone: bool
) -> None:
    """Whatever it decided before: a new ticket, and the follow-up of another sender."""
    people = users()
    if gone:
        del people["petr"]
    for mail in (first, second):
        assert decide_mail(mail, None, a_fresh_policy(), Rights(people), SIGNER) == decide_mail(
            mail, None, USED, Rights(people), SIGNER
        )
    opened = decide_mail(first, None, USED, Rights(users()), SIGNER)
    assert isinstance(opened, Decided)
    reply = second.model_copy(update={"delivery_id": "2" * 32, "mailbox": first.mailbox})
    fresh, used = (
        decide_mail(reply, opened.state, policy, Rights(people), SIGNER)
        for policy in (a_fresh_policy(), USED)
    )
    assert fresh == used
    assert not isinstance(fresh, Forward)


def test_a_full_memory_begins_anew() -> None:
    """It is bounded, and nobody has to keep count of what was used last."""
    memory = Memory[int, str](most=3)
    for number in range(4):
        assert str(number) == memory.value(number, lambda at=number: str(at))  # type: ignore[misc]
    assert 1 == len(memory)


def test_a_remembered_value_is_not_made_again() -> None:
    """Also where it is empty."""
    memory = Memory[str, tuple[str, ...]]()
    assert () == memory.value("key", tuple)
    assert () == memory.value("key", lambda: ("another",))
