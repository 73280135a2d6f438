"""Laws that hold for every command, whatever it does."""

import json
import shlex
import subprocess
import sys
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from workers.entrypoints.cli import app
from workers.entrypoints.command_table import COMMANDS
from workers.entrypoints.failures import Negative, exit_code
from workers.entrypoints.help_pages import filled
from workers.errors import DependencyUnavailable, InvalidInput, StellwerkError, ViewLost, WrongConfiguration

RUNNER = CliRunner()


def all_commands() -> dict[str, Any]:
    """Every command by its words: groups are gone through."""
    group = typer.main.get_command(app)
    found: dict[str, Any] = {}
    for name in group.list_commands(None):  # type: ignore[attr-defined]
        command = group.get_command(None, name)  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        found |= {f"{name} {word}": each for word, each in inner.items()} if inner else {name: command}
    return found


EVERY = all_commands()


@pytest.mark.parametrize("name", sorted(EVERY))
def test_every_command_shows_examples_in_its_help(name: str) -> None:
    """Somebody who asks for help wants a line to copy; each one calls this very command."""
    result = RUNNER.invoke(app, [*name.split(), "--help"], env={"COLUMNS": "200", "TERM": "dumb"})

    assert 0 == result.exit_code
    _, found, examples = result.output.partition("Example")
    assert found
    assert f"stellwerk {name}" in " ".join(examples.split())


@pytest.mark.parametrize("name", sorted(EVERY))
def test_every_option_says_what_it_does(name: str) -> None:
    """Metavars alone help nobody."""
    silent = [
        parameter.name
        for parameter in EVERY[name].params
        if not getattr(parameter, "help", None) and parameter.param_type_name == "option"
    ]
    assert [] == silent


def test_every_group_lists_its_commands_without_arguments() -> None:
    """Nothing is done by accident."""
    result = RUNNER.invoke(app, ["topics"])
    assert "apply" in result.output


def test_the_list_of_commands_loads_none_of_them() -> None:
    """Help comes at once."""
    code = (
        "import sys; from workers.entrypoints.cli import app; "
        "app(['--help'], standalone_mode=False); print(*sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    listing, modules = result.stdout.rsplit("\n", 2)[:2]
    assert "tickets" in listing
    assert not {"faust", "aiokafka", "workers.entrypoints.cli_tickets"} & set(modules.split())


def test_an_unknown_command_is_a_wrong_use() -> None:
    """Exit 2."""
    assert 2 == RUNNER.invoke(app, ["fly"]).exit_code


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("why-not T-7Z9Q2M4K8XWA", "Ask for one of --group"),
        ("why-not T-7Z9Q2M4K8XWA --handler eva --area sales", "Ask for one of --group"),
        ("reroute --apply", "--apply needs --actor"),
        ("reroute 'T-1; rm -rf /'", "no ticket id"),
        ("reroute --actor 'rosa; ls'", "--actor is a name of letters"),
        ("reroute --id '../night'", "--id is a name of letters"),
        ("reroute --directory yesterday", "`recorded` or `current`, not 'yesterday'"),
        ("reroute --since 2026-11-02 --until 2026-11-01", "--since must be before --until"),
        ("reroute --since tomorrow", "'tomorrow' does not match the formats"),
        ("reroute --rate 0", "Invalid value for '--rate'"),
        ("policy diff nowhere.yaml", "does not exist"),
        ("replay mail.inbound --to x", "mail.inbound cannot be replayed"),
        ("replay tickets.routed --to tickets.sla", "one of our own topics"),
        ("verify --jobs 0", "Invalid value for '--jobs'"),
        ("explain T-7Z9Q2M4K8XWA --limit 0", "Invalid value for '--limit'"),
    ],
)
def test_a_wrong_question_is_refused_before_anything_is_asked_for(words: str, said: str) -> None:
    """Exit 2 with what is wrong, and no server is needed for that."""
    result = RUNNER.invoke(app, shlex.split(words), env={"COLUMNS": "200", "TERM": "dumb"})
    assert (2, "") == (result.exit_code, result.stdout)
    assert said in " ".join(result.stderr.split())


def test_paragraphs_of_help_fill_the_line() -> None:
    """And examples stay as they are, without options that are about the shell."""
    assert "One line.\n\nTwo in one.\n\n  an example\n  as it is" == filled(
        "One line.\n\nTwo\nin one.\n\n  an example\n  as it is"
    )
    assert [] == [name for name, each in EVERY.items() for p in each.params if "completion" in (p.name or "")]


def test_the_version_is_shown() -> None:
    """For bug reports."""
    result = RUNNER.invoke(app, ["--version"])
    assert 0 == result.exit_code
    assert result.output[0].isdigit()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DependencyUnavailable("x"), 3),
        (ViewLost("x"), 3),
        (InvalidInput("x"), 2),
        (WrongConfiguration("x"), 2),
        (Negative("x"), 1),
        (StellwerkError("x"), 1),
    ],
)
def test_errors_have_their_exit_codes(error: StellwerkError, code: int) -> None:
    """1 the answer is no, 2 wrong use, 3 a dependency is unavailable."""
    assert code == exit_code(error)


def test_without_a_configured_kafka_a_command_says_what_to_set() -> None:
    """One line, no traceback."""
    result = RUNNER.invoke(app, ["tickets", "list"], env={"STELLWERK_KAFKA__BOOTSTRAP_SERVERS": ""})

    assert 2 == result.exit_code
    assert "STELLWERK_KAFKA__BOOTSTRAP_SERVERS" in result.stderr
    assert "Traceback" not in result.output


def test_a_wrong_setting_names_its_variable() -> None:
    """Before anything connects."""
    result = RUNNER.invoke(app, ["settings"], env={"STELLWERK_SMTP__PORT": "many"})

    assert 2 == result.exit_code
    assert "STELLWERK_SMTP__PORT" in result.stderr


def test_json_is_all_there_is_on_stdout() -> None:
    """One object a line."""
    result = RUNNER.invoke(app, ["settings", "--json"])

    assert 0 == result.exit_code
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert "STELLWERK_KAFKA__BOOTSTRAP_SERVERS" in {row["name"] for row in rows}


def test_every_command_of_the_table_is_where_the_table_says() -> None:
    """Those that exist; the help shows no others."""
    assert set(typer.main.get_command(app).list_commands(None)) <= set(COMMANDS)  # type: ignore[attr-defined]
