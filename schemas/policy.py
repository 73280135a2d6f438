"""The policy as decisions read it (`policy.versions`): service conditions by contact group, DESIGN part 5.

What people write is `schemas.policy_document.PolicyDocument`; it differs in its calendars only, which name a
country and a time zone where these say each holiday and each transition. Sets are sorted and addresses normal
as soon as a model exists, so that models with one meaning are equal (`workers.routing.policy_version`).
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, StrictInt, model_validator

from schemas.addresses import Address, Domain, Network
from schemas.durations import Duration, parse_plain_days
from schemas.event import Part
from schemas.identifiers import AsSet, Id, Ids, OneOrMany
from schemas.policy_prices import PriceList, Product
from schemas.policy_rules import Rule
from schemas.policy_sla import Sla
from schemas.vocabulary import IdentityLevel


class Closed(Part):
    """What a follow-up to a closed ticket does: reopens it so long, then opens a new, linked one."""

    reopen_within: Duration = Field(description="days are 24 hours here: a ticket may have no calendar")
    retire_after: Duration | None = Field(
        default=None,
        description="so long after its closing `stellwerk tickets retire` may remove it; null: never",
    )

    @model_validator(mode="after")
    def _reopens_before_it_goes(self) -> Self:
        kept = None if self.retire_after is None else parse_plain_days(self.retire_after)
        if kept is not None and kept <= parse_plain_days(self.reopen_within):
            raise ValueError("retire_after must be longer than reopen_within")
        return self


class Process(Part):
    """A kind of work (R12). `closed` null: a closed ticket reopens whenever a follow-up comes."""

    default_area: Id = Field(description="area of tickets whose groups name none (R15)")
    sla: StrictBool = False
    follow_up: Literal["reassign", "keep"] = "reassign"
    closed: Closed | None = None


class Mailbox(Part):
    """An address that we accept mail for: shared (has a user group, R16) or personal (has an owner, R44)."""

    process: Id
    user_group: Id | None = None
    owner: Id | None = None
    private: StrictBool | None = Field(default=None, description="null: exactly where there is an owner")
    aliases: Annotated[tuple[Address, ...], OneOrMany, AsSet] = ()
    catch_all: StrictBool = Field(default=False, description="takes the other addresses of our domains")
    automatic: Literal["route", "suppress"] = Field(
        default="route", description="generated, bulk and list mail; proven responses are always suppressed"
    )

    @property
    def is_private(self) -> bool:
        return self.owner is not None if self.private is None else self.private

    @model_validator(mode="after")
    def _shared_or_personal(self) -> Self:
        if (self.user_group is None) == (self.owner is None):
            raise ValueError("give either user_group (shared) or owner (personal)")
        if self.private and self.owner is None:
            raise ValueError("only a personal mailbox can be private: it needs an owner who may read it")
        return self


class UnknownSenders(Part):
    """Who may see mail of strangers."""

    address_book: Id


class Row(Part):
    """What a group gives for one process (R10). Handler and user group are one pair."""

    handler: Id | None = None
    user_group: Id | None = None
    area: Id | None = None


class GroupSla(Part):
    contract: Id
    default_level: Id = Field(description="holds until severity is evaluated (R22)")


class GroupConditions(Part):
    """Service conditions of a contact group. The higher priority wins."""

    priority: StrictInt = 0
    sla: GroupSla | None = None
    price_lists: Ids = ()
    processes: Mapping[Id, Row] = {}
    identity_level: Annotated[tuple[IdentityLevel, ...], OneOrMany, AsSet] = Field(
        default=(), description="a mail of any other level is routed as if its sender were not in the group"
    )


class PolicyBase(Part):
    """All of a policy but its service levels."""

    processes: Mapping[Id, Process] = Field(min_length=1)
    mailboxes: Mapping[Address, Mailbox] = Field(min_length=1)
    unknown_senders: UnknownSenders
    groups: Mapping[Id, GroupConditions] = {}
    price_lists: Mapping[Id, PriceList] = {}
    products: Mapping[Id, Product] = {}
    rules: tuple[Rule, ...] = ()
    free_mail_domains: Annotated[tuple[Domain, ...], AsSet] = ()
    trusted_relays: Annotated[tuple[Network, ...], AsSet] = ()


class Policy(PolicyBase):
    """Compiled: complete in itself, so that a decision needs no library's data (P3)."""

    sla: Sla = Sla()

    @cached_property
    def mailbox_addresses(self) -> Mapping[str, str]:
        """Each accepted address (mailbox or alias, normalised) to its mailbox."""
        aliases = {alias: address for address, box in self.mailboxes.items() for alias in box.aliases}
        return aliases | {address: address for address in self.mailboxes}
