"""schemas/published: what other systems build on is what this version speaks, and keeps what it promised before."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from schemas.event import Event
from schemas.topics import MAIL_DEAD_LETTER, TICKETS_ROUTED, TOPICS, Topic
from tests.support.shipped_examples import an_example
from workers.entrypoints.cli import app
from workers.entrypoints.cli_contract import broken_contract, write_contract
from workers.processors.contract import json_schema, schema_file
from workers.processors.contract_changes import breaking_changes

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "schemas" / "published"
ASYNCAPI_SCHEMA = json.loads((ROOT / "tests/support/asyncapi/asyncapi-3.0.0.json").read_text("utf-8"))


def git(*arguments: str) -> str:
    """What git says; nothing where this is no clone."""
    command = [shutil.which("git") or "git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def the_document() -> dict[str, Any]:
    """The published asyncapi.yaml."""
    document: dict[str, Any] = YAML(typ="safe").load(PUBLISHED / "asyncapi.yaml")
    return document


def test_the_published_contract_is_what_the_models_give(tmp_path: Path) -> None:
    """No drift. Where this fails, `make contract` writes it anew, if nothing breaks."""
    write_contract(tmp_path, "")

    def contents(directory: Path) -> dict[str, str]:
        files = (path for path in directory.rglob("*") if path.is_file())
        return {str(path.relative_to(directory)): path.read_text("utf-8") for path in files}

    published, written = contents(PUBLISHED), contents(tmp_path)
    assert set(written) == set(published)
    assert [] == [f"{name} drifted: make contract" for name in written if written[name] != published[name]]


def test_nothing_that_was_published_breaks() -> None:
    """Within v1 changes only add."""
    assert [] == broken_contract(PUBLISHED)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_nothing_that_was_released_breaks(topic: Topic[Event]) -> None:
    """A contract written anew by hand would hide a break; releases (tags `v…`), and the last commit, do not."""
    path = f"schemas/published/{schema_file(topic)}"
    for version in ["HEAD", *git("tag", "--list", "v*").split()]:
        if before := git("show", f"{version}:{path}"):
            assert [] == breaking_changes(json.loads(before), json_schema(topic)), version


def test_a_break_ends_the_check_with_its_reason(tmp_path: Path) -> None:
    """`make contract` stops there, with exit code 1, and writes nothing."""
    write_contract(tmp_path, "")
    path = tmp_path / schema_file(TICKETS_ROUTED)
    promised = json.loads(path.read_text("utf-8"))
    promised["properties"]["colour"] = {"type": "string"}
    path.write_text(json.dumps(promised))

    found = CliRunner().invoke(app, ["contract", "check", "--against", str(tmp_path)])

    assert 1 == found.exit_code
    assert "tickets.routed.v1.json: `colour` was removed" in found.stderr


def test_a_topic_that_is_gone_is_a_break(tmp_path: Path) -> None:
    """Readers of v1 stay until the last one has moved to v2."""
    write_contract(tmp_path, "")
    (tmp_path / "schemas" / "tickets.gone.v1.json").write_text("{}")
    assert ["tickets.gone.v1.json: the topic is no longer there"] == broken_contract(tmp_path)


def test_the_document_is_asyncapi_3() -> None:
    """By the official JSON Schema. `make contract-check` asks the official parser."""
    jsonschema.Draft7Validator(ASYNCAPI_SCHEMA).validate(the_document())


@pytest.mark.parametrize("slip", ["adress", "mesages"])
def test_a_slip_in_the_document_would_be_noticed(slip: str) -> None:
    """The check itself is checked."""
    document = the_document()
    document["channels"]["tickets.routed"][slip] = {}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(ASYNCAPI_SCHEMA).validate(document)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_the_published_schema_takes_its_example(topic: Topic[Event]) -> None:
    """Schemas are 2020-12; the example is one of the document's too."""
    schema = json.loads((PUBLISHED / schema_file(topic)).read_text("utf-8"))
    example = json.loads(an_example(topic).write())

    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    ).validate(example)

    message = the_document()["components"]["messages"][topic.name]
    assert (topic.name == MAIL_DEAD_LETTER.name) == ("examples" not in message)
    for each in message.get("examples", ()):
        jsonschema.Draft202012Validator(schema).validate(each["payload"])
