"""Who may connect."""

from workers.adapters.smtp_admission import Admission
from workers.adapters.smtp_limits import SmtpLimits
from workers.adapters.smtp_replies import TOO_FAST_FROM_NETWORK, TOO_MANY_CONNECTIONS, TOO_MANY_FROM_NETWORK


class _Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_by_default_loopback_has_no_limit_but_the_total_and_3000_are_served() -> None:
    """DESIGN part 6."""
    admission = Admission(SmtpLimits(), _Clock())
    refusals = [admission.enter(peer) for peer in ("127.0.0.1", "::1", "::ffff:127.0.0.1") * 1000]
    assert {None} == set(refusals)
    assert 3000 == admission.connections


def test_the_total_is_limited_for_everybody() -> None:
    """And what leaves makes room."""
    admission = Admission(SmtpLimits(connections=2), _Clock())
    assert [None, None, TOO_MANY_CONNECTIONS] == [admission.enter("127.0.0.1") for _ in range(3)]
    admission.leave("127.0.0.1")
    assert admission.enter("127.0.0.1") is None


def test_a_network_counts_as_one() -> None:
    """An IPv4 /24, an IPv6 /64; its neighbours are served."""
    admission = Admission(SmtpLimits(connections_per_network=2), _Clock())
    assert [None, None, TOO_MANY_FROM_NETWORK] == [admission.enter(f"192.0.2.{host}") for host in (1, 2, 3)]
    assert [None, None, TOO_MANY_FROM_NETWORK] == [admission.enter(f"2001:db8::{host}") for host in (1, 2, 3)]
    assert admission.enter("192.0.3.1") is None
    assert admission.enter("2001:db8:0:1::1") is None


def test_a_network_in_a_hurry_waits_for_the_next_minute() -> None:
    """Though it closes each connection at once."""
    clock = _Clock()
    admission = Admission(SmtpLimits(connections_per_network_and_minute=2), clock)
    answers = []
    for now in (0.0, 1.0, 2.0, 61.0):
        clock.now = now
        answers.append(admission.enter("192.0.2.1"))
        if answers[-1] is None:
            admission.leave("192.0.2.1")
    assert [None, None, TOO_FAST_FROM_NETWORK, None] == answers


def test_what_left_is_forgotten() -> None:
    """No entry per network stays for ever."""
    admission = Admission(SmtpLimits(), _Clock())
    for host in range(200):
        admission.enter(f"10.0.{host}.1")
        admission.leave(f"10.0.{host}.1")
    assert 0 == admission.connections
    assert not admission._open
