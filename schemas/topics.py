"""Every topic with its model, key and keeping, as one value. DESIGN part 4.

Names here are without the installation's prefix: `Topic.full_name(prefix)` is the name on the broker.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, Literal, TypeVar

from schemas.command import CommandResult, SlaEvent, TicketCommand
from schemas.dead_letter import DeadLetter
from schemas.decision import RoutingDecision
from schemas.directory import DirectoryEntity
from schemas.event import Event
from schemas.lane_positions import LanePositions
from schemas.mail import EnrichedMail, InboundMail
from schemas.orders import PlacedOrder, PricedOrder
from schemas.policy_events import PolicyActivation, PolicyVersion
from schemas.privacy import PrivacyTaggedMessage
from schemas.ticket import RoutedTicket, TicketState

M_co = TypeVar("M_co", bound=Event, covariant=True)

_DAYS_400 = timedelta(days=400)
_FOR_EVER: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Topic(Generic[M_co]):
    """`keep` None: for ever. `shared_partitions`: has the installation's one partition count, else one.

    `audience`: `ours` topics may carry content or inner state; downstream principals must not read them.
    `deprecated`: there is a newer version beside it, for its readers to go to.
    """

    name: str
    model: type[M_co]
    key: str
    keep: timedelta | None
    audience: Literal["ours", "downstream", "operators", "shops"]
    cleanup: Literal["delete", "compact"] = "delete"
    compaction_lag: timedelta | None = None
    shared_partitions: bool = True
    big_records: bool = False
    deprecated: bool = False

    def full_name(self, prefix: str) -> str:
        return prefix + self.name

    @property
    def event_type(self) -> str:
        return f"stellwerk.{self.name}.v1"


MAIL_INBOUND = Topic("mail.inbound", InboundMail, "ticket_id", timedelta(days=90), "ours", big_records=True)
MAIL_ENRICHED = Topic("mail.enriched", EnrichedMail, "ticket_id", _DAYS_400, "ours", big_records=True)
MAIL_FORWARDED = Topic(
    "mail.forwarded", EnrichedMail, "ticket_id", timedelta(days=30), "ours", big_records=True
)
TICKETS_STATE = Topic(
    "tickets.state", TicketState, "ticket_id", _FOR_EVER, "ours", "compact", big_records=True
)
TICKETS_COMMANDS = Topic("tickets.commands", TicketCommand, "ticket_id", _DAYS_400, "ours")
TICKETS_COMMAND_RESULTS = Topic(
    "tickets.command-results", CommandResult, "ticket_id", timedelta(days=30), "downstream"
)
TICKETS_ROUTED = Topic(
    "tickets.routed",
    RoutedTicket,
    "ticket_id",
    _FOR_EVER,
    "downstream",
    "compact",
    compaction_lag=timedelta(days=7),
)
MESSAGES_PRIVACY_TAGGED = Topic(
    "messages.privacy-tagged", PrivacyTaggedMessage, "ticket_id", _DAYS_400, "downstream"
)
TICKETS_SLA = Topic("tickets.sla", SlaEvent, "ticket_id", _DAYS_400, "downstream")
ROUTING_DECISIONS = Topic(
    "routing.decisions", RoutingDecision, "ticket_id", _DAYS_400, "operators", big_records=True
)
MAIL_DEAD_LETTER = Topic(
    "mail.dead-letter", DeadLetter, "as it was", _DAYS_400, "operators", big_records=True
)
DIRECTORY_ENTITIES = Topic(
    "directory.entities", DirectoryEntity, "kind/id", _FOR_EVER, "ours", "compact", shared_partitions=False
)
POLICY_VERSIONS = Topic(
    "policy.versions",
    PolicyVersion,
    "version",
    _FOR_EVER,
    "ours",
    "compact",
    shared_partitions=False,
    big_records=True,
)
POLICY_ACTIVATIONS = Topic(
    "policy.activations", PolicyActivation, "none", _FOR_EVER, "ours", shared_partitions=False
)
ORDERS_PLACED = Topic("orders.placed", PlacedOrder, "order_id", _DAYS_400, "shops")
ORDERS_PRICED = Topic("orders.priced", PricedOrder, "order_id", _DAYS_400, "shops", big_records=True)
ORDERS_POSITIONS = Topic("orders.positions", LanePositions, "constant", _FOR_EVER, "ours", "compact")

TOPICS: tuple[Topic[Event], ...] = (
    MAIL_INBOUND,
    MAIL_ENRICHED,
    MAIL_FORWARDED,
    TICKETS_STATE,
    TICKETS_COMMANDS,
    TICKETS_COMMAND_RESULTS,
    TICKETS_ROUTED,
    MESSAGES_PRIVACY_TAGGED,
    TICKETS_SLA,
    ROUTING_DECISIONS,
    MAIL_DEAD_LETTER,
    DIRECTORY_ENTITIES,
    POLICY_VERSIONS,
    POLICY_ACTIVATIONS,
    ORDERS_PLACED,
    ORDERS_PRICED,
    ORDERS_POSITIONS,
)
