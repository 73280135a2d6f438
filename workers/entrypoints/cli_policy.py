"""`stellwerk policy`: check a policy file, and make it live; what it would change is in `cli_policy_diff`."""

from pathlib import Path
from typing import Annotated

import typer

from config.policy_analysis import analyse_policy
from schemas.directory import Directory
from schemas.policy import Policy
from workers.entrypoints import cli_policy_diff
from workers.entrypoints.checked_files import as_directory, checked_directory, checked_policy
from workers.entrypoints.configured import now, topics_reader, topics_writer
from workers.entrypoints.failures import Negative, run
from workers.entrypoints.finding_pages import as_json, counted, page_of
from workers.entrypoints.output import JsonFlag, YesFlag, confirm, console, note, print_json
from workers.processors.publish_directory import published_entities
from workers.processors.publish_policy import PolicyPublished, active_policy_version, publish_policy
from workers.routing.policy_version import as_version, version_of

app = typer.Typer(no_args_is_help=True)

PolicyFile = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True)]
DirectoryFile = Annotated[
    Path | None,
    typer.Option("--directory", metavar="FILE", exists=True, dir_okay=False, help="Check names against it."),
]


@app.callback()
def policy() -> None:
    """Service conditions: check, publish."""


cli_policy_diff.register(app)


@app.command()
def check(
    file: PolicyFile,
    directory: DirectoryFile = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 on warnings, too.")] = False,
    json: JsonFlag = False,
) -> None:
    """Analyse a policy file without any server: what is wrong, what can never happen, what is hardly meant.

    Each finding has its place, a severity (error, warning, hint) and what to do. Exit 1 on errors. With --directory
    also: who lacks a right, and which groups of equal priority meet in somebody.

    Examples:

      stellwerk policy check config/policy.yaml --directory config/directory.yaml

      stellwerk policy check policy.yaml --strict

      stellwerk policy check policy.yaml --json | jq '.findings[] | select(.severity == "error")'
    """
    analysis = analyse_policy(file, checked_directory(directory) if directory else None)
    found, policy = analysis.findings, analysis.policy
    if json:
        version = version_of(policy) if policy else None
        answer = {"file": str(file), "valid": policy is not None, "version": version}
        print_json({**answer, "findings": [as_json(finding) for finding in found]})
    else:
        for finding in found:
            console().print(page_of(finding), soft_wrap=True)
        if policy:
            console().print(f"{file}: {_summary(policy)}", markup=False)
            console().print(f"version {version_of(policy)}", markup=False)
    if policy is None or (strict and analysis.count("warning")):
        raise Negative(f"{file} has {counted(found)}.")
    note("", f"{file}: {counted(found)}.")


@app.command()
def publish(
    file: PolicyFile,
    directory: DirectoryFile = None,
    actor: Annotated[str, typer.Option(help="Who publishes it; kept with the activation.")] = "admin",
    yes: YesFlag = False,
    json: JsonFlag = False,
) -> None:
    """Make a policy live, without a restart. Publishing the live one again changes nothing.

    Names are checked against --directory, else against the directory that is published.

    Examples:

      stellwerk policy publish policy.yaml

      stellwerk policy publish policy.yaml --yes --actor jana --json
    """
    version = as_version(
        checked_policy(file, checked_directory(directory) if directory else run(_published()))
    )
    active = run(_active())
    if version.version != active:
        note("", f"Live now: {active or 'no policy'}. To be live: {version.version}.")
        confirm("Publish it?", yes)

    async def write() -> PolicyPublished:
        async with topics_reader("Publishing") as reader:
            return await publish_policy(version, at=now(), actor=actor, reader=reader, writer=topics_writer())

    published = run(write())
    if json:
        print_json(
            {"version": published.version, "previous": published.previous, "changed": published.changed}
        )
    else:
        console().print("Published." if published.changed else "It was live already.")


async def _published() -> Directory | None:
    """The published directory; None where there is none yet, so that nothing is checked against it."""
    async with topics_reader("Reading the directory") as reader:
        entities = await published_entities(reader)
    return as_directory(entities.values()) if entities else None


async def _active() -> str | None:
    async with topics_reader() as reader:
        return await active_policy_version(reader)


def _summary(found: Policy) -> str:
    contracts = len(found.sla.contracts)
    return (
        f"{len(found.processes)} processes, {len(found.mailboxes)} mailboxes, {len(found.groups)} groups, "
        f"{contracts} SLA contracts, {len(found.rules)} rules."
    )
