"""What a policy gives a ticket by its first mail: process, area, handler pair, SLA, price lists, privacy (R10-R44)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.decision import Step
from schemas.mail import EnrichedMail
from schemas.policy import Mailbox
from schemas.ticket import Sla
from workers.errors import InvalidInput
from workers.routing.area import choose_area
from workers.routing.assigned import Assigned
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.group_ranking import RankedGroup, Ranking
from workers.routing.price_lists import choose_price_lists
from workers.routing.privacy import first_private_to
from workers.routing.process import choose_process
from workers.routing.responsibility import Pair, choose_pair
from workers.routing.revision import with_sources
from workers.routing.rules import Ruled
from workers.routing.sla_assignment import assign_sla


@dataclass(frozen=True, slots=True)
class Assignment:
    """Every field that a policy gives a ticket, with its sources and the steps that led there.

    `sla` has no due times: they depend on when the ticket was opened, and all else does not.
    """

    process: Assigned
    area: Assigned
    pair: Pair
    sla: Sla | None
    price_lists: tuple[str, ...]
    private_to: str | None
    groups: tuple[str, ...]
    sources: Mapping[str, str]
    steps: tuple[Step, ...]


def assign_all(
    mail: EnrichedMail, mailbox: Mailbox, ranking: Ranking, ruled: Ruled, policy: CompiledPolicy
) -> Assignment:
    """Raises `InvalidInput` where a rule or mailbox names a process that the policy does not have."""
    key = (mail.mailbox, ranking.key, ruled.key)
    return policy.assignments.value(
        key, lambda: _assigned(mail.mailbox, mailbox, ranking.asked, ruled, policy)
    )


def _assigned(
    address: str,
    mailbox: Mailbox,
    ranked: tuple[RankedGroup, ...],
    ruled: Ruled,
    policy: CompiledPolicy,
) -> Assignment:
    process, process_step = choose_process(address, mailbox, ruled)
    area, area_step = choose_area(ranked, process.value, _default_area(process.value, policy), ruled)
    pair, pair_steps = choose_pair(ranked, process.value, address, mailbox, ruled)
    sla, sla_step = assign_sla(ranked, process.value, policy)
    lists, lists_source, lists_step = choose_price_lists(ranked, policy.policy)
    private_to, private_step = first_private_to(address, mailbox, ruled)
    given = {"process": process.source, "area": area.source, "price_lists": lists_source, **pair.sources}
    given["sla"] = f"group:{sla.group_id}" if sla else None
    return Assignment(
        process=process,
        area=area,
        pair=pair,
        sla=sla,
        price_lists=lists,
        private_to=private_to,
        groups=tuple(group.id for group in ranked),
        sources=with_sources({}, given),
        steps=(process_step, area_step, *pair_steps, sla_step, lists_step, private_step),
    )


def _default_area(process: str, policy: CompiledPolicy) -> str:
    known = policy.process(process)
    if known is None:
        raise InvalidInput("the process is not in the policy", process=process)
    return known.default_area
