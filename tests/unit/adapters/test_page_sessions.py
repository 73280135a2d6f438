"""Sessions of the operators' pages, and the bound on tries to begin one."""

from hypothesis import given
from hypothesis import strategies as st

from workers.adapters.page_sessions import LASTING_SECONDS, MAX_ENDED, Sessions
from workers.adapters.sign_in_tries import MAX_CLIENTS, OF_ALL, PER_CLIENT, Tries


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def begun(sessions: Sessions) -> str:
    cookie = sessions.begin("token")
    assert cookie is not None
    return cookie


def test_only_the_token_begins_a_session_and_the_cookie_does_not_hold_it() -> None:
    """Neither a part of it nor nothing."""
    sessions = Sessions("token", Clock())
    assert [None] * 4 == [sessions.begin(word) for word in ("", "toke", "tokens", "\ud800")]
    cookie = begun(sessions)
    assert sessions.holds(cookie)
    assert "token" not in cookie
    assert cookie != begun(sessions)


def test_without_a_token_there_are_no_sessions() -> None:
    """An empty one is none: nobody comes in, not even with a cookie of another time."""
    for token in (None, ""):
        closed = Sessions(token, Clock())
        assert not closed.possible
        assert closed.begin("") is None
        assert not closed.holds(begun(Sessions("token", Clock())))
        assert not closed.holds("")


def test_a_session_ends_by_time_by_signing_out_and_with_its_token() -> None:
    """Any process with the same token takes it until then."""
    clock = Clock()
    here, elsewhere = Sessions("token", clock), Sessions("token", clock)
    first, second = begun(here), begun(here)
    assert elsewhere.holds(first)
    here.end(first)
    assert [False, True] == [here.holds(first), here.holds(second)]
    assert not Sessions("another", clock).holds(second)
    clock.now += LASTING_SECONDS
    assert not here.holds(second)


def test_signing_out_needs_bounded_memory() -> None:
    """Nobody fills it with cookies of their own making."""
    sessions = Sessions("token", Clock())
    for number in range(MAX_ENDED):
        sessions.end(f"{number}.nonce.mac")
    assert {} == sessions._ended
    for _ in range(MAX_ENDED + 1):
        sessions.end(begun(sessions))
    assert len(sessions._ended) <= MAX_ENDED


@given(st.text(max_size=80), st.integers(0, 200), st.characters())
def test_no_other_cookie_holds(words: str, place: int, character: str) -> None:
    """Made up, or a real one with one character changed."""
    sessions = Sessions("token", Clock())
    real = begun(sessions)
    changed = real[: place % len(real)] + character + real[place % len(real) + 1 :]
    assert not sessions.holds(words)
    assert sessions.holds(changed) is (changed == real)


def test_tries_are_bounded_for_each_client_and_come_back_with_time() -> None:
    """Another client is not kept out by the first one."""
    clock = Clock()
    tries = Tries(clock)
    assert PER_CLIENT == sum(tries.allowed("192.0.2.7") for _ in range(50))
    assert tries.allowed("192.0.2.8")
    clock.now += 31
    assert [True, False] == [tries.allowed("192.0.2.7") for _ in range(2)]


def test_a_network_of_ipv6_is_one_client_and_all_clients_have_a_bound_together() -> None:
    """2^64 addresses are one subscriber's; a botnet still gets no more than the common bound."""
    tries = Tries(Clock())
    assert PER_CLIENT == sum(tries.allowed(f"2001:db8::{number:x}") for number in range(50))
    assert OF_ALL - PER_CLIENT == sum(
        tries.allowed(f"198.51.{number >> 8}.{number & 255}") for number in range(5_000)
    )
    assert len(tries._clients) <= MAX_CLIENTS
    assert not tries.allowed("no address")
