"""`stellwerk policy check`, as people and scripts use it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import config
from workers.entrypoints.cli import app

SAMPLES = Path(config.__file__).parent
POLICY, DIRECTORY = SAMPLES / "policy.yaml", SAMPLES / "directory.yaml"


def check(*words: object) -> Result:
    return CliRunner().invoke(app, ["policy", "check", *map(str, words)])


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """A handler that is not in the directory, and a rule that is never reached."""
    file = tmp_path / "wrong.yaml"
    file.write_text(POLICY.read_text().replace("handler: petr", "handler: nobody-here"))
    return file


def line_of(text: str) -> int:
    """Where the sample says this for the first time."""
    return next(n for n, line in enumerate(POLICY.read_text().splitlines(), 1) if text in line)


def test_the_sample_is_right_and_its_gap_is_a_warning() -> None:
    """Exit 0; with --strict 1."""
    relaxed, strict = (
        check(POLICY, "--directory", DIRECTORY),
        check(POLICY, "--directory", DIRECTORY, "--strict"),
    )
    assert (0, 1) == (relaxed.exit_code, strict.exit_code)
    place = f"policy.yaml:{line_of('handler: olga')}"
    assert f"{place}: warning: groups.resellers.processes.ordering.handler" in relaxed.stdout
    assert "give the right in the directory" in relaxed.stdout
    assert "0 errors, 2 warnings" in strict.stderr


def test_an_error_is_exit_1_and_has_its_place(wrong: Path) -> None:
    """All of them, with what to do."""
    result = check(wrong, "--directory", DIRECTORY)
    assert 1 == result.exit_code
    place = f"wrong.yaml:{line_of('handler: petr')}"
    assert f"{place}: error: groups.key-accounts.processes.helpdesk.handler" in result.stdout
    assert "define it, or use one of" in result.stdout
    assert "2 errors" in result.stderr


def test_json_has_every_finding_in_parts(wrong: Path) -> None:
    """One object, and a version only where the policy is right."""
    right = json.loads(check(POLICY, "--json").stdout)
    answer = json.loads(check(wrong, "--directory", DIRECTORY, "--json").stdout)
    assert (True, 64) == (right["valid"], len(right["version"]))
    assert (False, None) == (answer["valid"], answer["version"])
    finding = next(each for each in answer["findings"] if each["severity"] == "error")
    assert {"file", "line", "key", "severity", "text", "hint"} == finding.keys()
    assert (str(wrong), 47) == (finding["file"], finding["line"])
