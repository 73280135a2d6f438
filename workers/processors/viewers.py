"""Who sees what of a message now, for every user of the directory."""

from collections.abc import Mapping

from schemas.directory_view import ResolvedUser
from schemas.privacy import PrivacyTaggedMessage
from schemas.ticket import RoutedTicket
from schemas.vocabulary import Access
from workers.processors.publish_directory import published_values
from workers.processors.receipt_queries import delivery_receipts, find_tag
from workers.processors.ticket_queries import find_ticket
from workers.processors.topic_reader import TopicReader
from workers.routing.directory_index import derive
from workers.routing.message_access import NO_MESSAGE, GuardedMessage, access_to

Users = Mapping[str, ResolvedUser]
_USER = "user/"


async def read_users(reader: TopicReader) -> dict[str, ResolvedUser]:
    """Every user with all rights, direct and through groups, as published now."""
    return users_in(derive(await published_values(reader)))


def users_in(index: Mapping[str, bytes]) -> dict[str, ResolvedUser]:
    """The users among the fields of the directory view."""
    return {
        field.removeprefix(_USER): ResolvedUser.read(value)
        for field, value in index.items()
        if field.startswith(_USER)
    }


def viewers(ticket: RoutedTicket, tag: PrivacyTaggedMessage, users: Users) -> dict[str, Access]:
    """The users who may know of the message, with what they see of it."""
    message = GuardedMessage(ticket.requires, tag)
    verdicts = {user: access_to(message, user, users)[0] for user in sorted(users)}
    return {user: access for user, access in verdicts.items() if access != "nothing"}


async def access_of(reader: TopicReader, delivery_id: str, viewer: str) -> tuple[Access, str]:
    """What the viewer may know of the delivery now, and the requirement that decided it."""
    ticket_id = None
    async for receipt in delivery_receipts(reader, {delivery_id}):
        ticket_id = receipt.ticket_id
    if ticket_id is None:
        return NO_MESSAGE
    ticket, tag = await find_ticket(reader, ticket_id), await find_tag(reader, ticket_id, delivery_id)
    if ticket is None or tag is None:
        return NO_MESSAGE
    return access_to(GuardedMessage(ticket.requires, tag), viewer, await read_users(reader))
