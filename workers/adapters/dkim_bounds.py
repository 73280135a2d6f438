"""Which mails are given to dkimpy: it is strict, but not made for mail that is written to keep it busy.

Its canonicalisation takes the square of the longest run of spaces, its parser that of the head's folded lines, and
while it computes, nothing else in the process does. Real mail is far from all of these bounds.
"""

import re

MOST_BYTES = 10 * 1024 * 1024
_HEAD_BYTES, _HEADERS, _LINES = 128 * 1024, 1_000, 300_000
_RUNS = re.compile(rb"[\t ]{16,}")
_RUNS_COST = 20_000_000
_FIELD_BYTES, _NAMES = 8 * 1024, 200
_LONG_SPACE = re.compile(rb"\s{40}")
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")


def fits(raw: bytes) -> bool:
    """Whether this mail's signatures can be checked in bounded time and memory."""
    if len(raw) > MOST_BYTES or raw.count(b"\n") > _LINES:
        return False
    end = _END_OF_HEAD.search(raw, 0, _HEAD_BYTES + 4)
    head = raw[: end.start()] if end else raw
    if len(head) > _HEAD_BYTES or head.count(b"\n") - head.count(b"\n ") - head.count(b"\n\t") > _HEADERS:
        return False
    return _cost_of_runs(raw) <= _RUNS_COST


def signature_fits(value: bytes) -> bool:
    """The same for one DKIM or ARC field."""
    return len(value) <= _FIELD_BYTES and value.count(b":") <= _NAMES and not _LONG_SPACE.search(value)


def _cost_of_runs(raw: bytes) -> int:
    cost = 0
    for run in _RUNS.finditer(raw):
        cost += (run.end() - run.start()) ** 2
        if cost > _RUNS_COST:
            break
    return cost
