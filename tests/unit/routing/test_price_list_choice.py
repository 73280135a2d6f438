"""Which price lists a ticket carries (R30, R31)."""

import pytest

from schemas.directory_view import ResolvedContact, ResolvedGroup
from schemas.mail import GroupVia
from tests.support.routing_builders import ORDERS, a_mail, a_policy, decided, in_group
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.pricing import lists_of

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


def of_three_lists() -> CompiledPolicy:
    """Two lists of one priority, and a higher one; named by the groups in another order."""
    groups = {
        "key-accounts": {"price_lists": ["basic", "winter"], "processes": {"ordering": {"handler": "eva"}}},
        "retail": {"priority": 10, "price_lists": ["autumn", "basic"]},
    }
    priorities = {"basic": 5, "winter": 50, "autumn": 50}
    lists = {id: {"priority": priority, "currency": "EUR"} for id, priority in priorities.items()}
    return a_policy(groups=groups, price_lists=lists)


@pytest.mark.parametrize(
    ("groups", "lists"),
    [
        ((KEY, RETAIL), ("autumn", "winter", "basic")),
        ((RETAIL, KEY), ("autumn", "winter", "basic")),
        ((KEY,), ("winter", "basic")),
        ((RETAIL,), ("autumn", "basic")),
        ((), ()),
    ],
)
def test_an_order_mail_s_ticket_carries_the_customer_s_lists_in_order(
    groups: tuple[GroupVia, ...], lists: tuple[str, ...]
) -> None:
    """R12 R30 R31: of the process `ordering`, whichever group comes first; each list once, ties by id."""
    mail = a_mail(mailbox=ORDERS, groups=groups)
    ticket = decided(mail, policy=of_three_lists()).ticket
    assert ticket is not None
    assert ("ordering", lists) == (ticket.process, ticket.price_lists)
    assert ("price_lists" in ticket.sources) is bool(lists)


def test_an_order_mail_is_priced_as_its_ticket_says() -> None:
    """R32 R34: the same lists in the same order that an order of this customer is priced by."""
    policy = of_three_lists()
    ticket = decided(a_mail(mailbox=ORDERS, groups=(KEY, RETAIL)), policy=policy).ticket
    mine = [
        ResolvedGroup(group_id=each.group_id, type="customers", via_contact_id="c-acme", distance=0)
        for each in (KEY, RETAIL)
    ]
    customer = ResolvedContact(
        contact_id="c-acme", kind="company", address_book="customers", company_id="c-acme", groups=tuple(mine)
    )
    assert ticket is not None
    assert lists_of(customer, policy.policy) == ticket.price_lists
