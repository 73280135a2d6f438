"""Findings as text: a table to read in the terminal, the same in Markdown for RESULTS.md."""

from __future__ import annotations

from statistics import median

from tests.benchmarks.measured import Findings, Measured

RATIOS = ("measured", "against", "ratio", "of each round", "better", "goal")
COLOUR = ("measured", "ours", "spread", "reference")


def number(value: float) -> str:
    """Three digits that mean something, none that pretends to."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def ratio_rows(findings: Findings) -> list[tuple[str, ...]]:
    """The lines that have a reference, in the columns `RATIOS`."""
    return [_ratio_row(line) for line in findings.lines if line.reference]


def colour_rows(findings: Findings) -> list[tuple[str, ...]]:
    """All lines as absolute figures, in the columns `COLOUR`."""
    return [_colour_row(line) for line in findings.lines]


def terminal(findings: Findings) -> str:
    """For people who have just run it."""
    parts = [f"{findings.name}: {findings.about}"]
    for head, rows in _tables(findings):
        widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
        parts.append("\n".join("  " + _aligned(row, widths) for row in (head, *rows)))
    return "\n\n".join(parts) + "\n"


def markdown(findings: Findings) -> str:
    """The section's contents, ratios first."""
    parts = [findings.about]
    for head, rows in _tables(findings):
        parts.append("\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows)))
    return "\n\n".join(parts)


def _tables(findings: Findings) -> list[tuple[tuple[str, ...], list[tuple[str, ...]]]]:
    tables = [(RATIOS, ratio_rows(findings)), (COLOUR, colour_rows(findings))]
    return [(head, rows) for head, rows in tables if rows]


def _ratio_row(line: Measured) -> tuple[str, ...]:
    low, high = line.ratio_spread or (0.0, 0.0)
    better = {True: "more", False: "less", None: ""}[line.more_is_better]
    goal = "" if line.goal is None else number(line.goal)
    return (
        f"{line.case}, {line.unit}",
        line.reference_name,
        f"{line.ratio or 0:.2f}",
        f"{low:.2f} to {high:.2f}",
        better,
        goal,
    )


def _colour_row(line: Measured) -> tuple[str, ...]:
    spread = f"{number(min(line.ours))} to {number(max(line.ours))}"
    reference = f"{number(median(line.reference))} ({line.reference_name})" if line.reference else ""
    return f"{line.case}, {line.unit}", number(median(line.ours)), spread, reference


def _aligned(row: tuple[str, ...], widths: list[int]) -> str:
    return "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
