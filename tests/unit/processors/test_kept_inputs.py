"""By what the records of a lane are looked up."""

from typing import Any

import pytest

from workers.ports import InRecord
from workers.processors.kept_inputs import event_id

OURS = (("ce_specversion", b"1.0"), ("ce_id", b"T-1:1"), ("ce_source", b"/stellwerk/tickets.routed"))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (OURS, "T-1:1"),
        (OURS[1:], "T-1:1"),
        ((("ce_specversion", b"1.0"), ("ce_id", b"\xff")), "\ufffd"),
        ((("ce_specversion", None), ("ce_id", None)), "without-id:7"),
        ((("a", None), ("b", None), ("ce_id", b"c")), "c"),
        ((), "without-id:7"),
    ],
)
def test_an_event_is_looked_up_by_its_id(headers: Any, expected: str) -> None:
    """Wherever it stands; what others wrote may have none, and null is a header's value, too."""
    assert expected == event_id(InRecord("t", 0, 7, 0, None, None, headers))
