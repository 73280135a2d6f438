"""The program `stellwerk`: which command lives in which file. A command's file is imported when it is called."""

import importlib.util
from typing import Annotated, Any

import typer

from workers.entrypoints.failures import ExitCodeGroup
from workers.entrypoints.output import be_verbose

COMMANDS: dict[str, str] = {
    "up": "cli_up",
    "demo": "cli_demo",
    "smtp": "cli_services:smtp",
    "work": "cli_services:work",
    "send": "cli_send",
    "tickets": "cli_tickets",
    "explain": "cli_explain",
    "why-not": "cli_why_not",
    "access": "cli_access",
    "command": "cli_command",
    "reply-headers": "cli_reply_headers",
    "policy": "cli_policy",
    "directory": "cli_directory",
    "reroute": "cli_reroute",
    "dead-letters": "cli_dead_letters",
    "suppressed": "cli_suppressed",
    "reconcile": "cli_reconcile",
    "verify": "cli_verify",
    "topics": "cli_topics",
    "contract": "cli_contract",
    "settings": "cli_settings",
}
"""Name -> `module` or `module:attribute` (else `app`) in this package, in the order of `--help`."""


class LazyGroup(ExitCodeGroup):
    """Knows its commands by name, and imports one when it is needed: `stellwerk send` must not load Faust."""

    def list_commands(self, ctx: Any) -> list[str]:
        del ctx
        return [name for name, where in COMMANDS.items() if _exists(where)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        del ctx
        where = COMMANDS.get(cmd_name)
        return None if where is None or not _exists(where) else _load(cmd_name, where)


def _exists(where: str) -> bool:
    return importlib.util.find_spec(_module(where)) is not None


def _module(where: str) -> str:
    return f"{__package__}.{where.partition(':')[0]}"


def _load(name: str, where: str) -> Any:
    _, _, attribute = where.partition(":")
    command = typer.main.get_command(getattr(importlib.import_module(_module(where)), attribute or "app"))
    command.name = name
    return command


app = typer.Typer(
    cls=LazyGroup,
    name="stellwerk",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # its frames would show local variables: words of mails
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with `stellwerk demo`. Exit codes: 0 done, 1 the answer is no, 2 wrong use, 3 a dependency is down.",
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version("stellwerk"))
        raise typer.Exit


@app.callback()
def stellwerk(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show tracebacks and the logs of libraries.")
    ] = False,
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """A mail router that loses nothing, doubles nothing, leaks nothing, and can say why."""
    be_verbose(debug)


def main() -> None:
    app()


if __name__ == "__main__":
    main()
