"""What commands print: answers on stdout (for people, or JSON and nothing else), everything else on stderr.

Every command loads this file. What it needs to print, it loads when it prints.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import Console

WIDTH_WITHOUT_TERMINAL = 120
_NOISY = ("aiokafka", "asyncio", "faust", "mode", "kafka")

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON, one object per line, and nothing else.")]
YesFlag = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="At most so many.")]


def be_verbose(debug: bool) -> None:
    """Libraries speak only with --debug: their retries are not the answer to anybody's question."""
    logging.getLogger("stellwerk").setLevel(logging.DEBUG if debug else logging.INFO)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.DEBUG if debug else logging.CRITICAL)


def is_verbose() -> bool:
    return logging.getLogger("stellwerk").level == logging.DEBUG


def console() -> Console:
    """Where answers for people go. Not a terminal: 120 columns without colours, unless COLUMNS says otherwise."""
    return _console(sys.stdout)


def note(styled: str, plain: str = "") -> None:
    """A line for people on stderr. `plain` may hold anything; it is shown as it is."""
    from rich.markup import escape

    _console(sys.stderr).print(styled + escape(plain), soft_wrap=True)


def print_json(answer: BaseModel | Mapping[str, Any]) -> None:
    """One JSON object on one line."""
    plain = answer if isinstance(answer, Mapping) else answer.model_dump(mode="json")
    sys.stdout.write(json.dumps(plain, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


def confirm(question: str, yes: bool) -> None:
    """Ask on stderr, unless --yes. No answer (no terminal) is a no: exit 1."""
    if not yes:
        typer.confirm(question, abort=True, err=True)


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int | None], None]]:
    """A bar on stderr for long work, gone when it ends; nothing where stderr is not a terminal."""
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=_console(sys.stderr),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _console(file: Any) -> Console:
    from rich.console import Console

    known = file.isatty() or "COLUMNS" in os.environ
    return Console(file=file, highlight=False, width=None if known else WIDTH_WITHOUT_TERMINAL)
