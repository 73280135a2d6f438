"""A DNS of a few records, and one that does not answer."""

from __future__ import annotations

from collections.abc import Mapping

from workers.adapters.dns_lookups import DnsTrouble, Values


class FakeDns:
    """`Lookups`: `records` by "NAME KIND"; a name in `silent` gets no answer."""

    def __init__(self, records: Mapping[str, Values] | None = None, silent: tuple[str, ...] = ()) -> None:
        self.records = dict(records or {})
        self.silent = silent
        self.asked: list[str] = []

    def lookup(self, name: str, kind: str, seconds: float) -> Values:
        self.asked.append(f"{name} {kind}")
        if name in self.silent or "*" in self.silent:
            raise DnsTrouble("silent")
        return self.records.get(f"{name} {kind}", ())
