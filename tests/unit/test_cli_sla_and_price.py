"""What `stellwerk sla` and `stellwerk price` say to those who mistype: exit 2, before anything is asked for."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from workers.entrypoints.cli import app

RUNNER = CliRunner()
PRICE = ("price", "--customer", "p-jan", "--item", "SKU-1")


@pytest.mark.parametrize(
    "wrong",
    [
        ("--quantity", "0"),
        ("--quantity", "-1"),
        ("--quantity", "1e400"),
        ("--quantity", "NaN"),
        ("--quantity", "1.5"),
        ("--quantity", ""),
        ("--quantity", "9" * 5_000),
        ("--at", "yesterday"),
        ("--at", "2026-01-01T00:00:00"),
    ],
)
def test_a_quantity_or_time_that_is_none_is_wrong_use(wrong: tuple[str, str]) -> None:
    """The option is named, and nobody sees a traceback."""
    told = RUNNER.invoke(app, [*PRICE, *wrong], env={"COLUMNS": "200", "TERM": "dumb"})
    assert 2 == told.exit_code
    assert wrong[0] in told.output
    assert "Traceback" not in told.output


@pytest.mark.parametrize(
    "missing", [("price", "--item", "SKU-1"), ("price", "--customer", "c"), ("sla", "show")]
)
def test_what_must_be_named_is_asked_for(missing: tuple[str, ...]) -> None:
    """Customer, item and ticket."""
    assert 2 == RUNNER.invoke(app, list(missing)).exit_code


@pytest.mark.parametrize("within", ["4x", "-4h", "1e400h", "NaN", "", "h", "4 h", "9999999d", "٤h"])
def test_a_time_span_that_is_none_is_wrong_use(within: str) -> None:
    """With an example of a right one."""
    told = RUNNER.invoke(app, ["sla", "due", "--within", within])
    assert 2 == told.exit_code
    assert "30m, 4h, 2d" in told.output
