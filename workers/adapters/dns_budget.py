"""How much of DNS one mail may ask for."""

from __future__ import annotations

import time

from workers.adapters.dns_lookups import DnsTrouble, Lookups, Values

MOST_LOOKUPS = 60
"""SPF alone may need 10 records with 10 addresses each (RFC 7208 §4.6.4); usual mail needs five or six."""


class DnsBudget:
    """Lookups of one mail, together no longer than `seconds` and no more than `MOST_LOOKUPS`."""

    def __init__(self, lookups: Lookups, seconds: float) -> None:
        self._lookups = lookups
        self._ends_at = time.monotonic() + seconds
        self._left = MOST_LOOKUPS

    def lookup(self, name: str, kind: str) -> Values:
        """Raises `DnsTrouble` also when the budget is used up."""
        seconds_left = self._ends_at - time.monotonic()
        if self._left <= 0 or seconds_left <= 0:
            raise DnsTrouble("this mail has asked for enough")
        self._left -= 1
        return self._lookups.lookup(name, kind, seconds_left)
