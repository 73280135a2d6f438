"""Who handles a ticket, and which user group further restricts who sees it: one pair (R10, R11, R14, R16).

The pair comes from the first group whose row for the process has either of both, and is never mixed from two
groups. Without one: no handler but a personal mailbox's owner, and the mailbox's user group.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schemas.decision import Looked, Step
from schemas.policy import Mailbox, Row
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.group_ranking import RankedGroup, Ranking
from workers.routing.receipts import chosen, lost, missed, step
from workers.routing.rules import Ruled


@dataclass(frozen=True, slots=True)
class Pair:
    """Sources are None exactly where the value is."""

    handler: str | None
    user_group: str | None
    handler_source: str | None
    user_group_source: str | None

    @property
    def sources(self) -> dict[str, str | None]:
        return {"handler": self.handler_source, "user_group": self.user_group_source}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the groups give: the pair, how each group fared, and the steps that tell so. None: no pair."""

    pair: Pair | None
    looked: tuple[Looked, ...]
    steps: tuple[Step, ...]


def choose_pair(
    ranked: Sequence[RankedGroup], process: str, address: str, mailbox: Mailbox, ruled: Ruled
) -> tuple[Pair, tuple[Step, ...]]:
    """The pair of a new ticket. A rule sets each of both on its own, and beats the groups."""
    given, looked = _pair_of_groups(ranked, process)
    if given is None:
        looked = (*looked, chosen(f"mailbox:{address}", "no group gives a pair"))
    by_groups = with_owner(given or mailbox_pair(address, mailbox), address, mailbox)
    pair = ruled_pair(by_groups, ruled)
    return pair, pair_steps(pair, looked)


def choose_of_groups(
    ranking: Ranking, process: str, usable: Callable[[Row], bool], policy: CompiledPolicy
) -> Chosen:
    """The pair of the first group that gives a usable one. `usable` is asked in the groups' order, up to there."""
    unusable: list[str] = []
    for group in ranking.asked:
        row = group.row(process)
        if row is None or not _has_pair(row):
            continue
        if usable(row):
            break
        unusable.append(group.id)
    key = (ranking.key, process, tuple(unusable))
    return policy.pairs.value(key, lambda: _chosen(ranking.asked, process, frozenset(unusable)))


def _chosen(ranked: Sequence[RankedGroup], process: str, unusable: frozenset[str]) -> Chosen:
    pair, looked = _pair_of_groups(ranked, process, unusable)
    return Chosen(pair, looked, pair_steps(pair, looked) if pair else ())


def _pair_of_groups(
    ranked: Sequence[RankedGroup], process: str, unusable: frozenset[str] = frozenset()
) -> tuple[Pair | None, tuple[Looked, ...]]:
    looked: list[Looked] = []
    found: RankedGroup | None = None
    pair: Pair | None = None
    for group in ranked:
        row = group.row(process)
        if row is None:
            looked.append(missed(group.source, f"no row for {process}"))
        elif not _has_pair(row):
            looked.append(missed(group.source, f"its row for {process} has neither handler nor user group"))
        elif found is not None:
            looked.append(lost(group.source, f"{found.source} came before"))
        elif group.id in unusable:
            looked.append(missed(group.source, "its handler is not in the directory"))
        else:
            found, pair = group, _of_row(row, group.source)
            looked.append(chosen(group.source, f"its row for {process} has the pair"))
    return pair, tuple(looked)


def _has_pair(row: Row) -> bool:
    return row.handler is not None or row.user_group is not None


def mailbox_pair(address: str, mailbox: Mailbox) -> Pair:
    """What holds where no group gives a pair (R16)."""
    source = f"mailbox:{address}" if mailbox.user_group else None
    return with_owner(Pair(None, mailbox.user_group, None, source), address, mailbox)


def with_owner(pair: Pair, address: str, mailbox: Mailbox) -> Pair:
    """The owner of a personal mailbox is the handler where the pair names none (R44)."""
    if pair.handler is not None or mailbox.owner is None:
        return pair
    return Pair(mailbox.owner, pair.user_group, f"mailbox:{address}", pair.user_group_source)


def ruled_pair(pair: Pair, ruled: Ruled) -> Pair:
    """The pair with what rules set in it."""
    handler, user_group = ruled.text("handler"), ruled.text("user_group")
    return Pair(
        handler or pair.handler,
        user_group or pair.user_group,
        ruled.sources["handler"] if handler else pair.handler_source,
        ruled.sources["user_group"] if user_group else pair.user_group_source,
    )


def pair_steps(pair: Pair, looked: tuple[Looked, ...]) -> tuple[Step, Step]:
    """One step for each of both; the groups that were asked are the same for both."""
    return (
        _step("handler", pair.handler, pair.handler_source, looked),
        _step("user_group", pair.user_group, pair.user_group_source, looked),
    )


def _step(name: str, value: str | None, source: str | None, looked: tuple[Looked, ...]) -> Step:
    if source is not None and all(look.candidate != source for look in looked):
        looked = (*(_beaten(look, source, name) for look in looked), chosen(source, f"gives the {name}"))
    return step(name, value, source or "nobody gives one", looked)


def _beaten(look: Looked, source: str, name: str) -> Looked:
    """What gave the pair, where this field of it comes from a rule or the mailbox's owner."""
    return lost(look.candidate, f"{source} gives the {name}") if look.verdict == "chosen" else look


def _of_row(row: Row, source: str) -> Pair:
    return Pair(
        row.handler,
        row.user_group,
        source if row.handler else None,
        source if row.user_group else None,
    )
