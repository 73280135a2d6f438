"""`stellwerk directory`: users, rights, contacts and groups."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from config.contacts_file import is_contacts_file
from schemas.directory import DirectoryEntity
from workers.entrypoints.checked_files import checked_directory
from workers.entrypoints.configured import now, topics_reader, topics_writer
from workers.entrypoints.contacts_import import ContactsImport
from workers.entrypoints.entity_names import meant_key, meant_keys
from workers.entrypoints.failures import Negative, run
from workers.entrypoints.output import JsonFlag, Limit, YesFlag, confirm, console, note, print_json
from workers.errors import InvalidInput
from workers.processors.directory_differences import DirectoryDifferences
from workers.processors.entity_as_seen import entity_as_seen
from workers.processors.forget_entity import forget_entity
from workers.processors.publish_directory import publish_change, publish_directory, published_entities

app = typer.Typer(no_args_is_help=True)
_SHOWN = 40


@app.callback()
def directory() -> None:
    """Users, rights, contacts and groups."""


@app.command()
def load(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True)],
    book: Annotated[
        str | None, typer.Option("--book", metavar="ID", help="The contacts' address book (not for YAML).")
    ] = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove contacts of --book that the file does not have.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be published.")] = False,
    yes: YesFlag = False,
    json: JsonFlag = False,
) -> None:
    """Publish a file's differences to the directory, all at one moment. A file that breaks a rule is refused.

    YAML is the whole directory: entities that it does not name are removed. CSV (.csv, .tsv), vCard (.vcf) and LDIF
    (.ldif) are contacts for one address book: they are added or changed, and what the file does not speak of stays.

    CSV has a header line with some of id, kind, name, company, parent, addresses, domains, address_book.

    Examples:

      stellwerk directory load config/directory.yaml --dry-run

      stellwerk directory load directory.yaml --yes --json

      stellwerk directory load customers.vcf --book customers --dry-run
    """
    publish, notes = _publishing(file, book, prune)
    differences = run(publish(True))
    notes()
    if differences and not dry_run:
        if not yes:
            _show(differences, to_stderr=True)
        confirm("Publish this?", yes)
        differences = run(publish(False))
    if json:
        print_json({"applied": not dry_run, **_as_json(differences)})
    else:
        _show(differences, to_stderr=False)


Publish = Callable[[bool], Coroutine[Any, Any, DirectoryDifferences]]


def _publishing(file: Path, book: str | None, prune: bool) -> tuple[Publish, Callable[[], None]]:
    """What publishes the file (True: only says what it would), and what tells of what was left out."""
    if is_contacts_file(file):
        if book is None:
            raise InvalidInput("Say with --book which address book these contacts belong to.")
        contacts = ContactsImport(file, book, prune=prune)
        return contacts.publish, contacts.show_notes
    if book is not None or prune:
        raise InvalidInput(
            "--book and --prune are for CSV, vCard and LDIF; a YAML file is the whole directory."
        )
    wanted = checked_directory(file)

    async def publish(dry: bool) -> DirectoryDifferences:
        async with topics_reader("Reading the directory") as reader:
            return await publish_directory(
                wanted, at=now(), reader=reader, writer=topics_writer(), dry_run=dry
            )

    return publish, lambda: None


@app.command()
def show(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[KIND] [ID]", help="One entity, or all of a kind.")
    ] = None,
    viewer: Annotated[
        str | None, typer.Option("--as", metavar="USER", help="Only what this user may see.")
    ] = None,
    limit: Limit = 100,
    after: Annotated[str | None, typer.Option(help="List those after this KIND/ID.")] = None,
    json: JsonFlag = False,
) -> None:
    """Show one entity, or list many. `--as USER` hides contacts of books that the user may not read.

    Examples:

      stellwerk directory show contact_group key-accounts --as petr

      stellwerk directory show contact

      stellwerk directory show --json --limit 500 | jq -r .id
    """
    entities = run(_entities())
    keys = [key for key in meant_keys(words or [], entities) if after is None or key > after]
    seen = [entity for key in keys if (entity := _seen(key, entities, viewer)) is not None]
    if words and not seen:
        raise Negative(f"there is no entity {' '.join(words)}.")
    for entity in seen[:limit]:
        _show_entity(entity, json=json, whole=len(seen) == 1)


@app.command()
def forget(
    words: Annotated[list[str], typer.Argument(metavar="[KIND] ID", help="A contact or a user.")],
    yes: YesFlag = False,
    json: JsonFlag = False,
) -> None:
    """Erase a person: the contact or user, and every mention in groups and rights.

    Kafka drops the old records within a day or two. Mail is kept until its own time is over.

    Examples:

      stellwerk directory forget contact p-jan

      stellwerk directory forget user petr --yes --json
    """
    key = meant_key(words, run(_entities()))
    confirm(f"Erase {key} from the directory?", yes)

    async def erase() -> DirectoryDifferences:
        async with topics_reader("Reading the directory") as reader:
            return await publish_change(
                lambda current: forget_entity(key, current), at=now(), reader=reader, writer=topics_writer()
            )

    differences = run(erase())
    if json:
        print_json({"applied": True, **_as_json(differences)})
    else:
        _show(differences, to_stderr=False)
        note("", "Remove it from your directory file too: the next `directory load` would bring it back.")


async def _entities() -> dict[str, DirectoryEntity]:
    async with topics_reader("Reading the directory") as reader:
        return await published_entities(reader)


def _seen(key: str, entities: dict[str, DirectoryEntity], viewer: str | None) -> DirectoryEntity | None:
    return entities[key] if viewer is None else entity_as_seen(key, entities, viewer)


def _show_entity(entity: DirectoryEntity, *, json: bool, whole: bool) -> None:
    if json:
        print_json(entity.model_dump(mode="json", exclude_none=True))
    elif whole:
        console().print_json(entity.model_dump_json(exclude_none=True))
    else:
        console().print(f"{entity.key:<40} {getattr(entity.body, 'name', '')}", markup=False)


def _as_json(differences: DirectoryDifferences) -> dict[str, Any]:
    return {
        "added": [entity.key for entity in differences.added],
        "changed": [entity.key for entity in differences.changed],
        "removed": list(differences.removed),
    }


def _show(differences: DirectoryDifferences, *, to_stderr: bool) -> None:
    lines = [
        *(f"+ {entity.key}" for entity in differences.added),
        *(f"~ {entity.key}" for entity in differences.changed),
        *(f"- {key}" for key in differences.removed),
    ] or ["Nothing differs."]
    left = len(lines) - _SHOWN
    for line in [*lines[:_SHOWN], *([f"… and {left} more"] if left > 0 else [])]:
        if to_stderr:
            note("", line)
        else:
            console().print(line, markup=False)
