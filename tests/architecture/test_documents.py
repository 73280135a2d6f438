"""Documents name what there is: a page that lags behind the code is worse than none."""

import re
from pathlib import Path

import pytest
import typer.main

from workers.entrypoints.cli import app
from workers.entrypoints.command_table import COMMANDS
from workers.metrics import METRICS

ROOT = Path(__file__).parents[2]
RUNBOOK = (ROOT / "deploy" / "RUNBOOK.md").read_text()
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("metric", sorted(METRICS))
def test_the_runbook_has_an_entry_for_every_metric(metric: str) -> None:
    """In a heading, so that an alert can link to it."""
    headings = [line for line in RUNBOOK.splitlines() if line.startswith("### ")]
    assert any(re.search(rf"{metric}\b", heading) for heading in headings)


def test_the_runbook_names_no_metric_that_does_not_exist() -> None:
    """A renamed metric takes its entry along."""
    assert set(re.findall(r"\bstellwerk_[a-z_]+\b", RUNBOOK)) <= set(METRICS)


def test_the_readme_names_every_command() -> None:
    """And no other."""
    there = set(typer.main.get_command(app).list_commands(None))  # type: ignore[attr-defined]
    named = set(re.findall(r"`stellwerk ([a-z-]+)", README))
    assert there <= named <= set(COMMANDS)


def test_the_readmes_pictures_are_there_and_small() -> None:
    """150 KB at most, and none that nobody sees."""
    shown = set(re.findall(r"deploy/screenshots/([a-z-]+\.png)", README))
    there = {path.name: path.stat().st_size for path in (ROOT / "deploy" / "screenshots").iterdir()}
    assert shown == there.keys()
    assert [] == [name for name, size in there.items() if size > 150_000]
