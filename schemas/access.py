"""Who may see what: the requirements of a ticket and of a message (P4)."""

from pydantic import Field

from schemas.event import IdSet, Part


class Requires(Part):
    """All must hold: a content right on every book and every area, membership of every user group.

    No book or no area in the sum of the ticket's and the message's requirements means nobody (fail closed);
    no user group means no further restriction.
    """

    address_books: IdSet = Field(default=(), examples=[["customers"]])
    areas: IdSet = Field(default=(), examples=[["helpdesk"]])
    user_groups: IdSet = Field(default=(), examples=[["support"]])

    def plus(self, other: "Requires") -> "Requires":
        """Both together: requirements only ever add up."""
        return Requires(
            address_books=self.address_books + other.address_books,
            areas=self.areas + other.areas,
            user_groups=self.user_groups + other.user_groups,
        )

    def without(self, other: "Requires") -> "Requires":
        """Those that are not among the other's."""
        return Requires(
            address_books=tuple(set(self.address_books) - set(other.address_books)),
            areas=tuple(set(self.areas) - set(other.areas)),
            user_groups=tuple(set(self.user_groups) - set(other.user_groups)),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Each as `KIND:ID`."""
        return tuple(f"{kind}:{id_}" for kind, ids in self.model_dump().items() for id_ in ids)
