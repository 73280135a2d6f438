"""What a process settles about its memory before it makes many small values, and the same buffers again and again."""

from workers.entrypoints.freed_memory import keep_freed_memory
from workers.entrypoints.garbage import collect_less_often

_SERVING = 50_000
_HISTORY = 200_000


def ready_to_serve() -> None:
    """Of a process that takes in or decides mail."""
    _settle(_SERVING)


def ready_for_history() -> None:
    """Of a process that reads by the million, and nothing else."""
    _settle(_HISTORY)


def _settle(objects: int) -> None:
    collect_less_often(objects)
    keep_freed_memory()
