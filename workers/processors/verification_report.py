"""What `verify` found."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

SHOWN = 20
"""Examples kept of each kind: the counts are exact, memory is bounded."""


@dataclass(frozen=True, slots=True)
class Difference:
    """`what`: the topic whose record differs in `fields`, or what made the decision impossible to repeat.

    `partition` and `offset`: of that record; of the receipt where there is none. `by_other_code`: the receipt
    names another `decider_version` than this program has, so it is no corruption.
    """

    what: str
    partition: int
    offset: int
    ticket_id: str
    decider_version: str
    fields: tuple[str, ...]
    by_other_code: bool


@dataclass(slots=True)
class Report:
    """Counts of decisions, except `corrupt` and `by_other_code`, which count differences."""

    decisions: int = 0
    same: int = 0
    not_decided_by_rules: int = 0
    inputs_no_longer_kept: int = 0
    corrupt: int = 0
    by_other_code: int = 0
    unexplained: dict[str, int] = field(default_factory=dict)
    examples: list[Difference] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """No corruption. What other code decided is another matter."""
        return not self.corrupt and not self.unexplained

    @property
    def differing(self) -> int:
        return self.corrupt + self.by_other_code

    @property
    def only_replies_differ(self) -> bool:
        """Everywhere and nowhere else: then it was not the history that changed, but the secret."""
        replies = ({"reply"}, {"state_before"})
        return bool(self.examples) and all(
            not each.by_other_code and set(each.fields) in replies for each in self.examples
        )

    def add(self, difference: Difference) -> None:
        if difference.by_other_code:
            self.by_other_code += 1
        else:
            self.corrupt += 1
        if sum(each.by_other_code == difference.by_other_code for each in self.examples) < SHOWN:
            self.examples.append(difference)

    def add_unexplained(self, topic: str, partition: int, count: int) -> None:
        """Records that no decision explains."""
        self.unexplained[f"{topic}-{partition}"] = count

    def merge(self, other: Report) -> None:
        """Add what another one found in other partitions."""
        for name in ("decisions", "same", "not_decided_by_rules", "inputs_no_longer_kept"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.corrupt += other.corrupt
        self.by_other_code += other.by_other_code
        self.unexplained |= other.unexplained
        self.examples = [*self.examples, *other.examples][: 2 * SHOWN]

    def as_json(self) -> dict[str, Any]:
        return {"holds": self.holds, **asdict(self)}
