"""A message as access to it is decided: by its ticket's latest requirements and its own latest tag (P4)."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.access import Requires
from schemas.directory_view import ResolvedUser
from schemas.privacy import PrivacyTaggedMessage
from schemas.vocabulary import Access
from workers.routing.access import verdict
from workers.routing.rights import Rights

NO_MESSAGE: tuple[Access, str] = ("nothing", "no such message in any ticket")


@dataclass(frozen=True, slots=True)
class GuardedMessage:
    """`ticket_requires`: of the ticket's latest revision. `tag`: the message's latest."""

    ticket_requires: Requires
    tag: PrivacyTaggedMessage


def access_to(
    message: GuardedMessage | None, viewer: str, users: Mapping[str, ResolvedUser]
) -> tuple[Access, str]:
    """What the viewer may know of the message, and the requirement that decided it. No message: `nothing`."""
    if message is None:
        return NO_MESSAGE
    return verdict(viewer, message.ticket_requires, message.tag, Rights(users))
