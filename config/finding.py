"""What the static analysis of a policy says: where, how bad, what, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from config.problems import Problem
from config.yaml_places import KeyPath

Severity = Literal["error", "warning", "hint"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "hint")


@dataclass(frozen=True, slots=True)
class Finding:
    """`error`: it does not work. `warning`: it hardly says what was meant. `hint`: good to know, may be meant."""

    path: KeyPath
    severity: Severity
    text: str
    hint: str


@dataclass(frozen=True, slots=True)
class PlacedFinding:
    """A finding with its place. `key`: the path in the file, joined by dots."""

    file: str
    line: int
    key: str
    severity: Severity
    text: str
    hint: str


def of_problem(problem: Problem) -> Finding:
    """A problem says what is wrong, then what to do."""
    text, _, hint = problem.what.partition("; ")
    return Finding(problem.path, "error", text, hint or "correct it")


def error(path: KeyPath, text: str, hint: str) -> Finding:
    return Finding(path, "error", text, hint)


def warning(path: KeyPath, text: str, hint: str) -> Finding:
    return Finding(path, "warning", text, hint)


def hint(path: KeyPath, text: str, what_to_do: str) -> Finding:
    return Finding(path, "hint", text, what_to_do)
