"""Who may do what on the cluster: each role with the topics that it reads and writes. Pure values.

The one place that says so. Kafka's ACLs, Strimzi's users and the tests that run each service as its own user are
made of it, and each service checks at its start the topics that it has here. A new topic or a new use of one
belongs in this table.
"""

from dataclasses import dataclass
from enum import StrEnum

from schemas import topics
from schemas.event import Event
from schemas.topics import TOPICS, Topic


class RoleName(StrEnum):
    """Ours, and then those of systems outside."""

    SMTP = "smtp"
    WORK = "work"
    ROUTE = "route"
    PROJECT = "project"
    PRICE = "price"
    CLOCK = "clock"
    OPERATOR = "operator"
    ADMIN = "admin"
    DOWNSTREAM = "downstream"
    COMMANDS = "commands"
    SHOP = "shop"


Topics = tuple[Topic[Event], ...]

_POLICY: Topics = (topics.POLICY_ACTIVATIONS, topics.POLICY_VERSIONS)


@dataclass(frozen=True, slots=True)
class Role:
    """One user of the cluster, or many with the same rights.

    `describes`: topics of which only the ends are asked for. `joins`: consumer groups, and `asks`: groups whose
    committed offsets are looked at, all without prefix. A name that ends in `*` stands for all that begin so.
    `transacts`: transactional ids, written alike. `checks`: looks at its topics' settings when it starts.
    `provisions`: makes and mends all topics of the installation.
    """

    name: RoleName
    what: str
    reads: Topics = ()
    writes: Topics = ()
    describes: Topics = ()
    joins: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    transacts: tuple[str, ...] = ()
    checks: bool = False
    provisions: bool = False

    @property
    def topics(self) -> Topics:
        """All that it has any right on, in the order of the topic table."""
        used = {topic.name for topic in (*self.reads, *self.writes, *self.describes)}
        return tuple(topic for topic in TOPICS if topic.name in used)


def _of_audience(*audiences: str) -> Topics:
    return tuple(topic for topic in TOPICS if topic.audience in audiences)


SMTP = Role(RoleName.SMTP, "accepts mail", reads=_POLICY, writes=(topics.MAIL_INBOUND,), checks=True)
ROUTE = Role(
    RoleName.ROUTE,
    "decides mail and commands",
    reads=(
        topics.MAIL_INBOUND,
        topics.MAIL_FORWARDED,
        topics.TICKETS_COMMANDS,
        topics.TICKETS_STATE,
        topics.ROUTING_DECISIONS,  # whether a missing offset may be believed
        *_POLICY,
    ),
    writes=(
        topics.MAIL_ENRICHED,
        topics.MAIL_FORWARDED,
        topics.TICKETS_STATE,
        topics.TICKETS_COMMANDS,  # a command of another lane's ticket goes on to it
        topics.TICKETS_COMMAND_RESULTS,
        topics.TICKETS_ROUTED,
        topics.MESSAGES_PRIVACY_TAGGED,
        topics.TICKETS_SLA,
        topics.ROUTING_DECISIONS,
        topics.MAIL_DEAD_LETTER,
    ),
    describes=(topics.DIRECTORY_ENTITIES,),
    joins=("stellwerk-route",),
    checks=True,
    transacts=("stellwerk-route-*",),
)
PROJECT = Role(
    RoleName.PROJECT,
    "projects the directory, opens the door to content, checks conservation, shows the operators' pages",
    reads=(
        topics.DIRECTORY_ENTITIES,
        topics.MESSAGES_PRIVACY_TAGGED,
        topics.TICKETS_ROUTED,
        topics.ROUTING_DECISIONS,
        topics.MAIL_INBOUND,
        topics.MAIL_FORWARDED,
        topics.TICKETS_STATE,  # this and what follows: for the pages
        topics.MAIL_ENRICHED,
        topics.MAIL_DEAD_LETTER,
        *_POLICY,
    ),
    describes=(topics.TICKETS_COMMANDS, topics.ORDERS_PLACED),
    joins=("stellwerk-project",),
    checks=True,
    asks=("stellwerk-route", "stellwerk-price"),
)
PRICE = Role(
    RoleName.PRICE,
    "prices orders",
    reads=(
        topics.ORDERS_PLACED,
        topics.ORDERS_PRICED,
        topics.ORDERS_POSITIONS,
        topics.MAIL_DEAD_LETTER,
        *_POLICY,
    ),
    writes=(topics.ORDERS_PRICED, topics.ORDERS_POSITIONS, topics.MAIL_DEAD_LETTER),
    describes=(topics.DIRECTORY_ENTITIES,),
    joins=("stellwerk-price",),
    checks=True,
    transacts=("stellwerk-price-*",),
)
CLOCK = Role(
    RoleName.CLOCK,
    "ticks for the SLAs",
    reads=(topics.TICKETS_STATE, *_POLICY),
    writes=(topics.TICKETS_COMMANDS,),
    joins=("stellwerk-clock",),
    checks=True,
)


def _together(name: RoleName, what: str, roles: tuple[Role, ...]) -> Role:
    """One process that is all of them."""

    def each(of: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one for role in roles for one in getattr(role, of)))

    def all_topics(of: str) -> Topics:
        names = {topic.name for role in roles for topic in getattr(role, of)}
        return tuple(topic for topic in TOPICS if topic.name in names)

    return Role(
        name,
        what,
        all_topics("reads"),
        all_topics("writes"),
        all_topics("describes"),
        joins=each("joins"),
        asks=each("asks"),
        transacts=each("transacts"),
        checks=True,
    )


WORK = _together(
    RoleName.WORK, "route, project, price and clock in one process", (ROUTE, PROJECT, PRICE, CLOCK)
)
OPERATOR = Role(
    RoleName.OPERATOR,
    "looks at everything, commands tickets, redrives, repairs",
    reads=TOPICS,
    writes=(topics.TICKETS_COMMANDS, topics.MAIL_FORWARDED),
    asks=("stellwerk-*",),
)
ADMIN = Role(
    RoleName.ADMIN,
    "provisions topics, publishes policy and directory, sets lanes on",
    reads=TOPICS,
    writes=(topics.DIRECTORY_ENTITIES, *_POLICY, topics.TICKETS_STATE, topics.ORDERS_POSITIONS),
    joins=("stellwerk-route", "stellwerk-price"),
    transacts=("directory-load", "stellwerk-route-*", "stellwerk-price-*"),
    provisions=True,
)
DOWNSTREAM = Role(
    RoleName.DOWNSTREAM,
    "a system that reads what is published; no content",
    reads=_of_audience("downstream"),
    joins=("downstream*",),
)
COMMANDS = Role(
    RoleName.COMMANDS,
    "a downstream system that may also command tickets, in anybody's name",
    reads=_of_audience("downstream"),
    writes=(topics.TICKETS_COMMANDS,),
    joins=("commands*",),
)
SHOP = Role(
    RoleName.SHOP,
    "a shop: places orders, reads their prices",
    reads=(topics.ORDERS_PRICED,),
    writes=(topics.ORDERS_PLACED,),
    joins=("shop*",),
)

ROLES: tuple[Role, ...] = (
    SMTP,
    WORK,
    ROUTE,
    PROJECT,
    PRICE,
    CLOCK,
    OPERATOR,
    ADMIN,
    DOWNSTREAM,
    COMMANDS,
    SHOP,
)
OUTSIDE: tuple[Role, ...] = (DOWNSTREAM, COMMANDS, SHOP)
"""Not ours: they must never read what carries content or inner state."""


def role(name: RoleName) -> Role:
    return next(each for each in ROLES if each.name is name)
