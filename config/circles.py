"""Finds circles in what refers to one another."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping


def circles(references: Mapping[str, Collection[str]]) -> Iterator[tuple[str, ...]]:
    """Each circle once: its members from the first found, which is repeated at the end."""
    finished: set[str] = set()
    for start in references:
        yield from _from(start, references, finished)


def _from(
    start: str, references: Mapping[str, Collection[str]], finished: set[str]
) -> Iterator[tuple[str, ...]]:
    """Depth first without recursion: lines may be long."""
    line: list[str] = []
    waiting: list[tuple[str, bool]] = [(start, False)]
    while waiting:
        node, leaving = waiting.pop()
        if leaving:
            finished.add(line.pop())
        elif node in line:
            yield (*line[line.index(node) :], node)
        elif node not in finished:
            line.append(node)
            waiting.append((node, True))
            waiting += ((each, False) for each in references.get(node, ()))
