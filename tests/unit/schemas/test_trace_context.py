"""W3C Trace Context as others may write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.cloudevents import header
from schemas.trace_context import TraceContext

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{SPAN}-01"


def test_what_is_read_is_written_again() -> None:
    """The example of the recommendation."""
    context = TraceContext.read(TRACEPARENT)
    assert TraceContext(TRACE, SPAN, sampled=True) == context
    assert context is not None
    assert TRACEPARENT == context.write()


@pytest.mark.parametrize(
    "traceparent",
    [
        None,
        "",
        "From: jan@acme.test",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}-01\n",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"01-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-zz",
        f"00-{'ä' * 32}-{SPAN}-01",
    ],
)
def test_what_is_no_context_is_none(traceparent: str | None) -> None:
    """Others write our input topics: nothing of a strange header is handed on."""
    assert TraceContext.read(traceparent) is None


@given(st.text(max_size=80))
def test_any_text_is_a_whole_context_or_none(text: str) -> None:
    """Never an error, never a part of it."""
    context = TraceContext.read(text)
    assert context is None or text[:52] == context.write()[:52]


@given(st.integers(0, 255))
def test_only_the_flag_for_sampling_is_handed_on(flags: int) -> None:
    """Others that a caller sets mean nothing for us (§3.2.2.5)."""
    context = TraceContext.read(f"00-{TRACE}-{SPAN}-{flags:02x}")
    assert context is not None
    assert f"00-{TRACE}-{SPAN}-0{flags & 1}" == context.write()


def test_a_child_is_the_same_for_the_same_seed() -> None:
    """A decision that is made twice is the same bytes."""
    parent = TraceContext(TRACE, SPAN, sampled=True)
    assert parent.child("a") == parent.child("a")
    assert parent.child("a") != parent.child("b")
    assert (TRACE, True) == (parent.child("a").trace_id, parent.child("a").sampled)
    assert TraceContext.read(parent.child("a").write()) == parent.child("a")
    derived = TraceContext.derived("a", sampled=False)
    assert TraceContext.read(derived.write()) == derived


def test_a_header_may_be_null() -> None:
    """Kafka allows it, and a writer of commands could stop a lane with it."""
    nothing: bytes = None  # type: ignore[assignment]
    assert header((("traceparent", nothing),), "traceparent") is None
