"""Findings of the policy's analysis as people and programs see them."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.text import Text

from config.finding import SEVERITIES, PlacedFinding

_STYLES = {"error": "bold red", "warning": "yellow", "hint": "cyan"}


def line_of(finding: PlacedFinding) -> str:
    """As compilers write it, so that editors find the place."""
    return f"{finding.file}:{finding.line}: {finding.severity}: {finding.key}: {finding.text}; {finding.hint}"


def page_of(finding: PlacedFinding) -> Text:
    """Two lines: what is wrong and where, then what to do."""
    return Text.assemble(
        f"{finding.file}:{finding.line}: ",
        (finding.severity, _STYLES[finding.severity]),
        f": {finding.key}\n    {finding.text}\n    ",
        (f"\N{RIGHTWARDS ARROW} {finding.hint}", "dim"),
    )


def as_json(finding: PlacedFinding) -> dict[str, Any]:
    return asdict(finding)


def counted(findings: Sequence[PlacedFinding]) -> str:
    """`1 error, 2 warnings, 0 hints`."""
    numbers = {each: sum(finding.severity == each for finding in findings) for each in SEVERITIES}
    return ", ".join(f"{number} {word}{'s' * (number != 1)}" for word, number in numbers.items())
