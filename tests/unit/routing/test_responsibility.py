"""Handler, user group and area of new tickets."""

from schemas.decision import Step
from tests.support.builders import MAILBOX
from tests.support.routing_builders import ORDERS, PERSONAL, a_mail, a_policy, decided, in_group
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.outcome import Decided

KEY = in_group("key-accounts")
RETAIL = in_group("retail")
PARTNERS = in_group("partners")


def steps(decision: Decided) -> dict[str, Step]:
    return {step.step: step for step in decision.receipt.steps}


def verdicts(decision: Decided, name: str) -> dict[str, str]:
    return {look.candidate: look.verdict for look in steps(decision)[name].looked_at}


def responsible(decision: Decided) -> tuple[str | None, str | None, str]:
    ticket = decision.ticket
    assert ticket is not None
    return ticket.handler, ticket.user_group, ticket.area


def with_group_rows(**rows: dict[str, str]) -> CompiledPolicy:
    """Groups first, second, …: priorities 30, 20, 10, with these rows for helpdesk."""
    priorities = (30, 20, 10)
    groups = {
        name: {"priority": priority, "processes": {"helpdesk": row}}
        for (name, row), priority in zip(rows.items(), priorities, strict=False)
    }
    return a_policy(groups=groups)


def test_the_group_with_the_highest_priority_gives_handler_user_group_and_area() -> None:
    """R10: handler, user group and area of the group for the process."""
    decision = decided(a_mail(groups=(RETAIL, KEY)))
    assert ("petr", "second-level", "key-helpdesk") == responsible(decision)
    assert decision.ticket is not None
    assert ("key-accounts", "retail") == decision.ticket.groups


def test_the_lookup_uses_the_process_of_the_mail() -> None:
    """R10 R12 R13: the same customer's order goes to the person responsible for ordering."""
    decision = decided(a_mail(groups=(KEY,), mailbox=ORDERS))
    assert ("eva", None, "sales") == responsible(decision)


def test_handler_and_user_group_are_never_mixed_from_two_groups() -> None:
    """R10 R14: the first group whose row has either gives both; the handler of a later group is not taken."""
    policy = with_group_rows(
        first={"area": "sales"}, second={"user_group": "support"}, third={"handler": "eva"}
    )
    groups = tuple(in_group(name) for name in ("first", "second", "third"))
    decision = decided(a_mail(groups=groups), policy=policy)
    assert (None, "support", "sales") == responsible(decision)
    fates = {"group:first": "missed", "group:second": "chosen", "group:third": "lost"}
    assert fates == verdicts(decision, "user_group")


def test_a_handler_without_user_group_does_not_get_the_mailbox_s() -> None:
    """R14 R16: the mailbox's user group is for tickets to which no group gives a pair."""
    policy = with_group_rows(first={"handler": "eva"})
    decision = decided(a_mail(groups=(in_group("first"),)), policy=policy)
    assert ("eva", None, "helpdesk") == responsible(decision)


def test_without_a_pair_the_mailbox_s_user_group_is_the_audience() -> None:
    """R16: no group, no handler, the user group of the mailbox."""
    decision = decided(a_mail(groups=()))
    assert (None, "support", "helpdesk") == responsible(decision)
    assert decision.ticket is not None
    assert {
        "process": f"mailbox:{MAILBOX}",
        "area": "process-default",
        "user_group": f"mailbox:{MAILBOX}",
    } == (decision.ticket.sources)


def test_the_area_falls_back_on_its_own() -> None:
    """R15: a row with a handler but no area keeps its handler; the area is the next group's, else the default."""
    policy = with_group_rows(first={"handler": "eva"}, second={"area": "sales"})
    both = decided(a_mail(groups=(in_group("first"), in_group("second"))), policy=policy)
    alone = decided(a_mail(groups=(in_group("first"),)), policy=policy)
    assert ("eva", None, "sales") == responsible(both)
    assert ("eva", None, "helpdesk") == responsible(alone)
    assert {"group:first": "missed", "process-default": "chosen"} == verdicts(alone, "area")


def test_groups_of_all_types_give_responsibility() -> None:
    """R10: suppliers and colleagues have handlers, too."""
    supplier = in_group("key-accounts", type="suppliers")
    assert ("petr", "second-level", "key-helpdesk") == responsible(decided(a_mail(groups=(supplier,))))


def test_of_equal_priority_the_nearest_group_wins_then_the_lowest_id() -> None:
    """R3: several groups have one order, whatever order they came in."""
    policy = a_policy(groups={})
    far, near_b, near_a = in_group("a", distance=2), in_group("c", distance=0), in_group("b", distance=0)
    decision = decided(a_mail(groups=(far, near_b, near_a)), policy=policy)
    assert decision.ticket is not None
    assert ("b", "c", "a") == decision.ticket.groups


def test_the_owner_handles_a_personal_mailbox_where_no_row_names_one() -> None:
    """R44: the owner of a personal mailbox is its natural handler."""
    decision = decided(a_mail(groups=(), mailbox=PERSONAL))
    assert ("jana", None, "helpdesk") == responsible(decision)
    assert decision.ticket is not None
    assert f"mailbox:{PERSONAL}" == decision.ticket.sources["handler"]


def test_a_row_s_handler_comes_before_the_owner() -> None:
    """R11 R44: the group's handler is responsible, also in a personal mailbox."""
    assert ("petr", "second-level", "key-helpdesk") == responsible(decided(a_mail(mailbox=PERSONAL)))


def test_the_owner_completes_a_row_that_names_a_user_group_only() -> None:
    """R14 R44: the row's user group still restricts."""
    decision = decided(a_mail(groups=(PARTNERS,), mailbox=PERSONAL))
    assert ("jana", "partner-desk", "helpdesk") == responsible(decision)
    assert {"group:partners": "lost", f"mailbox:{PERSONAL}": "chosen"} == verdicts(decision, "handler")


def test_an_unknown_sender_gets_the_defaults_and_the_strangers_book() -> None:
    """R24 R40: no groups, no SLA, no price lists, known false."""
    sender = a_mail().sender.model_copy(
        update={"contact_id": None, "company_id": None, "address_books": (), "matched_by": "none"}
    )
    ticket = decided(a_mail(groups=(), sender=sender)).ticket
    assert ticket is not None
    assert (None, None, (), False) == (ticket.sla, ticket.handler, ticket.price_lists, ticket.customer.known)
    assert ("inbox",) == ticket.requires.address_books
