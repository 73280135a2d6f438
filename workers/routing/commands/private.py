"""Messages become private to one user, or are so no longer (R42). Only the recipient lifts it."""

from __future__ import annotations

from schemas.ticket import MessageTag
from workers.routing.commands.effect import Effect, Given, Refusal
from workers.routing.commands.messages import named_message
from workers.routing.receipts import chosen
from workers.routing.tags import tag_again

_LIFTING = (None, False, "", "false", "none")
_OWNER = (True, "true")


def lifts(value: object) -> bool:
    """Whether the value of a `private` command takes privacy away."""
    return value is None or value is False or (isinstance(value, str) and value.lower() in _LIFTING)


def change_privacy(given: Given) -> Effect | Refusal:
    """`value`: the recipient's user id, or true for the mailbox's owner; false or null lifts it.

    Of one message, or of all that the ticket remembers and of those to come. A message that is private to
    somebody else is left as it is, and refused where it is named.
    """
    named = given.command.delivery_id
    tag = named_message(given, named) if named is not None else None
    if isinstance(tag, Refusal):
        return tag
    tags = given.state.messages if tag is None else (tag,)
    if lifts(given.command.value):
        return _lift(given, tags, whole=tag is None)
    return _make_private(given, tags, whole=tag is None)


def _lift(given: Given, tags: tuple[MessageTag, ...], *, whole: bool) -> Effect | Refusal:
    actor = given.command.actor
    mine = tuple(tag for tag in tags if tag.private_to == actor)
    if not mine:
        return Refusal("only the recipient lifts private")
    ends = whole and given.state.private_to == actor
    return Effect(
        state={"private_to": None} if ends else {},
        retagged=tuple(tag_again(tag, private_to=None) for tag in mine),
        looked=(chosen(given.source, "lifted by the recipient"),),
    )


def _make_private(given: Given, tags: tuple[MessageTag, ...], *, whole: bool) -> Effect | Refusal:
    recipient = _recipient(given)
    if recipient is None or not given.rights.is_user(recipient):
        return Refusal("value must be a user of the directory, or false")
    free = tuple(tag for tag in tags if tag.private_to in (None, given.command.actor))
    if not free:
        return Refusal("only the recipient changes who a private message is for")
    lasts = whole and given.state.private_to in (None, given.command.actor)
    return Effect(
        state={"private_to": recipient} if lasts else {},
        retagged=tuple(tag_again(tag, private_to=recipient) for tag in free if tag.private_to != recipient),
        looked=(chosen(given.source, f"private to user:{recipient}"),),
    )


def _recipient(given: Given) -> str | None:
    value = given.command.value
    if value is True or (isinstance(value, str) and value.lower() in _OWNER):
        mailbox = given.policy.mailbox(given.ticket.mailbox)
        return mailbox.owner if mailbox else None
    return value if isinstance(value, str) else None
