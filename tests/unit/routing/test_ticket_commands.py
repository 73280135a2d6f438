"""Assignment, area and privacy by command."""

from schemas.ticket import MessageTag, TicketState
from tests.support.routing_builders import (
    PERSONAL,
    a_command,
    a_mail,
    a_ticket_state,
    a_user,
    applied,
    commanded,
    decided,
    in_group,
    users,
)

FIRST = f"{1:032x}"
SECOND = f"{2:032x}"


def two_messages() -> TicketState:
    state = decided(a_mail(2), a_ticket_state()).state
    assert state is not None
    return state


def tags(state: TicketState) -> dict[str, MessageTag]:
    return {tag.delivery_id: tag for tag in state.messages}


def test_an_assigned_handler_survives_the_next_follow_up() -> None:
    """R11 R18: and keeps the user group that the ticket requires."""
    ticket, state, _ = applied(a_command("assign", "jana"), a_ticket_state())
    assert ("jana", "second-level", "command:cmd-1") == (
        ticket.handler,
        ticket.user_group,
        ticket.sources["handler"],
    )
    after = decided(a_mail(2, groups=(in_group("retail"),)), state).ticket
    assert after is not None
    assert "jana" == after.handler


def test_assigning_a_user_group_changes_who_the_ticket_requires() -> None:
    """R14: the user group restricts access."""
    ticket, _, _ = applied(a_command("assign", {"handler": "eva", "user_group": "support"}), a_ticket_state())
    assert ("eva", "support", ("support",)) == (
        ticket.handler,
        ticket.user_group,
        ticket.requires.user_groups,
    )
    assert ("command:cmd-1", "command:cmd-1") == (ticket.sources["handler"], ticket.sources["user_group"])


def test_nobody_may_be_assigned() -> None:
    """R11: the field has no source then."""
    ticket, _, _ = applied(a_command("assign", {"handler": None}), a_ticket_state())
    assert ticket.handler is None
    assert "handler" not in ticket.sources


def test_an_assigned_handler_without_rights_is_flagged() -> None:
    """R18: being handler grants nothing."""
    directory = users(a_user("eva", address_books={}))
    ticket, _, _ = applied(a_command("assign", "eva"), a_ticket_state(), directory=directory)
    assert ("handler_lacks_access:address_books:customers",) == ticket.flags


def test_a_moved_ticket_requires_its_new_area() -> None:
    """R15 R41: the area, its source and the requirement."""
    ticket, state, _ = applied(a_command("area", "sales"), a_ticket_state())
    assert ("sales", ("sales",), "command:cmd-1") == (
        ticket.area,
        ticket.requires.areas,
        ticket.sources["area"],
    )
    after = decided(a_mail(2), state).ticket
    assert after is not None
    assert "sales" == after.area


def test_an_area_that_only_the_actor_knows_is_an_area() -> None:
    """R41: the policy does not name all areas."""
    petr = a_user("petr", areas={"key-helpdesk": ("actor",), "project-x": ("reader",)})
    ticket, _, _ = applied(a_command("area", "project-x"), a_ticket_state(), directory=users(petr))
    assert "project-x" == ticket.area


def test_a_message_s_own_area_stays_when_its_ticket_moves() -> None:
    """R41 R43: an explicit message area never widens by a move of the ticket."""
    ticket, state, decision = applied(a_command("area", "sales", delivery_id=FIRST), two_messages())
    assert ((), "key-helpdesk") == (ticket.changed, ticket.area)
    assert [(FIRST, 2, ("sales",))] == [
        (t.delivery_id, t.tag_revision, t.requires.areas) for t in decision.tags
    ]
    _, moved, _ = applied(a_command("area", "helpdesk", command_id="cmd-2"), state)
    assert (("sales",), ()) == (tags(moved)[FIRST].requires.areas, tags(moved)[SECOND].requires.areas)


