"""Who handles a ticket after a follow-up (R11): every message of a group's customer goes to the group's handler."""

from __future__ import annotations

from schemas.decision import Looked, Step
from schemas.ticket import TicketState
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.group_ranking import Ranking
from workers.routing.receipts import chosen, ignored, missed, step
from workers.routing.responsibility import Pair, choose_of_groups, mailbox_pair, pair_steps
from workers.routing.rights import Rights


def choose_again(
    ranking: Ranking, state: TicketState, policy: CompiledPolicy, rights: Rights
) -> tuple[Pair, tuple[Step, ...]]:
    """The pair by the follow-up's sender's groups.

    The ticket keeps its pair where a command set it, the process says `keep` or no group gives one; but a
    handler who left the directory is always replaced, if need be by what the mailbox gives.
    """
    ticket = state.ticket
    gone = ticket.handler is not None and not rights.is_user(ticket.handler)
    if (fixed := _fixed(state, policy)) is not None and not gone:
        return _kept(state, (fixed,))
    given = choose_of_groups(
        ranking, ticket.process, lambda row: row.handler is None or rights.is_user(row.handler), policy
    )
    if not gone:
        if given.pair is not None:
            return given.pair, given.steps
        return _kept(state, (*given.looked, chosen("ticket", "no group gives a pair: kept")))
    looked = (missed(f"user:{ticket.handler}", "left the directory"), *given.looked)
    if given.pair is not None:
        return given.pair, pair_steps(given.pair, looked)
    return _fallback(state, policy, rights, looked)


def _fixed(state: TicketState, policy: CompiledPolicy) -> Looked | None:
    if "handler" in state.set_by_command:
        return chosen("ticket", "a command set the pair: kept")
    process = policy.process(state.ticket.process)
    if process is not None and process.follow_up == "keep":
        return chosen("ticket", f"follow-ups of {state.ticket.process} keep the pair")
    return None


def _kept(state: TicketState, looked: tuple[Looked, ...]) -> tuple[Pair, tuple[Step, ...]]:
    ticket, sources = state.ticket, state.ticket.sources
    pair = Pair(ticket.handler, ticket.user_group, sources.get("handler"), sources.get("user_group"))
    return pair, (
        step("handler", pair.handler, pair.handler_source or "kept", looked),
        step("user_group", pair.user_group, pair.user_group_source or "kept", looked),
    )


def _fallback(
    state: TicketState, policy: CompiledPolicy, rights: Rights, looked: tuple[Looked, ...]
) -> tuple[Pair, tuple[Step, ...]]:
    """Nobody is left: what the mailbox gives, as for a new ticket without groups."""
    address = state.ticket.mailbox
    mailbox = policy.mailbox(address)
    if mailbox is None:
        pair = Pair(None, state.ticket.user_group, None, state.ticket.sources.get("user_group"))
        return pair, pair_steps(pair, (*looked, ignored(f"mailbox:{address}", "no longer in the policy")))
    pair = mailbox_pair(address, mailbox)
    if pair.handler is not None and not rights.is_user(pair.handler):
        pair = Pair(None, pair.user_group, None, pair.user_group_source)
    return pair, pair_steps(pair, (*looked, chosen(f"mailbox:{address}", "no group gives a pair")))
