"""Freed memory is kept for what comes next."""

import platform
import resource

import pytest

from workers.entrypoints.freed_memory import keep_freed_memory

BUFFERS, BUFFER_BYTES = 8, 4 * 1024 * 1024
PAGES = BUFFERS * BUFFER_BYTES // resource.getpagesize()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries do as they like")
def test_buffers_that_were_freed_are_there_for_the_next_ones() -> None:
    """The system need not clear their pages again each time."""
    keep_freed_memory()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        buffers = [b"x" * BUFFER_BYTES for _ in range(BUFFERS)]
        del buffers
    assert resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before < 2 * PAGES
