"""Messages of a re-routed ticket require what they would if they came today, beside what they require (P4)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from schemas.access import Requires
from schemas.decision import Looked
from schemas.ticket import MessageTag
from workers.routing.commands.effect import Effect, Given
from workers.routing.receipts import chosen, missed
from workers.routing.tags import tag_again


def narrowed(
    given: Given,
    messages: Mapping[str, Requires],
    private: Collection[str],
    private_to: str | None,
    *,
    later: bool,
) -> Effect:
    """New tags for the messages that change by it, and for no other: nothing is ever taken from a tag.

    A message that is private already stays its recipient's. Messages that the ticket no longer remembers keep
    their last tag.
    """
    retagged: list[MessageTag] = []
    looked: list[Looked] = []
    for tag in given.state.messages:
        recipient = private_to if tag.private_to is None and tag.delivery_id in private else tag.private_to
        again = tag_again(tag, requires=messages.get(tag.delivery_id), private_to=recipient)
        if (again.requires, again.private_to) != (tag.requires, tag.private_to):
            retagged.append(again)
            looked.append(chosen(f"delivery:{tag.delivery_id}", _told(tag, again)))
    known = {tag.delivery_id for tag in given.state.messages}
    looked += [
        missed(f"delivery:{id_}", "no longer remembered") for id_ in sorted({*messages, *private} - known)
    ]
    keeps = not later or private_to is None or given.state.private_to is not None
    return Effect(
        state={} if keeps else {"private_to": private_to}, retagged=tuple(retagged), looked=tuple(looked)
    )


def _told(before: MessageTag, after: MessageTag) -> str:
    more = [f"requires also {name}" for name in after.requires.without(before.requires).names]
    private = [] if after.private_to == before.private_to else [f"private to user:{after.private_to}"]
    return ", ".join([*more, *private, f"tag revision {after.tag_revision}"])
