"""Loads `policy.yaml`: read, checked against itself and the directory, compiled."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from config.compile_policy import compile_policy
from config.policy_directory_check import directory_mismatches
from config.policy_reach import reach_problems
from config.policy_references import reference_problems, repeated_mailboxes
from config.problems import Problem, problems_of, wrong
from config.yaml_places import YamlDocument, parse_yaml, read_yaml
from schemas.directory import Directory
from schemas.policy import Policy
from schemas.policy_document import PolicyDocument


def load_policy(path: Path, directory: Directory | None = None) -> Policy:
    """The compiled policy. Without a directory, names of its entities are not checked.

    Raises `WrongConfiguration` with all that is wrong, a line each: `file:line: key.path: what is wrong, what
    to do`. Wrong shapes come first: names are checked in a file whose shape is right.
    """
    return _checked(read_yaml(path), directory)


def parse_policy(text: str, file: str = "policy.yaml", directory: Directory | None = None) -> Policy:
    """As `load_policy`, from text; `file` only names it in errors."""
    return _checked(parse_yaml(text, file), directory)


def _checked(yaml: YamlDocument, directory: Directory | None) -> Policy:
    policy, problems = examine(yaml, directory)
    if policy is None or problems:
        raise wrong(yaml, problems)
    return policy


def examine(yaml: YamlDocument, directory: Directory | None) -> tuple[Policy | None, list[Problem]]:
    """The policy as far as it could be compiled, and all that is wrong."""
    repeated = repeated_mailboxes(yaml.value)
    try:
        document = PolicyDocument.model_validate(yaml.value)
    except ValidationError as error:
        return None, problems_of(error) + repeated
    policy, problems = compile_policy(document)
    problems += repeated + reference_problems(document) + reach_problems(document)
    problems += directory_mismatches(document, directory) if directory else []
    return policy, problems
