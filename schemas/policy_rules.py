"""Rules of the policy: ordered conditions on a new ticket's first mail, and what they set. DESIGN part 5.

How a `when` holds (evaluated in `workers.routing.rules`): all keys of one mapping must hold; of a list of
values any one is enough (R52). A condition on what a mail does not have (an absent header, no attachment)
does not hold, so `not` around it does. `text_regex` looks at the first 8 KB of readable text.
"""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, StrictBool, StrictInt, model_validator

from schemas.addresses import Address, AddressPattern, Network
from schemas.event import Part
from schemas.identifiers import AsSet, Id, Ids, OneOrMany
from schemas.regex import Regex
from schemas.vocabulary import Classification, IdentityLevel

Regexes = Annotated[tuple[Regex, ...], OneOrMany, AsSet]
Patterns = Annotated[tuple[AddressPattern, ...], OneOrMany, AsSet]
HeaderName = Annotated[str, Field(pattern=r"^[!-9;-~]+$"), AfterValidator(str.lower)]

CONTENT_CONDITIONS = ("subject_regex", "header_regex", "text_regex", "attachment_regex")
"""They read a mail's words, so they do not run on private mail (P5)."""
DIRECTORY_CONDITIONS = ("identity_level", "sender_groups", "sender_known")
"""They need what is not known while the SMTP client waits, so `reject_as` can't depend on them."""

ENVELOPE_CONDITIONS = (
    "mail_from_regex",
    "helo_regex",
    "peer",
    "tls",
    "recipient",
    "recipient_regex",
    "mailbox",
)
"""They are known at RCPT already. What is inside `all`, `any` and `not` counts for itself."""


class SizeCondition(Part):
    """Of the raw mail, in octets; both bounds are exclusive."""

    over_bytes: StrictInt | None = Field(default=None, ge=0)
    under_bytes: StrictInt | None = Field(default=None, ge=1)


class When(Part):
    """One mapping of conditions; at least one."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)

    mail_from_regex: Regexes = Field(
        default=(), description="reverse-path of the envelope; empty for bounces"
    )
    helo_regex: Regexes = ()
    peer: Annotated[tuple[Network, ...], OneOrMany, AsSet] = Field(default=(), description="client's network")
    tls: StrictBool | None = None
    sender: Patterns = Field(default=(), description="who wrote: address or @domain")
    sender_regex: Regexes = ()
    recipient: Patterns = Field(default=(), description="accepted RCPT: address or @domain")
    recipient_regex: Regexes = ()
    mailbox: Annotated[tuple[Address, ...], OneOrMany, AsSet] = ()
    subject_regex: Regexes = ()
    header_regex: Mapping[HeaderName, Regexes] = Field(default={}, description="name to regexes; all names")
    text_regex: Regexes = ()
    attachment_regex: Regexes = Field(default=(), description="file name of any attachment")
    size: SizeCondition | None = None
    classification: Annotated[tuple[Classification, ...], OneOrMany, AsSet] = ()
    identity_level: Annotated[tuple[IdentityLevel, ...], OneOrMany, AsSet] = ()
    sender_known: StrictBool | None = None
    sender_groups: Ids = Field(default=(), description="contact groups: is in any of them, own or inherited")
    all: tuple["When", ...] = ()
    any: tuple["When", ...] = ()
    not_: "When | None" = Field(default=None, alias="not")

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if not self.conditions():
            raise ValueError("no condition: write at least one")
        return self

    def conditions(self) -> tuple[str, ...]:
        """Names of the conditions that this mapping itself states, in the model's order."""
        fields = type(self).model_fields
        return tuple(name for name, field in fields.items() if getattr(self, name) != field.default)

    def nested(self) -> tuple["When", ...]:
        """The mappings directly inside `all`, `any` and `not`."""
        return self.all + self.any + ((self.not_,) if self.not_ else ())

    def uses(self, names: tuple[str, ...]) -> bool:
        """Whether this mapping, or one inside it, has any of the conditions."""
        return bool(set(names) & set(self.conditions())) or any(w.uses(names) for w in self.nested())

    def uses_only(self, names: tuple[str, ...]) -> bool:
        """Whether this mapping, and each one inside it, has no condition but these."""
        own = set(self.conditions()) - {"all", "any", "not_"}
        return own <= set(names) and all(when.uses_only(names) for when in self.nested())


class RuleSets(Part):
    """Fields that a met rule sets. `private`: true hides the content from all but the mailbox's owner."""

    process: Id | None = None
    area: Id | None = None
    user_group: Id | None = None
    handler: Id | None = None
    private: StrictBool | None = None


class RejectAs(Part):
    """The SMTP answer (RFC 5321 §4.2, RFC 3463). Given only while the client waits; later it does nothing."""

    code: StrictInt = Field(default=550, ge=400, le=599)
    status: str = Field(default="5.7.1", pattern=r"^[45]\.\d{1,3}\.\d{1,3}$")
    text: str = Field(default="message refused", pattern=r"^[ -~]{1,200}$")

    @model_validator(mode="after")
    def _same_class(self) -> Self:
        if str(self.code)[0] != self.status[0]:
            raise ValueError("code and status must both begin with 4 (try again) or both with 5 (never)")
        return self


class Rule(Part):
    """`stop` ends the rules where it is met."""

    id: Id
    when: When
    set: RuleSets = RuleSets()
    suppress: StrictBool = False
    reject_as: RejectAs | None = None
    stop: StrictBool = False

    @property
    def reads_content(self) -> bool:
        """Whether it is a content rule, which is not run on private mail (P5)."""
        return self.when.uses(CONTENT_CONDITIONS)

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if self.set == RuleSets() and not (self.suppress or self.reject_as or self.stop):
            raise ValueError("does nothing: give it set, suppress, reject_as or stop")
        if self.reject_as and self.when.uses(DIRECTORY_CONDITIONS):
            names = ", ".join(DIRECTORY_CONDITIONS)
            raise ValueError(f"reject_as answers before these are known, so it can't depend on them: {names}")
        return self
