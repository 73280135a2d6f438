"""`stellwerk reroute`: tickets that were routed wrongly become what the live policy makes of their history."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from schemas.identifiers import ID_PATTERN
from workers.entrypoints.failures import Negative, run
from workers.entrypoints.history_options import DirectoryFacts, Group, Mailbox, facts_of, period, time_option
from workers.entrypoints.output import JsonFlag, YesFlag, confirm, note, print_json
from workers.entrypoints.reroute_pages import show_applied, show_plan
from workers.entrypoints.reroute_run import Applied, Asked, Planned, apply_run, plan_run
from workers.entrypoints.shares import Jobs
from workers.entrypoints.spools import spool
from workers.errors import InvalidInput
from workers.processors.kept_history import Period
from workers.processors.shadow_report import Selection

app = typer.Typer()

INTERRUPTED = 130
_TICKET_ID = re.compile(r"T-[0-9A-Z]{12}")
_NAME = re.compile(ID_PATTERN)


@app.command("reroute")
def command(
    tickets: Annotated[list[str] | None, typer.Argument(metavar="[TICKET]...", help="Only these.")] = None,
    since: Annotated[datetime | None, time_option("Only tickets opened since then")] = None,
    until: Annotated[datetime | None, time_option("Only tickets opened before then")] = None,
    mailbox: Mailbox = None,
    group: Group = None,
    directory: DirectoryFacts = "recorded",
    apply: Annotated[
        bool, typer.Option("--apply", help="Do it; without, only say what would change.")
    ] = False,
    actor: Annotated[
        str | None,
        typer.Option(help="The user who re-routes: needs the right to act on each ticket, as for a command."),
    ] = None,
    run_id: Annotated[
        str | None, typer.Option("--id", help="Name this run; the same name goes on with the same run.")
    ] = None,
    rate: Annotated[
        int, typer.Option(min=1, max=10_000, help="Commands a second at most, beside live mail.")
    ] = 100,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for the answers.")] = 30.0,
    jobs: Jobs = None,
    yes: YesFlag = False,
    json: JsonFlag = False,
) -> None:
    """Make selected tickets what the live policy gives by their history. A dry run, unless --apply is given.

    Only tickets that change get a revision, and messages that require more of their viewers a new tag. What a
    person set by command stays, nobody ever sees more than before, and nothing that a new ticket causes is done
    again. Stop it, kill it, start it again, run it twice: the end is the same.

    Examples:

      stellwerk reroute --mailbox support@acme.example --since 2026-11-01

      stellwerk reroute --since 2026-11-01 --actor petr      (a dry run that says what petr may not do)

      stellwerk reroute T-7Z9Q2M4K8XWA --directory current --apply --actor petr --yes --json
    """
    if apply and not actor:
        raise InvalidInput("--apply needs --actor USER: each ticket is changed by a user who may change it.")
    _check_names(tickets or [], actor, run_id)
    opened = period(since, until)
    asked = Asked(
        Selection(mailbox, group, opened.since, opened.until),
        frozenset(tickets or ()),
        Period(opened.since),
        facts_of(directory),
        actor or None,
        run_id,
        jobs,
    )
    with spool() as commands:
        planned = run(plan_run(asked, commands))
        if asked.tickets and not planned.report.decisions:
            raise Negative(
                "nothing is kept of " + ("this ticket." if len(asked.tickets) == 1 else "these tickets.")
            )
        if not json:
            show_plan(planned)
        if not apply:
            _dry(planned, json)
            return
        if planned.plan.commands:
            confirm(f"Re-route {len(planned.plan.commands)} tickets?", yes)
        _answer(planned, _applied(asked, planned, rate, timedelta(seconds=wait)), json)


def _check_names(tickets: list[str], actor: str | None, run_id: str | None) -> None:
    for ticket in tickets:
        if not _TICKET_ID.fullmatch(ticket):
            raise InvalidInput(f"{ticket[:40]!r} is no ticket id: they look like T-7Z9Q2M4K8XWA.")
    for option, name in (("--actor", actor), ("--id", run_id)):
        if name and not _NAME.match(name):
            raise InvalidInput(f"{option} is a name of letters, digits, dots, - and _, not {name[:40]!r}.")


def _applied(asked: Asked, planned: Planned, rate: int, within: timedelta) -> Applied:
    try:
        return run(apply_run(asked, planned, rate, within))
    except KeyboardInterrupt:
        note(
            "[bold]Stopped.[/] ",
            f"What is written is applied. The same command with --id {planned.run.id} goes on.",
        )
        raise typer.Exit(INTERRUPTED) from None


def _dry(planned: Planned, json: bool) -> None:
    if json:
        print_json(_as_json(planned, {"applied": False}))
    elif planned.report.tickets:
        note("[dim]Nothing was changed. Do it with:[/] ", "--apply --actor USER")


def _answer(planned: Planned, applied: Applied, json: bool) -> None:
    if json:
        print_json(_as_json(planned, applied.as_json()))
    else:
        show_applied(applied)
    left = {
        "refused": applied.refused.total(),
        "not answered yet": applied.unanswered,
        "changed by others meanwhile": applied.moved_on,
    }
    if any(left.values()):
        told = ", ".join(f"{count} {what}" for what, count in left.items() if count)
        raise Negative(f"not all tickets were re-routed: {told}. Run it again to see what is left.")


def _as_json(planned: Planned, more: dict[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in planned.report.as_json().items() if "readable" not in name}
    refused = dict(planned.plan.refused.most_common())
    return {
        **told,
        "retagged_messages": planned.plan.retagged,
        "shut_out_messages": planned.plan.shut_out,
        "would_be_refused": refused,
        "policy_version": planned.live.version,
        **more,
    }
