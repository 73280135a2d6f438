"""Which price lists a ticket carries (R30, R31)."""

from tests.support.routing_builders import a_mail, decided, in_group

KEY = in_group("key-accounts")
RETAIL = in_group("retail")


def test_the_lists_of_all_groups_apply_ordered_by_their_own_priority() -> None:
    """R30 R31: not by the groups' priority."""
    ticket = decided(a_mail(groups=(KEY, RETAIL))).ticket
    assert ticket is not None
    assert ("retail-prices", "key-prices") == ticket.price_lists
    assert "group:retail" == ticket.sources["price_lists"]


def test_lists_of_suppliers_do_not_apply() -> None:
    """R30 R34: only customers' groups give price lists; one that no such group names does not count."""
    decision = decided(a_mail(groups=(KEY, in_group("retail", type="suppliers"))))
    assert decision.ticket is not None
    assert ("key-prices",) == decision.ticket.price_lists
    step = next(step for step in decision.receipt.steps if step.step == "price_lists")
    assert [("price-list:key-prices", "chosen"), ("group:retail", "ignored")] == [
        (look.candidate, look.verdict) for look in step.looked_at
    ]


def test_a_follow_up_keeps_the_ticket_s_lists() -> None:
    """R31: they belong to the ticket."""
    first = decided(a_mail(groups=(RETAIL,)))
    second = decided(a_mail(2, groups=(KEY,)), first.state)
    assert second.ticket is not None
    assert ("retail-prices",) == second.ticket.price_lists
