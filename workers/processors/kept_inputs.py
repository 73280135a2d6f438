"""A kept decision joined with the mail or command that it was made of. Nothing waits here: see `lane_window`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pydantic import ValidationError

from schemas.command import TicketCommand
from schemas.mail import EnrichedMail
from schemas.trusted import trusted
from workers.ports import InRecord
from workers.processors.kept_receipt import KeptReceipt, read_receipt
from workers.processors.lane_window import LaneWindow
from workers.processors.route_inputs import taken_at
from workers.routing.commands.clock import as_taken
from workers.routing.decide_again import Cause

_read_mail = trusted(EnrichedMail)


class KeptDecision(NamedTuple):
    """`receipt` None: it can't be read. `cause` None: nothing was decided by rules, or the input is not there.

    `input_lost`: the input should be there, for earlier ones are, or it can't be read.
    """

    record: InRecord
    receipt: KeptReceipt | None
    cause: Cause | None = None
    input_lost: bool = False


class KeptInputs:
    """Of one lane."""

    def __init__(self, mails: LaneWindow, commands: LaneWindow) -> None:
        self._mails = mails
        self._commands = commands

    def join(
        self, records: Sequence[InRecord], joined: list[KeptDecision]
    ) -> LaneWindow | KeptReceipt | None:
        """Join what is not `joined` yet, in order. None: it was done; else what the next one needs first.

        That is the window that needs more records; or the receipt of a command that was taken up from the dead
        letters, long after its place in the topic: see `taken_up`.
        """
        while len(joined) < len(records):
            found = self._join(records[len(joined)])
            if not isinstance(found, KeptDecision):
                return found
            joined.append(found)
        return None

    def _join(self, record: InRecord) -> KeptDecision | LaneWindow | KeptReceipt:
        receipt = read_receipt(record.value)
        if receipt is None or not receipt.was_decided:
            return KeptDecision(record, receipt)
        if receipt.delivery_id is not None:
            if not self._mails.find(receipt.input_id, record.timestamp_ms):
                return self._mails
            mail = self._mails.found
            return _kept(record, receipt, _mail(mail), mail is None, self._mails)
        if receipt.attempt:
            return receipt
        if not self._commands.find(str(receipt.place.offset), record.timestamp_ms):
            return self._commands
        return self.taken_up(record, receipt, self._commands.found)

    def taken_up(self, record: InRecord, receipt: KeptReceipt, found: InRecord | None) -> KeptDecision:
        """With its command, as it was found in its place."""
        return _kept(record, receipt, _command(found), found is None, self._commands)


def event_id(record: InRecord) -> str:
    """Its `ce_id`, the first one. What others write may have none, or one that is null."""
    headers: tuple[tuple[str, bytes | None], ...] = record.headers
    for name, value in headers:
        if name == "ce_id" and value is not None:
            return value.decode("utf-8", "replace")
    return f"without-id:{record.offset}"


def offset_of(record: InRecord) -> str:
    """What a command is looked up by."""
    return str(record.offset)


def _kept(
    record: InRecord, receipt: KeptReceipt, cause: Cause | None, missing: bool, window: LaneWindow
) -> KeptDecision:
    return KeptDecision(record, receipt, cause, input_lost=window.has_matched if missing else cause is None)


def _mail(found: InRecord | None) -> EnrichedMail | None:
    try:
        return None if found is None else _read_mail(found.value or b"")
    except ValidationError:
        return None


def _command(found: InRecord | None) -> TicketCommand | None:
    if found is None:
        return None
    try:
        command = TicketCommand.read(found.value or b"")
    except ValidationError:
        return None
    return as_taken(command, taken_at(found))
