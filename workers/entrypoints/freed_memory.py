"""What becomes of freed memory: glibc gives it back to the system at once, if nobody says otherwise."""

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # <malloc.h>
_KEPT_BYTES = 64 * 1024 * 1024
_LARGEST_KEPT_BYTES = 8 * 1024 * 1024


def keep_freed_memory() -> None:
    """So much of it, for what comes next; other C libraries do as they like.

    Every batch needs the same buffers again: to have them given and cleared anew is a tenth of taking in mail.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return
    mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
    mallopt(_MMAP_THRESHOLD, _LARGEST_KEPT_BYTES)
