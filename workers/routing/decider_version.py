"""Which code decided. Changed by hand, and only when the same input shall give another decision (P3).

`stellwerk verify` compares receipts of this version bit for bit, and reports those of another version as decided
by other code instead of as corruption.
"""

DECIDER_VERSION = "2"
