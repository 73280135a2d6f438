"""The smallest change that would have given something else, tried by the decision itself."""

from typing import Any

from schemas.directory import ContactGroup
from schemas.directory_view import ResolvedContact, ResolvedGroup
from schemas.mail import EnrichedMail
from tests.support.builders import a_directory, a_sender
from tests.support.routing_builders import (
    SIGNER,
    a_mail,
    a_policy,
    a_ticket_state,
    decided,
    in_group,
    users,
)
from workers.routing import why_not_proposals as propose
from workers.routing.access import verdict
from workers.routing.directory_entities import DirectoryEntities
from workers.routing.rights import Rights
from workers.routing.tags import published
from workers.routing.user_resolution import UserResolution
from workers.routing.why_not import Answer, World, smallest_changes
from workers.routing.why_not_proposals import Known
from workers.routing.why_not_viewer import Grant, Message, smallest_grants

STRANGER = {"contact_id": None, "company_id": None, "address_books": (), "matched_by": "none"}
KNOWN = Known(
    groups={
        "key-accounts": ContactGroup(type="customers", address_book="customers", members=("c-acme",)),
        "retail": ContactGroup(type="customers", address_book="customers", members=("c-shop",)),
    },
    contacts={
        "c-shop": ResolvedContact(
            contact_id="c-shop",
            kind="company",
            address_book="customers",
            company_id="c-shop",
            groups=(ResolvedGroup(group_id="retail", type="customers", via_contact_id="c-shop", distance=0),),
        )
    },
)


def a_world(mail: EnrichedMail | None = None, **policy: Any) -> World:
    mail, compiled = mail or a_mail(), a_policy(**policy)
    return World(mail, decided(mail, policy=compiled).receipt, compiled.policy, users(), SIGNER)


def told(answers: list[Answer]) -> list[tuple[str, ...]]:
    return [tuple(f"{change.where}: {change.what}" for change in answer) for answer in answers]


def test_a_handler_is_given_by_a_row_or_by_a_group() -> None:
    """R10: the row of the group that decides; another group only where it would win."""
    world = a_world()
    wanted = propose.groups_that(world.policy, "helpdesk", handler="eva")
    pool = [
        *propose.memberships(world, KNOWN, wanted),
        *propose.handlers(world, world.policy, "helpdesk", "eva"),
    ]

    found = smallest_changes(world, lambda ticket: ticket.handler == "eva", pool)

    assert [("policy: groups.key-accounts.processes.helpdesk: {handler: eva}",)] == told(found)


def test_a_stranger_would_have_had_to_be_known() -> None:
    """R56: the address, told without its letters."""
    world = a_world(a_mail(sender=a_sender(**STRANGER), groups=()))
    pool = list(propose.memberships(world, KNOWN, {"retail": None}))

    found = smallest_changes(world, lambda ticket: "retail" in ticket.groups, pool)

    assert [("directory: contacts.c-shop.addresses: also the sender's address",)] == told(found)


def test_a_contact_or_its_company_would_have_had_to_be_a_member() -> None:
    """R3: a group of the company is a group of its people."""
    world = a_world(a_mail(groups=()))
    pool = list(propose.memberships(world, KNOWN, {"retail": None}))
    found = smallest_changes(world, lambda ticket: ticket.groups == ("retail",), pool)
    assert [
        ("directory: contact_groups.retail.members: also p-jan",),
        ("directory: contact_groups.retail.members: also c-acme",),
    ] == told(found)


def test_an_area_may_come_from_the_default() -> None:
    """R15: without a group that names one."""
    world = a_world(a_mail(groups=()))
    pool = propose.areas(world, world.policy, "helpdesk", "sales")
    found = smallest_changes(world, lambda ticket: ticket.area == "sales", pool)
    assert [("policy: processes.helpdesk.default_area: sales",)] == told(found)


def test_a_rule_that_wins_is_what_would_have_to_change() -> None:
    """DESIGN 5: a field set by a rule beats the groups."""
    rule = {"id": "r1", "when": {"sender": "@acme.test"}, "set": {"area": "sales"}}
    world = a_world(rules=[rule])
    pool = propose.areas(world, world.policy, "helpdesk", "helpdesk")
    found = smallest_changes(world, lambda ticket: ticket.area == "helpdesk", pool)
    assert [("policy: rules.r1.set.area: helpdesk",)] == told(found)


def test_a_level_needs_terms() -> None:
    """R20: of the first customers' group that has a contract."""
    world = a_world()
    pool = propose.levels(world, world.policy, "gold")
    found = smallest_changes(
        world, lambda ticket: ticket.sla is not None and ticket.sla.level == "gold", pool
    )
    assert [("policy: groups.key-accounts.sla: {contract: premium, default_level: gold}",)] == told(found)


def test_where_one_change_is_not_enough_two_are_told() -> None:
    """A sender in no group, and a group whose row has another handler."""
    world = a_world(a_mail(groups=()))
    pool = [
        *propose.memberships(world, KNOWN, {"retail": None}),
        *propose.handlers(world, world.policy, "helpdesk", "jana"),
    ]
    found = smallest_changes(world, lambda ticket: ticket.handler == "jana", pool, most=1)
    assert 2 == len(found[0])


def test_what_nothing_gives_is_not_made_up() -> None:
    """No proposal, no answer."""
    world = a_world(a_mail(groups=(in_group("retail"),)))
    pool = propose.areas(world, world.policy, "ordering", "sales")
    assert [] == smallest_changes(world, lambda ticket: ticket.area == "sales", pool)


def a_message() -> Message:
    state = a_ticket_state()
    return Message(state.ticket, published(state.messages[0], state.ticket.ticket_id, 1))


def the_directory() -> DirectoryEntities:
    return DirectoryEntities.of(a_directory().entities())


def test_each_missing_right_is_granted() -> None:
    """R4 R5 R14: eva lacks area and user group; second-level has the area."""
    message, known = a_message(), the_directory()
    assert "nothing" == message.seen_by("eva", known)[0]

    [grants, *_] = smallest_grants(message, "eva", known)

    assert (Grant("user_groups", "second-level", "eva"),) == grants
    for grant in grants:
        known = grant.given(known)
    rights = Rights({"eva": UserResolution(known).resolve("eva")})
    assert "content" == verdict("eva", message.ticket.requires, message.tag, rights)[0]


def test_for_what_could_not_be_resolved_no_right_helps() -> None:
    """P4: fail closed."""
    message = a_message()
    requires = message.tag.requires.model_copy(update={"address_books": ("?",)})
    closed = Message(message.ticket, message.tag.model_copy(update={"requires": requires}))
    assert [] == smallest_grants(closed, "eva", the_directory())
