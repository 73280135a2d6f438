"""The program `stellwerk`. Its commands are in workers/entrypoints/command_table.py."""

import importlib.util
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from workers.entrypoints.command_table import COMMANDS, Place
from workers.entrypoints.failures import ExitCodeGroup
from workers.entrypoints.garbage import STARTING, collect_after
from workers.entrypoints.help_pages import tidied
from workers.entrypoints.output import be_verbose


class LazyGroup(ExitCodeGroup):
    """Imports a command's file when it is called: `stellwerk send` must not load the services, nor `--help`."""

    _listing = False

    def list_commands(self, ctx: Any) -> list[str]:
        """Those of the table whose file is there."""
        del ctx
        return [name for name, place in COMMANDS.items() if _exists(place)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        del ctx
        place = COMMANDS.get(cmd_name)
        if place is None or not _exists(place):
            return None
        return TyperCommand(cmd_name, help=place.summary) if self._listing else _load(cmd_name, place)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        self._listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self._listing = False


def _exists(place: Place) -> bool:
    return importlib.util.find_spec(f"{__package__}.{place.module}") is not None


def _load(name: str, place: Place) -> Any:
    module = importlib.import_module(f"{__package__}.{place.module}")
    command = tidied(typer.main.get_command(module.app))
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
    collect_after(STARTING)
    app()


if __name__ == "__main__":
    main()
