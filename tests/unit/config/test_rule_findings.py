"""Rules that can never be met, that others undo, or that hide mail: only what is certain is said."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.rule_implication import contradicts_itself, implies
from schemas.policy_rules import When
from tests.support.builders import a_directory
from tests.support.routing_builders import a_mail
from tests.unit.config.test_policy_analysis import BASE, analysed, found
from workers.routing.rule_conditions import compile_when
from workers.routing.rule_facts import facts_of


def rules(*written: str) -> str:
    return BASE + "rules:\n" + "".join(f"  - {rule}\n" for rule in written)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("{tls: true}", "{tls: true, subject_regex: x}"),
        ("{subject_regex: [a, b]}", "{subject_regex: a}"),
        ("{sender: '@acme.test'}", "{sender: jan@acme.test}"),
        ("{peer: 10.0.0.0/8}", "{peer: 10.1.2.3}"),
        ("{size: {over_bytes: 10}}", "{size: {over_bytes: 20, under_bytes: 30}}"),
        ("{header_regex: {list-id: x}}", "{header_regex: {List-Id: x, X-Y: y}}"),
        ("{any: [{tls: true}, {helo_regex: a}]}", "{tls: true, helo_regex: b}"),
        ("{any: [{tls: true}, {helo_regex: a}]}", "{any: [{helo_regex: a, tls: false}]}"),
        ("{tls: true}", "{all: [{tls: true}, {helo_regex: a}]}"),
        ("{all: [{tls: true}, {helo_regex: a}]}", "{tls: true, all: [{helo_regex: a}]}"),
        ("{not: {sender_known: true, tls: true}}", "{not: {tls: true}}"),
    ],
)
def test_a_rule_behind_a_wider_one_that_ends_the_rules_is_never_reached(first: str, second: str) -> None:
    """R51: and the other way round it is."""
    wide = f"{{id: wide, when: {first}, stop: true}}"
    narrow = f"{{id: narrow, when: {second}, set: {{area: x}}}}"
    text = "rules.1: rule narrow is never reached: each mail that meets it meets wide before, which ends the rules"
    assert text in found(rules(wide, narrow), "warning")
    assert [] == found(rules(narrow, wide), "warning")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("{subject_regex: a}", "{subject_regex: [a, b]}"),
        ("{sender: jan@acme.test}", "{sender: '@acme.test'}"),
        ("{peer: 10.1.0.0/16}", "{peer: 10.0.0.0/8}"),
        ("{peer: '::/0'}", "{peer: 10.0.0.0/8}"),
        ("{size: {under_bytes: 10}}", "{size: {over_bytes: 5}}"),
        ("{not: {tls: true}}", "{not: {sender_known: true, tls: true}}"),
        ("{tls: true}", "{any: [{tls: true}, {helo_regex: a}]}"),
    ],
)
def test_a_rule_that_can_still_be_met_is_left_in_peace(first: str, second: str) -> None:
    """Only what is certain is said."""
    one = f"{{id: one, when: {first}, stop: true}}"
    assert [] == found(rules(one, f"{{id: two, when: {second}, set: {{area: x}}}}"), "warning")


def test_a_rule_whose_fields_a_later_one_always_sets_again_has_no_effect() -> None:
    """R51: unless it ends the rules, sets more, or the later one is left out on private mail."""
    early = "{id: early, when: {helo_regex: a}, set: {area: x}}"
    late = "{id: late, when: {helo_regex: [a, b]}, set: {area: y, handler: h}}"
    text = "rules.0: rule early has no effect: late is met by all its mails, and sets the same again"
    assert [text] == found(rules(early, late), "warning")
    assert [] == found(rules(early.replace("area: x", "area: x, process: helpdesk"), late), "warning")
    assert [] == found(
        rules(early.replace("set:", "stop: true, set:"), late.replace("helo_regex: [a", "helo_regex: [c")),
        "warning",
    )
    content = late.replace("when: {helo_regex: [a, b]}", "when: {any: [{helo_regex: a}, {subject_regex: s}]}")
    assert [] == found(rules(early, content), "warning")
    between = "{id: between, when: {tls: true}, stop: true}"
    assert [] == found(rules(early, between, late), "warning")


@pytest.mark.parametrize(
    "when",
    [
        "{size: {over_bytes: 20, under_bytes: 10}}",
        "{tls: true, not: {tls: true}}",
        "{sender: jan@acme.test, not: {sender: '@acme.test'}}",
        "{all: [{tls: true, not: {tls: true}}]}",
    ],
)
def test_conditions_that_exclude_one_another(when: str) -> None:
    """No mail can meet them."""
    (text,) = found(rules(f"{{id: a, when: {when}, stop: true}}"), "warning")
    assert "rules.0.when: rule a can never be met" in text


def test_a_content_rule_for_private_mailboxes_only_is_never_met() -> None:
    """R42: content rules do not run there, unless a rule opens the mailbox."""
    rule = "{id: a, when: {mailbox: jana@acme.example, text_regex: x}, set: {area: x}}"
    assert any("its mailboxes are private" in text for text in found(rules(rule), "warning"))
    opening = "{id: b, when: {mailbox: jana@acme.example}, set: {private: false}}"
    assert [] == found(rules(opening, rule), "warning")


def test_a_rule_that_makes_a_shared_mailbox_private_hides_its_mail_from_everybody() -> None:
    """R42: an error where it can only do that, a warning where it can also do good."""
    rule = "{id: hide, when: {mailbox: support@acme.example}, set: {private: true}}"
    (text,) = found(rules(rule), "error")
    assert (
        "rules.0.set.private: rule hide makes mail private that has no recipient, so nobody could read it"
        in text
    )
    assert analysed(rules(rule)).policy is None
    assert 1 == len(found(rules(rule.replace("mailbox: support@acme.example", "tls: true")), "warning"))
    assert () == analysed(rules(rule.replace("support@", "jana@"))).findings


def test_a_rules_handler_is_held_to_what_the_rule_sets() -> None:
    """R18: area, user group and process."""
    rule = "{id: a, when: {tls: true}, set: {handler: eva, area: helpdesk, user_group: support}}"
    texts = found(rules(rule), "warning", a_directory())
    assert ["area helpdesk", "user group support"] == [
        text.partition("lacks ")[2] for text in texts if "eva" in text
    ]


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "tls": st.booleans(),
    "sender_known": st.booleans(),
    "helo_regex": st.lists(st.sampled_from("abc"), min_size=1, max_size=2),
    "subject_regex": st.lists(st.sampled_from("abc"), min_size=1, max_size=2),
    "sender": st.lists(st.sampled_from(["@acme.test", "jan@acme.test", "x@y.test"]), min_size=1, max_size=2),
    "peer": st.lists(
        st.sampled_from(["10.0.0.0/8", "10.1.0.0/16", "::/0", "0.0.0.0/0"]), min_size=1, max_size=2
    ),
    "size": st.sampled_from(
        [{"over_bytes": 5}, {"over_bytes": 9}, {"under_bytes": 8}, {"over_bytes": 8, "under_bytes": 9}]
    ),
    "header_regex": st.dictionaries(st.sampled_from(["x-a", "x-b"]), st.sampled_from("abc"), min_size=1),
}
FLAT = (
    st.integers(1, 2)
    .flatmap(
        lambda number: st.lists(
            st.sampled_from(sorted(VALUES)), min_size=number, max_size=number, unique=True
        )
    )
    .flatmap(lambda names: st.fixed_dictionaries({name: VALUES[name] for name in names}))
)
NESTED = st.recursive(
    FLAT,
    lambda inner: st.one_of(
        st.builds(lambda own, deep: {**own, "not": deep}, FLAT, inner),
        st.lists(inner, min_size=1, max_size=2).map(lambda several: {"all": several}),
        st.lists(inner, min_size=1, max_size=2).map(lambda several: {"any": several}),
    ),
    max_leaves=4,
)
WHENS = NESTED.map(When.model_validate)
MAILS = st.builds(
    lambda tls, helo, peer, subject, sender, size, header: facts_of(
        a_mail(
            envelope=a_mail().envelope.model_copy(update={"tls": tls, "helo": helo, "peer": peer}),
            sender=a_mail().sender.model_copy(update={"address": sender}),
            subject=subject,
            size_bytes=size,
            headers=(header,),
        )
    ),
    st.booleans(),
    st.sampled_from(["a", "b", "ab"]),
    st.sampled_from(["10.1.2.3", "10.9.9.9", "192.0.2.1", "::1"]),
    st.sampled_from(["a", "b", "bc"]),
    st.sampled_from(["jan@acme.test", "eva@acme.test", "x@y.test"]),
    st.integers(4, 10),
    st.tuples(st.sampled_from(["X-A", "X-B"]), st.sampled_from("abc")),
)


@given(WHENS, WHENS, MAILS)
def test_what_one_condition_implies_holds_for_every_mail_that_meets_it(
    one: When, other: When, mail: Any
) -> None:
    """Given any two conditions and any mail, then the analysis claims nothing that evaluation denies."""
    if implies(one, other) and compile_when(one)(mail) is None:
        assert compile_when(other)(mail) is None
    if contradicts_itself(one):
        assert compile_when(one)(mail) is not None


@given(WHENS)
def test_each_condition_implies_itself(when: When) -> None:
    """So a rule that is written twice is found."""
    assert implies(when, when)
