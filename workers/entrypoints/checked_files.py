"""Policy and directory files for commands: a file that is wrong is a failed check (exit 1), with every place."""

from collections.abc import Iterable
from pathlib import Path

from config.directory_file import load_directory
from config.policy_analysis import analyse_policy
from schemas.directory import ENTITY_KINDS, Directory, DirectoryEntity
from schemas.policy import Policy
from workers.entrypoints.failures import Negative
from workers.entrypoints.finding_pages import line_of
from workers.entrypoints.output import note
from workers.errors import WrongConfiguration


def checked_policy(path: Path, directory: Directory | None) -> Policy:
    """The compiled policy. `directory` None: names of its entities are not checked.

    Raises `Negative` where `policy check` would find an error. Warnings are shown, and are no reason to stop.
    """
    analysis = analyse_policy(path, directory)
    if analysis.policy is None:
        lines = "\n".join(line_of(each) for each in analysis.findings if each.severity == "error")
        raise Negative(f"the policy is wrong:\n{lines}")
    for finding in analysis.findings:
        if finding.severity == "warning":
            note("", line_of(finding))
    return analysis.policy


def checked_directory(path: Path) -> Directory:
    """Raises `Negative`."""
    try:
        return load_directory(path)
    except WrongConfiguration as error:
        raise Negative(f"the directory is wrong:\n{error.public}") from error


def as_directory(entities: Iterable[DirectoryEntity]) -> Directory:
    """The published directory as one value; kinds that we don't know are left out."""
    by_kind: dict[str, dict[str, object]] = {f"{kind}s": {} for kind in ENTITY_KINDS}
    for entity in entities:
        if entity.body is not None:
            by_kind[f"{entity.kind}s"][entity.id] = entity.body
    return Directory.model_validate(by_kind)
