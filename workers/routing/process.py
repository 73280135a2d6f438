"""Which kind of work a new ticket is: known from its mailbox (R13), refined by rules."""

from schemas.decision import Step
from schemas.policy import Mailbox
from workers.routing.assigned import Assigned
from workers.routing.receipts import chosen, lost, step
from workers.routing.rules import Ruled


def choose_process(address: str, mailbox: Mailbox, ruled: Ruled) -> tuple[Assigned, Step]:
    """The process, with its source `rule:ID` or `mailbox:ADDRESS`."""
    source = f"mailbox:{address}"
    process = ruled.text("process")
    if process is None:
        looked = chosen(source, f"the mailbox is for {mailbox.process}")
        return Assigned(mailbox.process, source), step("process", mailbox.process, source, (looked,))
    rule = ruled.sources["process"]
    beaten = lost(source, f"the mailbox is for {mailbox.process}, {rule} set another")
    looked_at = (chosen(rule, "a rule refines the mailbox's process"), beaten)
    return Assigned(process, rule), step("process", process, rule, looked_at)
