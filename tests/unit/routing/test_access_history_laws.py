"""P4 over whole histories: follow-ups, re-tags, moves, re-routings and a change of policy show nobody more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.command import TicketCommand
from schemas.directory_view import ResolvedUser
from schemas.mail import EnrichedMail
from schemas.ticket import TicketState
from schemas.vocabulary import UNRESOLVED
from tests.support.routing_builders import a_command
from tests.support.routing_strategies import AREAS, BOOKS, USER_GROUPS, USERS, histories, policies
from tests.unit.routing.test_decision_laws import History, Turn, decide, play
from workers.routing.access import verdict
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.outcome import Forward
from workers.routing.rerouting import reroute_value
from workers.routing.rights import Rights

Directory = Mapping[str, ResolvedUser]
ORDER = {"nothing": 0, "existence": 1, "content": 2}
OPENS = ("area", "assign", "private")
"""Commands by which somebody with the right to may show others more: it is what they are for."""


def seen(state: TicketState | None, directory: Directory) -> dict[tuple[str, str], int]:
    """How much each user sees of each message, 0 to 2."""
    if state is None:
        return {}
    requires, rights = state.ticket.requires, Rights(directory)
    return {
        (user, tag.delivery_id): ORDER[verdict(user, requires, tag, rights)[0]]
        for user in directory
        for tag in state.messages
    }


def under_two_policies(
    history: History, policy: CompiledPolicy, later: CompiledPolicy, at: int, directory: Directory
) -> Iterator[Turn]:
    """The first `at` causes under one policy; then the ticket is re-routed to the other, which decides the rest."""
    state: TicketState | None = None
    for turn in play(history[:at], policy, directory):
        yield turn
        state = turn.after
    rest: History = [*_rerouting(history[:at], state, later, directory), *history[at:]]
    for cause in rest:
        decision = decide(cause, state, later, Rights(directory))
        if isinstance(decision, Forward):
            continue
        after = decision.state or state
        yield Turn(cause, state, decision, after)
        state = after


def _rerouting(
    history: History, state: TicketState | None, later: CompiledPolicy, directory: Directory
) -> list[TicketCommand]:
    shadow = None
    for turn in play(history, later, directory):
        shadow = turn.after
    if state is None or shadow is None:
        return []
    value = reroute_value(state, shadow, later)
    actors = sorted(directory)
    return [a_command("reroute", value, actor=user, command_id=f"re-{user}") for user in actors if value]


@st.composite
def nearly_all_rights(draw: st.DrawFn) -> Directory:
    """Users who lack a thing or two: most see something, and one requirement more or less is felt."""
    kinds = {"address_books": BOOKS, "areas": AREAS, "user_groups": USER_GROUPS}
    lacking = st.sampled_from([(kind, id_) for kind, ids in kinds.items() for id_ in ids])
    found: dict[str, ResolvedUser] = {}
    for user in USERS:
        lacks = draw(st.sets(lacking, max_size=2))
        rights = {k: {i: ("actor",) for i in ids if (k, i) not in lacks} for k, ids in kinds.items()}
        found[user] = ResolvedUser(
            user_id=user,
            address_books=rights["address_books"],
            areas=rights["areas"],
            user_groups=tuple(rights["user_groups"]),
        )
    return found


WORLDS = (histories(), policies(), policies(), st.integers(1, 5), nearly_all_rights())


@settings(max_examples=60, deadline=None)
@given(*WORLDS)
def test_nothing_but_the_commands_for_it_shows_anybody_more(
    history: History, policy: CompiledPolicy, later: CompiledPolicy, at: int, directory: Directory
) -> None:
    """R18 R40 R43: of any message that was there, whoever looks."""
    for turn in under_two_policies(history, policy, later, at, directory):
        if isinstance(turn.cause, TicketCommand) and turn.cause.kind in OPENS:
            continue
        before, after = seen(turn.before, directory), seen(turn.after, directory)
        assert {} == {key: after[key] for key in before.keys() & after.keys() if after[key] > before[key]}


@settings(max_examples=60, deadline=None)
@given(*WORLDS)
def test_over_all_of_it_content_takes_the_and_of_all_rights(
    history: History, policy: CompiledPolicy, later: CompiledPolicy, at: int, directory: Directory
) -> None:
    """R4 R6 R42 R43: what a message once required it requires for good, beside the area where its ticket is."""
    books: dict[str, set[str]] = {}
    areas: dict[str, set[str]] = {}
    for turn in under_two_policies(history, policy, later, at, directory):
        _note(turn, books, areas)
        for (user, delivery), level in seen(turn.after, directory).items():
            if level == 0 or turn.after is None:
                continue
            held = directory[user]
            tag = next(tag for tag in turn.after.messages if tag.delivery_id == delivery)
            for book in books.get("ticket", set()) | books.get(delivery, set()):
                assert _sees(held.address_books.get(book, ()))
            for area in {turn.after.ticket.area} | areas.get(delivery, set()):
                assert _sees(held.areas.get(area, ()))
            assert level == 1 or tag.private_to in (None, user)


def _note(turn: Turn, books: dict[str, set[str]], areas: dict[str, set[str]]) -> None:
    """Duplicates leave no tag: the message is already there, with what it required then."""
    cause = turn.cause
    if not turn.decision.tags:
        return
    if isinstance(cause, EnrichedMail):
        if turn.before is None and turn.after is not None:
            books["ticket"] = _books_of(cause)
        if cause.sender.contact_id is not None and cause.classification != "bounce":
            books.setdefault(cause.delivery_id, set()).update(_books_of(cause))
    elif cause.kind == "area" and cause.delivery_id:
        areas.setdefault(cause.delivery_id, set()).add(str(cause.value))


def _books_of(mail: EnrichedMail) -> set[str]:
    """Written from the promise: those of all candidates, and the strangers' where there is none."""
    named = {candidate.address_book or UNRESOLVED for candidate in mail.sender.candidates}
    return named or {"inbox"}


def _sees(held: tuple[str, ...]) -> bool:
    return "actor" in held or "reader" in held
