"""The guarded door over fakes, which note what was asked of them: two questions that ask the same take as long."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from schemas.access import Requires
from schemas.directory_view import ResolvedUser, user_field
from schemas.mail import InboundMail, Source
from schemas.privacy import PrivacyTaggedMessage
from schemas.topics import MESSAGES_PRIVACY_TAGGED
from tests.support.builders import an_inbound_mail
from tests.support.fakes import FakeViewStore
from tests.support.shipped_examples import an_example
from workers.errors import DependencyUnavailable
from workers.ports import DirectoryPlace
from workers.processors.deliveries_door import DeliveriesDoor
from workers.processors.directory_lookup import DirectoryLookup
from workers.routing.message_access import GuardedMessage

DELIVERY, ABSENT = "a" * 32, "f" * 32
VIEW = "view:cluster:directory.entities:0"
NOW = datetime(2026, 11, 24, tzinfo=UTC)
KEPT_UNTIL = datetime(2027, 2, 1, tzinfo=UTC)
REQUIRES = Requires(address_books=("customers",), areas=("helpdesk",))


def a_guarded_message(
    requires: Requires = REQUIRES, own: Requires | None = None, private_to: str | None = None
) -> GuardedMessage:
    tag: PrivacyTaggedMessage = an_example(
        MESSAGES_PRIVACY_TAGGED,
        delivery_id=DELIVERY,
        private_to=private_to,
        requires=(own or Requires()).model_dump(),
        content_until=KEPT_UNTIL.isoformat(),
    )
    return GuardedMessage(requires, tag)


def a_reader(user_id: str, requires: Requires = REQUIRES) -> ResolvedUser:
    """Somebody who meets the requirements."""
    return ResolvedUser(
        user_id=user_id,
        address_books=dict.fromkeys(requires.address_books, ("reader",)),
        areas=dict.fromkeys(requires.areas, ("actor",)),
        user_groups=requires.user_groups,
    )


class DoorWorld:
    """`end`: how far the directory is published; the view has come to `seen`. `asked`: every look, in order."""

    def __init__(self, message: GuardedMessage, *users: ResolvedUser, end: int = 7) -> None:
        self.message = message
        self.users = users
        self.end = end
        self.store = FakeViewStore()
        self.mail: InboundMail | None = an_inbound_mail(delivery_id=DELIVERY)
        self.asked: list[str] = []
        self.now = NOW
        self.index_down = False
        self.door = DeliveriesDoor(
            self, lambda: DirectoryLookup(self.store, self), self, lambda: self.now, directory_seconds=0.2
        )

    async def publish(self, seen: int | None = None) -> "DoorWorld":
        """The view as the projector writes it."""
        fields = [(user_field(user.user_id), user.write()) for user in self.users]
        await self.store.rebuild(VIEW, f"token:{self.end if seen is None else seen}", fields)
        return self

    async def find(self, delivery_ids: Sequence[str]) -> dict[str, GuardedMessage]:
        self.asked.append("index")
        if self.index_down:
            raise DependencyUnavailable("Kafka is away")
        known: Mapping[str, GuardedMessage] = {DELIVERY: self.message}
        return {id: known[id] for id in delivery_ids if id in known}

    async def source(self, delivery_id: str) -> Source | None:
        self.asked.append("source")
        return Source(topic="mail.inbound", partition=1, offset=5)

    async def read(self, source: Source) -> InboundMail | None:
        self.asked.append("mail")
        return self.mail

    async def place(self) -> DirectoryPlace:
        self.asked.append("directory")
        return DirectoryPlace(VIEW, self.end)
