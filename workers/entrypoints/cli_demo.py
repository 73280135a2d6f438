"""`stellwerk demo`: the whole of it with the samples, and a story of mails."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated
from uuid import uuid4

import typer

from config.logging import LogLevel, configure_logging
from workers.adapters.kafka_reader import kafka_reader
from workers.adapters.smtp_client import OutgoingMail, Reply, SmtpServer, send_all
from workers.entrypoints.configured import now, settings
from workers.entrypoints.demo_mails import STORY, DemoMail
from workers.entrypoints.demo_outcomes import DemoOutcome
from workers.entrypoints.demo_table import Told, story_table, what_next
from workers.entrypoints.demo_watch import DemoWatch
from workers.entrypoints.failures import NO
from workers.entrypoints.installation import kafka_connection
from workers.entrypoints.outgoing_mails import message_id_of
from workers.entrypoints.output import JsonFlag, be_verbose, console, is_verbose, note, print_json, progress
from workers.entrypoints.stack import Stack, StackOptions
from workers.errors import DependencyUnavailable
from workers.processors.viewers import read_users

app = typer.Typer()


@app.command()
def demo(
    once: Annotated[
        bool, typer.Option("--once", help="End after the table; exit 0 only if all went as it must.")
    ] = False,
    json: JsonFlag = False,
) -> None:
    """Run everything with the sample policy and directory, send example mails, and show each one's way.

    Needs nothing installed or running beside it. The first start fetches Apache Kafka (about 50 MB).

    Examples:

      stellwerk demo

      stellwerk demo --once --json | jq .outcome
    """
    from workers.entrypoints.up import run_stack  # all services: `stellwerk --help` must not load them

    configured = settings()
    configure_logging(_quieter(configured.log.level), configured.log.format)
    be_verbose(is_verbose())  # libraries tell of a broker's first seconds as if they were faults
    note("Starting Kafka, Redis and Stellwerk; the first time takes a little longer.")
    options = StackOptions(any_port_if_taken=True)
    story = partial(_demo, once=once, json=json)
    raise typer.Exit(run_stack(configured, options, story, progress=note))


def _quieter(level: LogLevel) -> LogLevel:
    """The table is the answer here; a log beside it only where something is wrong, or where it is asked for."""
    return "warning" if level == "info" else level


async def _demo(stack: Stack, *, once: bool, json: bool) -> int | None:
    """The exit code, or None to go on running."""
    told = await tell_story(stack)
    _show(stack, told, once=once, json=json)
    surprised = sum(bool(each.surprises) for each in told)
    if surprised:
        note(f"[bold red]{surprised} mails did not go as they must.[/]")
    if once:
        return NO if surprised else 0
    note("It goes on running: Ctrl-C ends it.")
    return None


async def tell_story(stack: Stack) -> list[Told]:
    """Send each mail of the story and wait for what becomes of it."""
    told: list[Told] = []
    outcomes: dict[str, DemoOutcome] = {}
    run_tag, started = uuid4().hex[:8], now()
    async with _watch(stack) as watch:
        with progress("Sending the mails") as step:
            for mail in STORY:
                outgoing = mail.write(run_tag, started, outcomes)
                reply = await asyncio.to_thread(_send, SmtpServer(*stack.smtp), outgoing)
                outcomes[mail.name] = await watch.outcome_of(message_id_of(outgoing) or "")
                told.append(_told(mail, outgoing, reply, outcomes))
                step(len(told), len(STORY))
    return told


@asynccontextmanager
async def _watch(stack: Stack) -> AsyncIterator[DemoWatch]:
    configured = settings()
    brought = None if configured.kafka.bootstrap_servers else stack.kafka_bootstrap
    connection = kafka_connection(configured, brought)
    async with kafka_reader(connection) as reader:
        users = await read_users(reader)
        yield await DemoWatch.begin(reader, stack.prefix, users)


def _send(server: SmtpServer, mail: OutgoingMail) -> Reply:
    [(_, replies)] = send_all(server, [mail])
    if not replies[0].accepted:
        raise DependencyUnavailable(f"A demo mail was not accepted: {replies[0].code} {replies[0].text}")
    return replies[0]


def _told(mail: DemoMail, sent: OutgoingMail, reply: Reply, outcomes: dict[str, DemoOutcome]) -> Told:
    outcome = outcomes[mail.name]
    return Told(mail, reply, sent.mail_from, outcome, mail.expected.surprises(outcome, outcomes))


def _show(stack: Stack, told: list[Told], *, once: bool, json: bool) -> None:
    if json:
        for each in told:
            print_json(_as_json(each))
        return
    page = console()
    page.print(story_table(told, page.width))
    page.print(what_next(stack, told, once=once), soft_wrap=True)


def _as_json(each: Told) -> dict[str, object]:
    outcome = each.outcome
    return {
        "name": each.mail.name,
        "title": each.mail.title,
        "code": each.reply.code,
        "outcome": outcome.receipt.outcome,
        "reason": outcome.receipt.reason,
        "delivery_id": outcome.receipt.delivery_id,
        "ticket": outcome.ticket.model_dump(mode="json") if outcome.ticket else None,
        "viewers": dict(outcome.viewers),
        "surprises": list(each.surprises),
    }
