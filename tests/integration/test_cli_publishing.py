"""Commands against a real broker, as a new operator would use them: topics, directory, policy."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import config
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.entrypoints.cli import app

SAMPLES = Path(config.__file__).parent
POLICY, DIRECTORY = str(SAMPLES / "policy.yaml"), str(SAMPLES / "directory.yaml")


class Operator:
    """Types commands, each with the environment of one installation."""

    def __init__(self, bootstrap: str, prefix: str) -> None:
        self._environment = {"STELLWERK_KAFKA__BOOTSTRAP_SERVERS": bootstrap, "STELLWERK_PREFIX": prefix}

    def types(self, *words: str, answer: str | None = None) -> Result:
        return CliRunner().invoke(app, list(words), env=self._environment, input=answer)

    def asks(self, *words: str) -> list[dict[str, Any]]:
        """Of a command that must succeed: its JSON objects. Anything else on stdout fails."""
        result = self.types(*words, "--json")
        assert 0 == result.exit_code, result.stderr
        return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def operator(kafka: EmbeddedKafka, topic_prefix: str) -> Operator:
    operator = Operator(kafka.bootstrap, topic_prefix)
    [plan] = operator.asks("topics", "apply")
    assert plan["applied"]
    return operator


def test_topics_are_provisioned_once(operator: Operator) -> None:
    """The second time there is nothing to do, and a changed count is refused."""
    [plan] = operator.asks("topics", "apply")
    assert ([], [], []) == (plan["created"], plan["drifted"], plan["refused"])

    refused = operator.types("topics", "apply", "--partitions", "7")

    assert 1 == refused.exit_code
    assert "murmur2" in refused.stderr


def test_a_directory_is_loaded_by_its_differences(operator: Operator) -> None:
    """A dry run first, then all, then nothing; and one entity as a user sees it."""
    [dry] = operator.asks("directory", "load", DIRECTORY, "--dry-run")
    [loaded] = operator.asks("directory", "load", DIRECTORY, "--yes")
    [again] = operator.asks("directory", "load", DIRECTORY, "--yes")

    assert not dry["applied"]
    assert dry["added"] == loaded["added"]
    assert [] == again["added"] == again["changed"] == again["removed"]
    [group] = operator.asks("directory", "show", "contact_group", "beta-testers", "--as", "olga")
    assert ["c-acme", "p-private"] == group["contact_group"]["members"]
    assert 1 == operator.types("directory", "show", "p-jan", "--as", "karel").exit_code
    assert "contact/p-jan" in {
        f"{e['kind']}/{e['id']}" for e in operator.asks("directory", "show", "contact")
    }


def test_contacts_of_an_address_book_are_loaded_beside_what_is_there(
    operator: Operator, tmp_path: Path
) -> None:
    """CSV, as vCard and LDIF: differences only, nothing else is removed, and a wrong file changes nothing."""
    operator.asks("directory", "load", DIRECTORY, "--yes")
    file = tmp_path / "new.csv"
    file.write_text("id,company,email\np-eva,ACME,eva@acme.test\n")

    [dry] = operator.asks("directory", "load", str(file), "--book", "customers", "--dry-run")
    [loaded] = operator.asks("directory", "load", str(file), "--book", "customers", "--yes")
    [again] = operator.asks("directory", "load", str(file), "--book", "customers", "--yes")

    assert {"applied": False, "added": ["contact/p-eva"], "changed": [], "removed": []} == dry
    assert {**dry, "applied": True} == loaded
    assert [] == again["added"] == again["changed"]
    [eva] = operator.asks("directory", "show", "contact", "p-eva")
    assert ("c-acme", "customers") == (eva["contact"]["parent"], eva["contact"]["address_book"])
    file.write_text("id,email\np-eva,nonsense\n")
    refused = operator.types("directory", "load", str(file), "--book", "customers", "--yes")
    assert (1, True) == (refused.exit_code, "new.csv:2: addresses.0: not a mail address" in refused.stderr)
    assert 2 == operator.types("directory", "load", str(file), "--yes").exit_code
    assert 2 == operator.types("directory", "load", DIRECTORY, "--book", "customers").exit_code


def test_erasing_a_person_asks_first(operator: Operator) -> None:
    """No is exit 1 and changes nothing; yes erases every mention."""
    operator.asks("directory", "load", DIRECTORY, "--yes")

    assert 1 == operator.types("directory", "forget", "p-private", answer="n\n").exit_code
    assert 0 == operator.types("directory", "show", "p-private").exit_code
    [erased] = operator.asks("directory", "forget", "p-private", "--yes")

    assert ["contact/p-private"] == erased["removed"]
    [group] = operator.asks("directory", "show", "contact_group", "beta-testers")
    assert ["c-acme", "c-globex"] == group["contact_group"]["members"]


def test_a_policy_goes_live_once(operator: Operator) -> None:
    """Its names are checked against the published directory."""
    operator.asks("directory", "load", DIRECTORY, "--yes")
    [checked] = operator.asks("policy", "check", POLICY, "--directory", DIRECTORY)

    [published] = operator.asks("policy", "publish", POLICY, "--yes")
    [again] = operator.asks("policy", "publish", POLICY)

    assert {"version": checked["version"], "previous": None, "changed": True} == published
    assert not again["changed"]


def test_a_wrong_policy_is_refused_with_its_places(operator: Operator, tmp_path: Path) -> None:
    """Exit 1; nothing is published."""
    wrong = tmp_path / "policy.yaml"
    wrong.write_text(Path(POLICY).read_text().replace("handler: petr", "handler: nobody-here"))
    operator.asks("directory", "load", DIRECTORY, "--yes")

    result = operator.types("policy", "publish", str(wrong), "--yes")

    assert 1 == result.exit_code
    assert "nobody-here" in result.stderr
    [published] = operator.asks("policy", "publish", POLICY, "--yes")
    assert published["previous"] is None


@pytest.mark.parametrize(
    "words", [("tickets", "list"), ("tickets", "list", "--limit", "3", "--status", "open")]
)
def test_lists_of_nothing_are_empty(operator: Operator, words: tuple[str, ...]) -> None:
    """Not an error."""
    assert [] == operator.asks(*words)


@pytest.mark.parametrize(
    "words",
    [
        ("tickets", "show", "T-000000000000"),
        ("explain", "T-000000000000"),
        ("explain", "<nobody@nowhere.test>"),
        ("explain", "0" * 32),
        ("reply-headers", "T-000000000000"),
        ("access", "0" * 32, "--as", "petr"),
    ],
)
def test_what_does_not_exist_is_a_no(operator: Operator, words: tuple[str, ...]) -> None:
    """Exit 1, without a traceback."""
    result = operator.types(*words)

    assert 1 == result.exit_code
    assert "Traceback" not in result.output


def test_a_command_without_an_answer_says_that_it_stays(operator: Operator) -> None:
    """No worker runs: exit 3 after the bound."""
    result = operator.types("command", "T-000000000000", "severity", "low", "--actor", "petr", "--wait", "1")

    assert 3 == result.exit_code
    assert "stellwerk work route" in result.stderr
