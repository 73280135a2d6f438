"""P4 as laws, against a slow model that was written from the promise and not from the code."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.access import Requires
from schemas.directory_view import ResolvedUser
from tests.support.routing_builders import a_ticket_state
from workers.routing.access import verdict
from workers.routing.rights import Rights

IDS = st.sampled_from(["a", "b", "c", "?"])
RIGHTS = st.lists(st.sampled_from(["actor", "manager", "reader"]), unique=True, max_size=3).map(tuple)
HELD = st.dictionaries(st.sampled_from(["a", "b", "c"]), RIGHTS, max_size=3)
REQUIRES = st.builds(
    lambda books, areas, groups: Requires(address_books=books, areas=areas, user_groups=groups),
    *[st.lists(IDS, max_size=2).map(tuple)] * 3,
)
USERS = st.builds(
    lambda books, areas, groups: ResolvedUser(
        user_id="u", address_books=books, areas=areas, user_groups=tuple(sorted(set(groups)))
    ),
    HELD,
    HELD,
    st.lists(st.sampled_from(["a", "b", "c"]), max_size=3),
)
FIRST = a_ticket_state().messages[0]
PRIVATE = st.sampled_from([None, "u", "somebody"])


def slow_model(user: ResolvedUser, ticket: Requires, own: Requires, private_to: str | None) -> str:
    books = set(ticket.address_books) | set(own.address_books)
    areas = set(ticket.areas) | set(own.areas)
    groups = set(ticket.user_groups) | set(own.user_groups)
    if not books or not areas or "?" in books | areas | groups:
        return "nothing"
    for needed, held in ((books, user.address_books), (areas, user.areas)):
        for each in needed:
            if "actor" not in held.get(each, ()) and "reader" not in held.get(each, ()):
                return "nothing"
    if not groups <= set(user.user_groups):
        return "nothing"
    return "content" if private_to in (None, user.user_id) else "existence"


def fast(user: ResolvedUser, ticket: Requires, own: Requires, private_to: str | None) -> str:
    tag = FIRST.model_copy(update={"requires": own, "private_to": private_to})
    return verdict("u", ticket, tag, Rights({"u": user}))[0]


ORDER = {"nothing": 0, "existence": 1, "content": 2}


@given(USERS, REQUIRES, REQUIRES, PRIVATE)
def test_the_verdict_is_the_and_of_all_rights(
    user: ResolvedUser, ticket: Requires, own: Requires, private_to: str | None
) -> None:
    """R5 R7 R14 R41 R42 R43: equal to the slow model for whatever is required and held."""
    assert slow_model(user, ticket, own, private_to) == fast(user, ticket, own, private_to)


@given(USERS, REQUIRES, REQUIRES, REQUIRES, PRIVATE)
def test_one_requirement_more_never_shows_more(
    user: ResolvedUser, ticket: Requires, own: Requires, more: Requires, private_to: str | None
) -> None:
    """R43: restrictions stack, unless they bring the book or area without which nobody saw anything."""
    complete = Requires(address_books=("a",), areas=("a",)).plus(ticket)
    before = fast(user, complete, own, private_to)
    after = fast(user, complete, own.plus(more), private_to)
    assert ORDER[after] <= ORDER[before]


@given(USERS, REQUIRES, REQUIRES)
def test_private_never_shows_more_than_public(user: ResolvedUser, ticket: Requires, own: Requires) -> None:
    """R42: private takes away, for the recipient nothing, and gives to nobody."""
    public = fast(user, ticket, own, None)
    assert ORDER[fast(user, ticket, own, "somebody")] <= ORDER[public]
    assert public == fast(user, ticket, own, "u")
