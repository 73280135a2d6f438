"""What a page's view is asked and what it answers: nothing of HTTP in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

MAX_VALUE_CHARACTERS = 1_000


@dataclass(frozen=True, slots=True)
class Ask:
    """Names of the path and of the query, each once and at most `MAX_VALUE_CHARACTERS` long, trimmed."""

    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)

    def given(self, name: str) -> str | None:
        """None where it is not there or empty."""
        return self.query.get(name) or None


@dataclass(frozen=True, slots=True)
class Page:
    """`template` in `pages/` with its values. `refresh_seconds`: the browser asks again by itself."""

    template: str
    title: str
    values: Mapping[str, object]
    status: int = 200
    refresh_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class GoTo:
    """To another page of ours: a path with its query, percent-encoded."""

    place: str


View = Callable[[Ask], Awaitable[Page | GoTo]]
"""Raises `InvalidInput` (400), `DependencyUnavailable` (503)."""


@dataclass(frozen=True, slots=True)
class PageRoute:
    """`section`: the entry of the navigation that it belongs to. `expensive`: reads topics; one at a time."""

    path: str
    section: str
    view: View
    expensive: bool = False
