"""Which SLA a new ticket gets, and when it is due."""

from datetime import UTC, datetime

from tests.support.routing_builders import ORDERS, a_mail, a_policy, decided, in_group
from workers.routing.outcome import Decided

KEY = in_group("key-accounts")
RETAIL = in_group("retail")


def sla_fates(decision: Decided) -> dict[str, str]:
    step = next(step for step in decision.receipt.steps if step.step == "sla")
    return {look.candidate: look.verdict for look in step.looked_at}


def test_a_new_ticket_gets_contract_and_default_level_of_its_first_group() -> None:
    """R20 R21 R22: the default level holds until severity is evaluated."""
    decision = decided(a_mail(groups=(RETAIL, KEY)))
    assert decision.ticket is not None
    sla = decision.ticket.sla
    assert sla is not None
    assert ("premium", "silver", "key-accounts", None) == (
        sla.contract,
        sla.level,
        sla.group_id,
        sla.severity,
    )
    assert "group:key-accounts" == decision.ticket.sources["sla"]
    assert {"group:key-accounts": "chosen", "group:retail": "lost"} == sla_fates(decision)


def test_due_times_are_counted_in_open_time_from_the_first_mail() -> None:
    """R21: PT4H of open time, and P3D open days; Friday is a holiday."""
    opened_at = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
    ticket = decided(a_mail(received_at=opened_at)).ticket
    assert ticket is not None
    assert ticket.sla is not None
    assert datetime(2026, 3, 5, 11, 0, tzinfo=UTC) == ticket.sla.respond_due_at
    assert datetime(2026, 3, 10, 15, 0, tzinfo=UTC) == ticket.sla.resolve_due_at
    assert opened_at == ticket.opened_at


def test_the_assignment_is_told_once() -> None:
    """R21: an event of kind assigned with the ticket's first revision, and none with the next."""
    first = decided(a_mail())
    second = decided(a_mail(2), first.state)
    assert [("assigned", 1, "silver")] == [(e.kind, e.revision, e.level) for e in first.sla_events]
    assert () == second.sla_events


def test_only_customers_groups_give_an_sla() -> None:
    """R20: suppliers and colleagues have none."""
    supplier = in_group("key-accounts", type="suppliers")
    decision = decided(a_mail(groups=(supplier, RETAIL)))
    assert decision.ticket is not None
    assert decision.ticket.sla is not None
    assert "retail" == decision.ticket.sla.group_id
    assert {"group:key-accounts": "ignored", "group:retail": "chosen"} == sla_fates(decision)


def test_without_a_contract_there_is_no_sla() -> None:
    """R24: nothing invents one."""
    ticket = decided(a_mail(groups=(in_group("partners"),))).ticket
    assert ticket is not None
    assert ticket.sla is None
    assert "sla" not in ticket.sources


def test_a_process_without_sla_gets_none() -> None:
    """R21: SLAs are for problems; orders have none here."""
    ticket = decided(a_mail(mailbox=ORDERS)).ticket
    assert ticket is not None
    assert ticket.sla is None


def test_a_follow_up_never_assigns_it_anew() -> None:
    """R21: also not by the groups of another sender."""
    first = decided(a_mail(groups=(RETAIL,)))
    second = decided(a_mail(2), first.state)
    assert first.ticket is not None
    assert second.ticket is not None
    assert first.ticket.sla == second.ticket.sla


def test_the_priority_of_the_group_decides_and_not_its_level() -> None:
    """R20: the first group that has a contract, however strict the others' are."""
    policy = a_policy()
    decision = decided(a_mail(groups=(in_group("partners"), RETAIL)), policy=policy)
    assert {"group:retail": "chosen", "group:partners": "missed"} == sla_fates(decision)
