"""Loads `directory.yaml`: read, and checked against itself."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from config.directory_check import directory_problems
from config.problems import problems_of, wrong
from config.yaml_places import YamlDocument, parse_yaml, read_yaml
from schemas.directory import Directory


def load_directory(path: Path) -> Directory:
    """The directory. Raises `WrongConfiguration` with all that is wrong, a line each, as `load_policy` does."""
    return _checked(read_yaml(path))


def parse_directory(text: str, file: str = "directory.yaml") -> Directory:
    """As `load_directory`, from text; `file` only names it in errors."""
    return _checked(parse_yaml(text, file))


def _checked(yaml: YamlDocument) -> Directory:
    try:
        directory = Directory.model_validate({} if yaml.value is None else yaml.value)
    except ValidationError as error:
        raise wrong(yaml, problems_of(error)) from error
    if problems := directory_problems(directory):
        raise wrong(yaml, problems)
    return directory
