"""Values of pure functions, remembered by their inputs: one policy gives the same few over and over."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

MOST = 4_096


class Memory(Generic[K, V]):
    """Keys must hold all that the value depends on, and values must be immutable: then it changes no result.

    Bounded: a full one begins anew, which costs no bookkeeping while it is read. Belongs to one policy version.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._values: dict[K, V] = {}

    def value(self, key: K, make: Callable[[], V]) -> V:
        """What is remembered, else what `make` makes of it. What it raises is not remembered."""
        found = self._values.get(key)
        if found is not None:
            return found
        if len(self._values) >= self._most:
            self._values.clear()
        made = self._values[key] = make()
        return made

    def __len__(self) -> int:
        return len(self._values)
