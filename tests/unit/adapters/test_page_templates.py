"""What templates do to every value without being asked."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from jinja2 import UndefinedError

from workers.adapters.page_templates import PageTemplates, breakable, link, plain_span, time_element


def test_a_name_that_a_page_lacks_is_a_bug() -> None:
    """It is not shown as nothing."""
    with pytest.raises(UndefinedError):
        PageTemplates().render("problem", {"title": "x", "section": None, "refresh_seconds": None})


def test_values_are_escaped_made_visible_and_bounded() -> None:
    """Also where a template adds them up."""
    values = {
        "title": "a\u202eb",
        "section": "flow",
        "refresh_seconds": None,
        "status": 400,
        "text": "<b>" + "x" * 999,
    }
    text = PageTemplates().render("problem", values)
    assert "<h1>a[U+202E]b</h1>" in text
    assert "&lt;b&gt;xxx" in text
    assert "(702 more)" in text


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (link("/tickets", "T-1"), "/tickets/T-1"),
        (link("/tickets", "../a b?c&\"'<\u202e"), "/tickets/..%2Fa%20b%3Fc%26%22%27%3C%E2%80%AE"),
        (link("/tickets", q="a&b=c", status=None, area=""), "/tickets?q=a%26b%3Dc"),
        (link("/sla", within="4h", skip=50), "/sla?within=4h&amp;skip=50"),
        (link("/explain", id="x" * 5_000), "/explain"),
        (breakable("handler_lacks:<b>:x"), "handler_lacks:<wbr>&lt;b&gt;:<wbr>x"),
    ],
)
def test_links_stay_links_of_ours(made: str, expected: str) -> None:
    """Whatever an id holds."""
    assert expected == str(made)


def test_times_are_utc_for_machines_and_people() -> None:
    """Whatever zone they come in."""
    at = datetime(2026, 3, 2, 11, 30, 5, tzinfo=timezone(timedelta(hours=2)))
    assert '<time datetime="2026-03-02T09:30:05Z">2026-03-02 09:30</time>' == str(time_element(at))
    assert "09:30:05</time>" in str(time_element(at.astimezone(UTC), seconds=True))
    assert "–" == str(time_element(None))


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (None, "–"),
        (0.4, "under 1 s"),
        (59, "59 s"),
        (61.0, "1 min 1 s"),
        (3600, "1 h"),
        (3605, "1 h"),
        (timedelta(days=2, hours=3, minutes=5), "2 d 3 h"),
    ],
)
def test_spans_have_two_units_at_most(span: float | timedelta | None, words: str) -> None:
    """The largest ones."""
    assert words == plain_span(span)
