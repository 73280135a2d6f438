"""deploy/kubernetes/overlays/production: it renders, what it renders is valid, and its scaling can't do harm."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
from ruamel.yaml import YAML

from config.setting_names import setting_paths, variable
from config.settings import Settings
from tests.support.promql import problems

ROOT = Path(__file__).parents[2]
KUBERNETES = ROOT / "deploy" / "kubernetes"
OVERLAY = KUBERNETES / "overlays" / "production"
SCALED_OBJECT = ROOT / "tests" / "support" / "crds" / "keda.sh_scaledobject_v1alpha1.json"
KUSTOMIZE = shutil.which("kustomize") or shutil.which("kustomize", path=ROOT / ".venv" / "kustomize")
OPERATORS_OWN = "kafka.strimzi.io/"
VARIABLES = {variable(path) for path in setting_paths(Settings)}

Resource = dict[str, Any]


def loaded(path: Path) -> list[Resource]:
    """The resources of one file."""
    return list(YAML(typ="safe").load_all(path))


KUSTOMIZATION = loaded(OVERLAY / "kustomization.yaml")[0]
SCALED = loaded(OVERLAY / "scaling.yaml")[0]
PARTITIONS = next(
    int(literal.partition("=")[2])
    for literal in loaded(KUBERNETES / "base" / "kustomization.yaml")[0]["configMapGenerator"][0]["literals"]
    if literal.startswith("STELLWERK_KAFKA__PARTITIONS=")
)


@pytest.fixture(scope="module")
def rendered() -> list[Resource]:
    """By kustomize itself."""
    if KUSTOMIZE is None:
        pytest.skip("NO KUSTOMIZE: overlays are not rendered; `make kustomize` builds it")
    done = subprocess.run(
        [KUSTOMIZE, "build", OVERLAY], capture_output=True, text=True, timeout=60, check=False
    )
    assert (0, "") == (done.returncode, done.stderr)
    return list(YAML(typ="safe").load_all(done.stdout))


def the(resources: list[Resource], kind: str, name: str) -> Resource:
    """The one of this kind and name."""
    [found] = [r for r in resources if r["kind"] == kind and r["metadata"]["name"] == name]
    return found


def test_what_the_overlay_names_is_there() -> None:
    """Also where no kustomize is; every file of it is used."""
    named = [*KUSTOMIZATION["resources"], *(patch["path"] for patch in KUSTOMIZATION["patches"])]
    assert all((OVERLAY / name).exists() for name in named)
    assert {path.name for path in OVERLAY.glob("*.yaml")} - {"kustomization.yaml"} <= set(named)
    base = loaded(KUBERNETES / "base" / "kustomization.yaml")[0]["resources"]
    deployments = {
        each["metadata"]["name"]
        for path in [*(KUBERNETES / "base" / name for name in base), OVERLAY / "route.yaml"]
        for each in loaded(path)
        if each["kind"] == "Deployment"
    }
    changed = {each["name"] for each in KUSTOMIZATION["replicas"]} | {"stellwerk-work"}
    assert changed <= deployments


def test_only_settings_that_exist_are_given() -> None:
    """Beside OpenTelemetry's own."""
    [generated] = KUSTOMIZATION["configMapGenerator"]
    names = {literal.partition("=")[0] for literal in generated["literals"]}
    assert {name for name in names if not name.startswith("OTEL_")} <= VARIABLES


def test_all_that_is_rendered_is_what_kubernetes_takes(rendered: list[Resource]) -> None:
    """KEDA's by the schema of its own resource. Strimzi's are held to the code in test_kubernetes.py."""
    schema = json.loads(SCALED_OBJECT.read_text("utf-8"))
    for resource in rendered:
        if resource["apiVersion"].startswith("keda.sh/"):
            jsonschema.validate(resource, schema)
        elif not resource["apiVersion"].startswith(OPERATORS_OWN):
            kubernetes_validate.validate(resource, "1.34", strict=True)
    assert {"stellwerk"} == {r["metadata"]["namespace"] for r in rendered if r["kind"] != "Namespace"}


def test_a_slip_in_the_scaling_would_be_noticed() -> None:
    """The check itself is checked."""
    slip = {**SCALED, "spec": {**SCALED["spec"], "maxReplicas": 3}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(slip, json.loads(SCALED_OBJECT.read_text("utf-8")))


def test_routing_has_a_deployment_of_its_own(rendered: list[Resource]) -> None:
    """And nobody else routes; each has its budget, and the same image and settings."""
    work, route = (
        the(rendered, "Deployment", "stellwerk-work"),
        the(rendered, "Deployment", "stellwerk-route"),
    )
    [works], [routes] = (each["spec"]["template"]["spec"]["containers"] for each in (work, route))
    assert (["work", "project", "price", "clock"], ["work", "route"]) == (works["args"], routes["args"])
    for key in ("image", "envFrom", "securityContext", "volumeMounts", "readinessProbe", "livenessProbe"):
        assert works[key] == routes[key]
    assert {"stellwerk-route"} == {
        each["value"] for each in routes["env"] if each["name"].endswith("USERNAME")
    }
    [login] = [v["secret"] for v in route["spec"]["template"]["spec"]["volumes"] if v["name"] == "kafka-user"]
    assert "stellwerk-route" == login["secretName"]
    budget = the(rendered, "PodDisruptionBudget", "stellwerk-route")["spec"]
    assert route["spec"]["selector"] == budget["selector"]


def test_scaling_is_left_to_the_autoscaler(rendered: list[Resource]) -> None:
    """A number in the deployment would set it back with each `apply`."""
    assert "replicas" not in the(rendered, "Deployment", "stellwerk-route")["spec"]
    assert "stellwerk-route" == SCALED["spec"]["scaleTargetRef"]["name"]


def test_scaling_stays_within_the_partitions_and_goes_down_slowly() -> None:
    """Each change moves lanes: a pod that is taken too early costs more than it saves."""
    spec = SCALED["spec"]
    assert (
        2 <= spec["minReplicaCount"] <= spec["fallback"]["replicas"] <= spec["maxReplicaCount"] <= PARTITIONS
    )
    down = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]["scaleDown"]
    assert down["stabilizationWindowSeconds"] >= 900
    assert [1] == [policy["value"] for policy in down["policies"]]
    assert all(policy["periodSeconds"] >= 300 for policy in down["policies"])


def test_scaling_reads_what_we_measure() -> None:
    """And takes no answer for no lag."""
    [trigger] = SCALED["spec"]["triggers"]
    assert [] == list(problems(trigger["metadata"]["query"]))
    assert "false" == trigger["metadata"]["ignoreNullValues"]
