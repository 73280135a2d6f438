"""`stellwerk contract`: what other systems build on."""

import json as json_module
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from ruamel.yaml import YAML

import schemas
from schemas.topics import TOPICS
from workers.entrypoints.failures import Negative
from workers.entrypoints.output import JsonFlag, console, print_json
from workers.errors import WrongConfiguration
from workers.processors.contract import asyncapi, json_schema, schema_file
from workers.processors.contract_changes import breaking_changes

app = typer.Typer(no_args_is_help=True)


@app.callback()
def contract() -> None:
    """The contract with other systems."""


@app.command()
def export(
    out: Annotated[Path, typer.Option(file_okay=False, help="Directory; made where it is missing.")],
    prefix: Annotated[str, typer.Option(help="Of the installation whose topics the addresses name.")] = "",
    json: JsonFlag = False,
) -> None:
    """Write a JSON Schema for each topic, and `asyncapi.yaml`, generated from the models.

    Examples:

      stellwerk contract export --out contract

      stellwerk contract export --out contract --prefix prod. --json | jq -r .files[]
    """
    try:
        files = write_contract(out, prefix)
    except OSError as error:
        raise WrongConfiguration(f"{error.filename} cannot be written: {error.strerror}.") from error
    if json:
        print_json({"files": [str(path) for path in files]})
    else:
        console().print(f"{len(files)} files in {out}", markup=False)


@app.command()
def check(
    against: Annotated[
        Path, typer.Option(exists=True, file_okay=False, help="A contract that was exported before.")
    ],
    json: JsonFlag = False,
) -> None:
    """Say what this version would break for those who build on an earlier contract. Exit 1 where it breaks anything.

    Examples:

      stellwerk contract check --against schemas/published
    """
    breaks = broken_contract(against)
    if json:
        print_json({"breaks": breaks})
    elif not breaks:
        console().print("Nothing breaks: all that was published still holds.")
    if breaks:
        raise Negative("v1 would break; publish v2 beside it (CONTRIBUTING.md):\n" + "\n".join(breaks))


def broken_contract(published: Path) -> list[str]:
    """`FILE: what breaks`, for each break of a schema in `published`; schemas that are new break nothing."""
    now = {Path(schema_file(topic)).name: json_schema(topic) for topic in TOPICS}
    breaks: list[str] = []
    for path in sorted((published / "schemas").glob("*.json")):
        before = json_module.loads(path.read_text("utf-8"))
        found = (
            breaking_changes(before, now[path.name]) if path.name in now else ["the topic is no longer there"]
        )
        breaks += [f"{path.name}: {each}" for each in found]
    return breaks


def write_contract(out: Path, prefix: str) -> list[Path]:
    """Equal code writes equal bytes. Returns the files in the order of the topics, asyncapi.yaml first."""
    (out / "schemas").mkdir(parents=True, exist_ok=True)
    yaml = YAML()
    yaml.width = 110
    document = out / "asyncapi.yaml"
    with document.open("w", encoding="utf-8") as file:
        yaml.dump(asyncapi(version("stellwerk"), prefix, _examples()), file)
    return [document, *(_write_json(out / schema_file(topic), json_schema(topic)) for topic in TOPICS)]


def _examples() -> dict[str, Any]:
    """Those that are shipped with the models."""
    directory = resources.files(schemas) / "examples"
    files = {topic.name: directory / f"{topic.name}.json" for topic in TOPICS}
    return {
        name: json_module.loads(file.read_text("utf-8")) for name, file in files.items() if file.is_file()
    }


def _write_json(path: Path, content: dict[str, Any]) -> Path:
    path.write_text(json_module.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
