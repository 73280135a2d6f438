"""Dead letters as people and programs see them."""

from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from rich.table import Table

from workers.processors.dead_letters import SetAside


def as_json(letter: SetAside) -> dict[str, Any]:
    """One line of `dead-letters list --json`."""
    why = letter.letter
    return {
        "id": letter.id,
        "state": letter.state,
        "stage": why.stage,
        "reason": why.reason,
        "own_fault": why.own_fault,
        "attempt": why.attempt,
        "delivery_id": why.delivery_id,
        "record": f"{letter.record.topic}-{letter.record.partition}-{letter.record.offset}",
        "source": f"{letter.source.topic}-{letter.source.partition}-{letter.source.offset}",
        "at": why.at.isoformat(),
    }


def raw_as_json(letter: SetAside) -> dict[str, Any]:
    """The record itself: only for operators who ask for one."""
    headers = [[name, value.decode("utf-8", "replace")] for name, value in letter.original.headers]
    return {"headers": headers, "value": b64encode(letter.original.value or b"").decode()}


def table(letters: Sequence[SetAside]) -> Table:
    """Oldest first. `tries`: how often it was tried so far."""
    rows = Table("id", "since", "stage", "reason", "whose", "tries", "state", box=None, header_style="bold")
    for letter in letters:
        why = letter.letter
        whose = "ours" if why.own_fault else "sender"
        when = why.at.strftime("%Y-%m-%d %H:%M")
        rows.add_row(letter.id, when, why.stage, why.reason, whose, str(why.attempt + 1), letter.state)
    return rows
