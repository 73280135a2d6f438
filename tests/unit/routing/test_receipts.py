"""What a receipt says: enough for people to follow it, and for us to decide it again (P3, P7)."""

from tests.support.routing_builders import PERSONAL, a_mail, a_policy, a_ticket_state, decided, in_group
from workers.routing.decider_version import DECIDER_VERSION


def test_a_new_ticket_s_receipt_goes_through_every_field() -> None:
    """R10: P7, one step per question, in the order in which they were decided."""
    receipt = decided(a_mail()).receipt
    assert [
        "sender",
        "groups",
        "rules",
        "process",
        "area",
        "handler",
        "user_group",
        "sla",
        "price_lists",
        "private_to",
        "requires",
    ] == [step.step for step in receipt.steps]
    assert ("new ticket", DECIDER_VERSION, "p" * 64, "1") == (
        receipt.reason,
        receipt.decider_version,
        receipt.policy_version,
        receipt.directory_version,
    )


def test_the_groups_before_the_chosen_one_say_why_they_did_not_match() -> None:
    """R10: P7, what came before it and what it lost against."""
    groups = tuple(in_group(name) for name in ("key-accounts", "retail", "partners", "unheard-of"))
    policy = a_policy(
        groups={
            "key-accounts": {"priority": 9, "processes": {"ordering": {"handler": "eva"}}},
            "retail": {"priority": 8, "processes": {"helpdesk": {"area": "sales"}}},
            "partners": {"priority": 7, "processes": {"helpdesk": {"handler": "eva"}}},
        }
    )
    steps = {step.step: step for step in decided(a_mail(groups=groups), policy=policy).receipt.steps}
    assert [
        ("group:key-accounts", "missed", "no row for helpdesk"),
        ("group:retail", "missed", "its row for helpdesk has neither handler nor user group"),
        ("group:partners", "chosen", "its row for helpdesk has the pair"),
        ("group:unheard-of", "missed", "no row for helpdesk"),
    ] == [(look.candidate, look.verdict, look.why) for look in steps["handler"].looked_at]
    assert ("eva", "group:partners") == (steps["handler"].result, steps["handler"].because)


def test_the_state_before_and_the_rights_read_are_in_it() -> None:
    """R18: P3, a follow-up's decision depends on both."""
    state = a_ticket_state()
    receipt = decided(a_mail(2), state).receipt
    assert state == receipt.state_before
    read = {(right.user, right.kind, right.id): right.held for right in receipt.rights}
    assert ("actor",) == read["petr", "areas", "key-helpdesk"]
    assert ("known",) == read["petr", "users", "petr"]
    assert sorted(read) == list(read)


def test_a_personal_mailbox_names_whom_the_mail_is_private_to_and_why() -> None:
    """R44: P7."""
    steps = {step.step: step for step in decided(a_mail(mailbox=PERSONAL)).receipt.steps}
    assert ("jana", f"mailbox:{PERSONAL}") == (steps["private_to"].result, steps["private_to"].because)
