"""What is wrong in a file of the operator: every place at once, with its line and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from config.yaml_places import KeyPath, YamlDocument
from workers.errors import WrongConfiguration


@dataclass(frozen=True, slots=True)
class Problem:
    """`what`: what is wrong and what to do, one line."""

    path: KeyPath
    what: str


def wrong(document: YamlDocument, problems: Iterable[Problem]) -> WrongConfiguration:
    """All problems as one error, a line each: `file:line: key.path: what`, in the file's order."""
    placed = sorted({(document.line_of(problem.path), _line(problem)) for problem in problems})
    return WrongConfiguration("\n".join(f"{document.file}:{line}: {text}" for line, text in placed))


def _line(problem: Problem) -> str:
    return f"{'.'.join(map(str, problem.path)) or '(file)'}: {problem.what}"


def problems_of(error: ValidationError) -> list[Problem]:
    """A model's complaints in the words of this page."""
    return [Problem(_path(each), _what(each)) for each in error.errors()]


def _path(error: ErrorDetails) -> KeyPath:
    return tuple(part for part in error["loc"] if part != "[key]")


def _what(error: ErrorDetails) -> str:
    if error["loc"][-1:] == ("[key]",):
        return f"this key is not possible: {_reason(error)}"
    return _reason(error)


_ID_HINT = "not possible: letters, digits, dot, dash and underscore, beginning with a letter or digit"
_REASONS = {
    "missing": "is missing; add it",
    "extra_forbidden": "is not a known key here; correct or remove it",
    "string_type": "must be text; put it in quotes",
    "bool_type": "must be true or false, without quotes",
    "int_type": "must be a whole number, without quotes",
    "model_type": "must be a mapping (key: value)",
    "mapping_type": "must be a mapping (key: value)",
    "tuple_type": "must be a list",
    "too_short": "is empty; add at least one",
}


def _reason(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    if error["type"] == "value_error":
        return str(context.get("error", error["msg"]))
    if error["type"] == "string_pattern_mismatch":
        pattern = str(context.get("pattern"))
        return _ID_HINT if pattern.startswith("^[A-Za-z0-9][") else f"does not fit the form {pattern}"
    return _REASONS.get(error["type"]) or error["msg"][:1].lower() + error["msg"][1:]
