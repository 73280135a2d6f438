"""`stellwerk policy`: check a policy file, and make it live."""

from pathlib import Path
from typing import Annotated

import typer

from schemas.directory import Directory
from schemas.policy import Policy
from workers.entrypoints.checked_files import as_directory, checked_directory, checked_policy
from workers.entrypoints.configured import now, topics_reader, topics_writer
from workers.entrypoints.failures import Negative, run
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


@app.command()
def check(file: PolicyFile, directory: DirectoryFile = None, json: JsonFlag = False) -> None:
    """Check a policy file without any server: every mistake with its file, line and key. Exit 1 if there is one.

    Examples:

      stellwerk policy check config/policy.yaml --directory config/directory.yaml

      stellwerk policy check policy.yaml --json | jq .version
    """
    try:
        found = checked_policy(file, checked_directory(directory) if directory else None)
    except Negative as error:
        if json:
            print_json({"file": str(file), "valid": False, "problems": error.public.splitlines()[1:]})
        raise
    if json:
        print_json({"file": str(file), "valid": True, "problems": [], "version": version_of(found)})
    else:
        console().print(f"{file}: right. {_summary(found)}", markup=False)
        console().print(f"version {version_of(found)}", markup=False)


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
