"""Every log event has its name in one list (`config.log_events`), so that alerts and runbooks can rely on it."""

import ast
from collections.abc import Iterator
from pathlib import Path

from config.log_events import LOG_EVENTS

WORKERS = Path(__file__).parents[2] / "workers"
LOGGERS = {"log", "_log", "logger", "_logger"}
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def logged_events() -> Iterator[tuple[str, str]]:
    """The first argument of each call of a logger, with its place; a variable is one of the file's `EVENTS`."""
    for file in sorted(WORKERS.rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _is_log_call(node.func):
                place = f"{file.relative_to(WORKERS)}:{node.lineno}"
                yield from ((event, place) for event in _names(node.args[0], tree))


def _is_log_call(called: ast.expr) -> bool:
    if not isinstance(called, ast.Attribute) or called.attr not in LEVELS:
        return False
    logger = called.value
    return (isinstance(logger, ast.Name) and logger.id in LOGGERS) or (
        isinstance(logger, ast.Attribute) and logger.attr in LOGGERS
    )


def _names(argument: ast.expr, tree: ast.Module) -> list[str]:
    if isinstance(argument, ast.Constant):
        return [str(argument.value)]
    assigned = [node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign)]
    tables = [a.value for a in assigned if "EVENTS" in ast.unparse(a).partition("{")[0]]
    named = [each for table in tables if isinstance(table, ast.Dict) for each in table.values]
    return [str(each.value) for each in named if isinstance(each, ast.Constant)] or [ast.unparse(argument)]


def test_every_event_that_is_logged_is_in_the_list() -> None:
    """Whatever its level."""
    assert [] == [f"{place}: {event}" for event, place in logged_events() if event not in LOG_EVENTS]


def test_every_event_in_the_list_is_logged() -> None:
    """A name that nothing writes would make an alert that never rings."""
    assert set() == set(LOG_EVENTS) - {event for event, _ in logged_events()}
