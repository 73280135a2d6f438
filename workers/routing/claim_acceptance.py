"""Whether a mail may join the ticket that it claims. A claim proves nothing; the sender must fit (DESIGN part 4)."""

from typing import NamedTuple

from schemas.decision import Looked, Step
from schemas.mail import EnrichedMail
from schemas.ticket import TicketState
from workers.routing.customer import customer_key, is_of_customer
from workers.routing.identity import Signer
from workers.routing.outcome import Forward
from workers.routing.receipts import chosen, missed, step
from workers.routing.rights import Rights


class ClaimVerdict(NamedTuple):
    """`internal`: written by a colleague; never becomes the customer and adds no book."""

    accepted: bool
    internal: bool
    unverified: bool
    step: Step


def judge_claim(mail: EnrichedMail, state: TicketState, rights: Rights) -> ClaimVerdict:
    """The sender must be of the ticket's customer, or a proven colleague who may act in the ticket's area."""
    if mail.mailbox != state.ticket.mailbox:
        return _refused((missed("mailbox", "the ticket is of another mailbox"),))
    if is_of_customer(mail, state.customer_key):
        return ClaimVerdict(True, False, is_unverified(mail), _OF_CUSTOMER)
    stranger = missed("customer", "the sender is not of the ticket's customer")
    colleague = _colleague(mail, state.ticket.area, rights)
    if colleague.verdict != "chosen":
        return _refused((stranger, colleague))
    return ClaimVerdict(True, True, False, step("claim", "accepted", "internal", (stranger, colleague)))


def thread_refused(mail: EnrichedMail, signer: Signer) -> Forward:
    """Where a mail goes that may not join: one ticket for all of its sender's that claim the same one."""
    refused = signer.refused_ticket_id(mail.mailbox, mail.ticket_id, customer_key(mail))
    return Forward(refused, "thread_refused")


_OF_CUSTOMER = step(
    "claim", "accepted", "customer", (chosen("customer", "the sender is of the ticket's customer"),)
)


def is_unverified(mail: EnrichedMail) -> bool:
    """Whether nothing but its own From line ties a joined mail to its ticket."""
    return mail.identity_level != "aligned" and not mail.claim.signed


def _colleague(mail: EnrichedMail, area: str, rights: Rights) -> Looked:
    user = mail.sender.user_id
    if user is None:
        return missed("internal", "the sender is not a directory user")
    candidate = f"user:{user}"
    if mail.identity_level != "aligned":
        return missed(candidate, "the sender's identity is not aligned")
    if "actor" not in rights.held(user, "areas", area):
        return missed(candidate, f"no right actor on area {area}")
    return chosen(candidate, f"actor on area {area}")


def _refused(looked: tuple[Looked, ...]) -> ClaimVerdict:
    return ClaimVerdict(False, False, False, step("claim", "refused", "thread_refused", looked))
