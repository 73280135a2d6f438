"""From an error to an exit code and one helpful line: 1 the answer is no, 2 wrong use, 3 a server is down."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import typer
from typer.core import TyperGroup

from workers.entrypoints.output import is_verbose, note
from workers.errors import (
    DependencyUnavailable,
    InvalidInput,
    NotAdmitted,
    StellwerkError,
    WrongConfiguration,
)

T = TypeVar("T")

NO, WRONG_USE, UNAVAILABLE = 1, 2, 3


class Negative(StellwerkError):
    """A question was answered with "no", or a check failed: exit 1 with the reason."""


class ExitCodeGroup(TyperGroup):
    """Ends expected failures with their exit code. Anything else is a bug, and shows itself."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except StellwerkError as error:
            if is_verbose():
                raise
            note(f"[bold red]{_title(error)}[/] ", error.public)
            raise typer.Exit(exit_code(error)) from None


def exit_code(error: StellwerkError) -> int:
    match error:
        case WrongConfiguration() | InvalidInput() | NotAdmitted():
            return WRONG_USE
        case DependencyUnavailable():
            return UNAVAILABLE
        case _:
            return NO


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's asynchronous part to its end."""
    return asyncio.run(work)


def _title(error: StellwerkError) -> str:
    match error:
        case NotAdmitted():
            return "Not admitted:"
        case DependencyUnavailable():
            return "Not available:"
        case InvalidInput():
            return "Not possible:"
        case _:
            return "No:"
