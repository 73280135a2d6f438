"""One run of `stellwerk reroute`: what it would change, and the doing, which plans again what live mail changed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import MutableMapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from workers.entrypoints.configured import now, topics_writer
from workers.entrypoints.history_options import readers
from workers.entrypoints.output import progress
from workers.entrypoints.shadow_needs import Facts, shadow_of
from workers.entrypoints.shadow_shares import sharing
from workers.entrypoints.spools import spool
from workers.errors import DependencyUnavailable, InvalidInput
from workers.processors.kept_history import KeptHistory, Period
from workers.processors.policy_archive import Activation, read_activations, read_policies
from workers.processors.reroute import Plan, Run, plan_reroutings
from workers.processors.reroute_apply import Answers, answers_begin, take_answers, write_commands
from workers.processors.shadow_report import Selection, ShadowReport
from workers.processors.topic_reader import TopicReader
from workers.routing.compiled_policy import CompiledPolicy

PASSES = 5
"""A ticket that live mail changes again and again is left to the next run."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which tickets, by which facts, by whom (None: a dry run of nobody), and as which run (None: by what is asked)."""

    selection: Selection
    tickets: frozenset[str]
    span: Period
    facts: Facts
    actor: str | None
    run_id: str | None
    jobs: int | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    run: Run
    live: Activation
    report: ShadowReport
    plan: Plan


@dataclass(slots=True)
class Applied:
    """`commands` that were written; the others are tickets."""

    id: str
    commands: int = 0
    accepted: int = 0
    unanswered: int = 0
    moved_on: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        return {
            "applied": True,
            "id": self.id,
            "commands": self.commands,
            "accepted": self.accepted,
            "refused": self.refused.total(),
            "unanswered": self.unanswered,
            "changed_meanwhile": self.moved_on,
            "reasons": sorted(self.refused),
        }


async def plan_run(asked: Asked, commands: MutableMapping[str, bytes]) -> Planned:
    """`commands`: empty, to be filled. Nothing is written to Kafka."""
    open_reader = readers()
    async with open_reader() as reader:
        live, policy = await _live(reader)
        run = Run(asked.run_id or _run_id(live, asked), asked.actor, now())
        planned = Planned(run, live, ShadowReport(asked.selection), Plan(commands))
        history = KeptHistory(open_reader, asked.span, asked.tickets)
        with spool() as diverged, progress("Routing in the shadow") as bar:
            shadow = await shadow_of(reader, policy, asked.facts, diverged)
            shadow = await sharing(shadow, history, asked.facts, asked.span, asked.tickets, asked.jobs)
            total = await history.size()
            found = plan_reroutings(shadow, history, planned.report, run, lambda done: bar(done, total))
            async for rerouting in found:
                planned.plan.add(rerouting)
    return planned


async def apply_run(asked: Asked, planned: Planned, rate: int, within: timedelta) -> Applied:
    """Write what was planned, take the answers, and plan those tickets again that had changed meanwhile.

    Raises `DependencyUnavailable`; what was written by then is applied, and the same run goes on from there.
    """
    applied = Applied(planned.run.id)
    for number in range(PASSES):
        answers = await _pass(planned.plan.commands, applied, rate, within)
        applied.refused += planned.plan.refused + answers.refused
        applied.moved_on = len(answers.moved_on)
        if not answers.moved_on or number == PASSES - 1:
            break
        planned.plan.commands.clear()
        again = replace(asked, tickets=frozenset(answers.moved_on), run_id=planned.run.id)
        planned = await plan_run(again, planned.plan.commands)
    return applied


async def _pass(
    commands: MutableMapping[str, bytes], applied: Applied, rate: int, within: timedelta
) -> Answers:
    written = len(commands)
    async with readers()() as reader:
        start = await answers_begin(reader)
        with progress("Re-routing") as bar:
            writer = topics_writer()
            await write_commands(commands, writer, per_second=rate, step=lambda done: bar(done, written))
        with progress("Taking the answers") as bar:
            answers = await take_answers(reader, commands, start, within, lambda done: bar(done, written))
    applied.commands += written
    applied.accepted += answers.accepted
    applied.unanswered += len(commands)
    return answers


async def _live(reader: TopicReader) -> tuple[Activation, CompiledPolicy]:
    activations = await read_activations(reader)
    if not activations:
        raise InvalidInput("No policy is live: stellwerk policy publish FILE.")
    policy = (await read_policies(reader)).get(activations[-1].version)
    if policy is None:
        raise DependencyUnavailable("the active policy cannot be read by this version of stellwerk")
    return activations[-1], policy


def _run_id(live: Activation, asked: Asked) -> str:
    """The same selection under the same activation is the same run."""
    selection = asked.selection
    parts = [live.version, str(live.position), asked.facts, *sorted(asked.tickets)]
    parts += [str(selection.mailbox), str(selection.group), str(selection.opened_since)]
    return hashlib.sha256("\0".join([*parts, str(selection.opened_until)]).encode()).hexdigest()[:12]
