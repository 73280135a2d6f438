"""Messages as their ticket remembers them, and as downstream systems are told of them (R40-R43)."""

from collections.abc import Sequence
from datetime import timedelta

from schemas.access import Requires
from schemas.mail import EnrichedMail
from schemas.privacy import PrivacyTaggedMessage
from schemas.ticket import MessageTag
from schemas.unchecked import unchecked

_tag, _published = unchecked(MessageTag), unchecked(PrivacyTaggedMessage)

MESSAGES_REMEMBERED = 200
"""Bounds the state's size. Older messages keep their last published tag; they can no longer be tagged again."""

CONTENT_KEPT = timedelta(days=90)
"""As long as `mail.inbound` keeps the raw mail."""


def tag_of(
    mail: EnrichedMail,
    requires: Requires,
    private_to: str | None,
    *,
    suppressed: bool = False,
    before: MessageTag | None = None,
) -> MessageTag:
    """The delivery's tag; `before` is the one that a released response had."""
    return _tag(
        delivery_id=mail.delivery_id,
        received_at=mail.received_at,
        tag_revision=before.tag_revision + 1 if before else 1,
        requires=requires.plus(before.requires) if before else requires,
        private_to=private_to,
        contact_id=mail.sender.contact_id,
        classification=mail.classification,
        content_until=mail.received_at + CONTENT_KEPT,
        suppressed=suppressed,
    )


def tag_again(tag: MessageTag, *, requires: Requires | None = None, private_to: str | None) -> MessageTag:
    """The tag with its next revision. Requirements are added to those it has: they never shrink (P4)."""
    changes = {
        "tag_revision": tag.tag_revision + 1,
        "requires": tag.requires.plus(requires) if requires else tag.requires,
        "private_to": private_to,
    }
    return tag.model_copy(update=changes)


def remember(messages: Sequence[MessageTag], tag: MessageTag) -> tuple[MessageTag, ...]:
    """The messages with this one: in its old place if it has one, else last; the oldest is forgotten."""
    if any(known.delivery_id == tag.delivery_id for known in messages):
        return tuple(tag if known.delivery_id == tag.delivery_id else known for known in messages)
    return (*messages, tag)[-MESSAGES_REMEMBERED:]


def published(tag: MessageTag, ticket_id: str, ticket_revision: int) -> PrivacyTaggedMessage:
    """What downstream systems read: no word of the mail, no address."""
    return _published(
        delivery_id=tag.delivery_id,
        ticket_id=ticket_id,
        ticket_revision=ticket_revision,
        tag_revision=tag.tag_revision,
        received_at=tag.received_at,
        contact_id=tag.contact_id,
        classification=tag.classification,
        requires=tag.requires,
        private_to=tag.private_to,
        content_until=tag.content_until,
    )
