"""How often Python looks for cycles of garbage: after every 700 new objects, if nobody says otherwise."""

import gc

STARTING = 50_000


def collect_after(objects: int) -> None:
    """Loading a command makes many objects that stay: looking through them again and again is a tenth of its start."""
    gc.set_threshold(objects, 10, 10)


def collect_less_often(objects: int) -> None:
    """From here on, and of what is there already nothing at all.

    Batches and decisions make many small values and no cycles: looking through them costs up to a quarter of the time.
    """
    gc.freeze()
    collect_after(objects)