def test_a_second_area_of_a_message_is_required_beside_the_first() -> None:
    """R43: restrictions stack."""
    _, state, _ = applied(a_command("area", "sales", delivery_id=FIRST), two_messages())
    _, state, _ = applied(a_command("area", "helpdesk", delivery_id=FIRST, command_id="cmd-2"), state)
    assert ("helpdesk", "sales") == tags(state)[FIRST].requires.areas


def test_a_message_becomes_private_to_a_user() -> None:
    """R42: the other messages stay as they are."""
    _, state, decision = applied(a_command("private", "jana", delivery_id=FIRST), two_messages())
    assert ("jana", None) == (tags(state)[FIRST].private_to, tags(state)[SECOND].private_to)
    assert [(FIRST, 2, "jana")] == [(t.delivery_id, t.tag_revision, t.private_to) for t in decision.tags]


def test_a_whole_ticket_becomes_private_with_its_messages_to_come() -> None:
    """R42: until its recipient lifts it."""
    _, state, _ = applied(a_command("private", "jana"), two_messages())
    assert {"jana"} == {tag.private_to for tag in state.messages}
    third = decided(a_mail(3), state)
    assert third.state is not None
    assert "jana" == third.tags[0].private_to
    _, lifted, _ = applied(a_command("private", False, actor="jana", command_id="cmd-2"), third.state)
    assert {None} == {tag.private_to for tag in lifted.messages}
    assert decided(a_mail(4), lifted).tags[0].private_to is None


def test_only_the_recipient_lifts_private() -> None:
    """R42: not the handler, and not whoever else may act in the area."""
    _, state, _ = applied(a_command("private", "jana"), a_ticket_state())
    for command in (
        a_command("private", False, command_id="c2"),
        a_command("private", "petr", command_id="c3"),
    ):
        refused = commanded(command, state)
        assert not refused.result.accepted
        assert "only the recipient" in refused.result.reason


def test_the_recipient_lifts_also_where_they_only_read() -> None:
    """R41 R42: for nothing else does reading suffice."""
    jana = a_user("jana", areas={"key-helpdesk": ("reader",)})
    _, state, _ = applied(a_command("private", "jana"), a_ticket_state())
    lift = a_command("private", None, actor="jana", command_id="c2")
    assert commanded(lift, state, directory=users(jana)).result.accepted
    close = a_command("status", "closed", actor="jana", command_id="c3")
    assert not commanded(close, state, directory=users(jana)).result.accepted


def test_what_a_personal_mailbox_makes_private_its_owner_lifts_message_by_message() -> None:
    """R42 R44: the next mail to the mailbox is private again."""
    state = a_ticket_state(a_mail(mailbox=PERSONAL))
    assert not commanded(a_command("private", False, delivery_id=FIRST), state).result.accepted
    _, lifted, _ = applied(a_command("private", False, actor="jana", delivery_id=FIRST), state)
    assert lifted.messages[0].private_to is None
    assert "jana" == decided(a_mail(2, mailbox=PERSONAL), lifted).tags[0].private_to


def test_what_comes_to_a_personal_mailbox_is_private_also_after_its_thread_was_opened() -> None:
    """R44: lifting is about the messages that there are."""
    state = a_ticket_state(a_mail(mailbox=PERSONAL))
    _, lifted, _ = applied(a_command("private", False, actor="jana"), state)
    assert lifted.messages[0].private_to is None
    assert "jana" == decided(a_mail(2, mailbox=PERSONAL), lifted).tags[0].private_to


def test_a_message_that_the_actor_may_not_know_of_is_as_good_as_none() -> None:
    """R5: the same answer as for one that does not exist."""
    sender = a_mail().sender.model_copy(update={"address_books": ("board",)})
    state = decided(a_mail(2, sender=sender), a_ticket_state()).state
    directory = users(a_user("petr", address_books={"customers": ("reader",)}))
    hidden = commanded(a_command("area", "sales", delivery_id=SECOND), state, directory=directory)
    missing = commanded(a_command("area", "sales", delivery_id="0" * 32), state, directory=directory)
    assert hidden.result.reason == missing.result.reason
    assert not hidden.result.accepted
