"""How often Python looks for cycles of garbage while history is decided again."""

import gc

_OBJECTS = 200_000


def collect_less_often() -> None:
    """Decisions make many small values and no cycles: looking through them after every 700, which is Python's
    default, costs up to a quarter of the time."""
    gc.freeze()
    gc.set_threshold(_OBJECTS, 10, 10)
