"""deploy/kubernetes: what the API server would refuse, and what operators rely on, checked without a cluster."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from config.setting_names import setting_paths, variable
from config.settings import Settings
from config.settings_sources import SECRETS_DIR
from schemas.topics import TOPICS
from workers.adapters.strimzi_topics import strimzi_topics
from workers.adapters.topic_specs import topic_specs
from workers.entrypoints.cli import app

BASE = Path(__file__).parents[2] / "deploy" / "kubernetes" / "base"
VERSIONS = ("1.31", "1.34", "1.37")
SETTINGS = {variable(path) for path in setting_paths(Settings)}
VARIABLES = SETTINGS | {f"{name}_FILE" for name in SETTINGS} | {SECRETS_DIR}

Resource = dict[str, Any]


def loaded(name: str) -> list[Resource]:
    """The resources of one file."""
    return list(YAML(typ="safe").load_all(BASE / name))


KUSTOMIZATION = loaded("kustomization.yaml")[0]
OPERATORS_OWN = ("topics.yaml", "users.yaml")
FILES = [name for name in KUSTOMIZATION["resources"] if name not in OPERATORS_OWN]
RESOURCES = [resource for name in FILES for resource in loaded(name)]
DEPLOYMENTS = [resource for resource in RESOURCES if resource["kind"] == "Deployment"]


def the(kind: str, name: str) -> Resource:
    """The one resource of this kind and name."""
    [found] = [r for r in RESOURCES if r["kind"] == kind and r["metadata"]["name"] == name]
    return found


def container(deployment: Resource) -> Resource:
    """Its only one."""
    [only] = deployment["spec"]["template"]["spec"]["containers"]
    found: Resource = only
    return found


def pod_volumes(deployment: Resource) -> list[Resource]:
    found: list[Resource] = deployment["spec"]["template"]["spec"]["volumes"]
    return found


def settings_given() -> dict[str, str]:
    """Those of the config map."""
    [generated] = KUSTOMIZATION["configMapGenerator"]
    return dict(literal.split("=", 1) for literal in generated["literals"])


by_name = pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda each: each["metadata"]["name"])


@pytest.mark.parametrize("kubernetes", VERSIONS)
@pytest.mark.parametrize("resource", RESOURCES, ids=lambda r: f"{r['kind']}/{r['metadata']['name']}")
def test_a_resource_is_what_its_version_of_kubernetes_takes(resource: Resource, kubernetes: str) -> None:
    """By Kubernetes' own schemas, strictly: a key that they don't know is a slip."""
    kubernetes_validate.validate(resource, kubernetes, strict=True)


def test_a_slip_in_a_key_would_be_noticed() -> None:
    """The check itself is checked."""
    slip = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x", "lables": {}}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(slip, VERSIONS[0], strict=True)


def test_every_file_is_applied() -> None:
    """A manifest that the kustomization does not name does nothing."""
    assert {path.name for path in BASE.glob("*.yaml")} - {"kustomization.yaml"} == set(
        KUSTOMIZATION["resources"]
    )


@by_name
def test_a_pod_is_nobody_and_writes_nowhere(deployment: Resource) -> None:
    """Non-root, read-only root, no capabilities, no token of the cluster: the namespace enforces `restricted`."""
    pod, only = deployment["spec"]["template"]["spec"], container(deployment)
    assert pod["securityContext"]["runAsNonRoot"]
    assert "RuntimeDefault" == pod["securityContext"]["seccompProfile"]["type"]
    assert pod["automountServiceAccountToken"] is False
    assert only["securityContext"]["readOnlyRootFilesystem"]
    assert only["securityContext"]["allowPrivilegeEscalation"] is False
    assert ["ALL"] == only["securityContext"]["capabilities"]["drop"]
    writable = {mount["mountPath"] for mount in only["volumeMounts"] if not mount.get("readOnly")}
    assert {"/tmp", "/blobs"} == writable  # noqa: S108 - a mount of its own


@by_name
def test_probes_ask_the_doors_that_there_are(deployment: Resource) -> None:
    """Ready may come and go with Kafka; alive must not."""
    only = container(deployment)
    paths = {kind: only[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness", "readiness")}
    assert {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"} == paths
    ports = {port["name"]: port["containerPort"] for port in only["ports"]}
    assert Settings.model_fields["http"].default.port == ports["http"]
    assert {only[f"{kind}Probe"]["httpGet"]["port"] for kind in paths} <= set(ports)
    assert 8025 == int(deployment["spec"]["template"]["metadata"]["annotations"]["prometheus.io/port"])


@by_name
def test_a_pod_has_the_time_that_its_orderly_stop_takes(deployment: Resource) -> None:
    """SMTP ends running transactions, lanes finish their batch: killed sooner is safe, but slower."""
    grace = deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    assert grace >= 2 * Settings.model_fields["smtp"].default.stop_seconds
    assert grace >= Settings.model_fields["routing"].default.transaction_seconds


@by_name
def test_a_disruption_leaves_somebody_at_work(deployment: Resource) -> None:
    """A drained node takes one at a time; an update adds a pod before it takes one."""
    budget = the("PodDisruptionBudget", deployment["metadata"]["name"])["spec"]
    assert deployment["spec"]["selector"] == budget["selector"]
    assert deployment["spec"]["replicas"] >= 2
    assert 1 == budget.get("minAvailable", budget.get("maxUnavailable"))
    assert 0 == deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"]


def test_services_lead_to_pods() -> None:
    """Selectors that match, ports that are named there; limits by network need the peer's own address."""
    for service in (resource for resource in RESOURCES if resource["kind"] == "Service"):
        wanted = service["spec"]["selector"].items()
        [target] = [
            each for each in DEPLOYMENTS if wanted <= each["spec"]["template"]["metadata"]["labels"].items()
        ]
        named = {port["name"] for port in container(target)["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= named
    assert "Local" == the("Service", "stellwerk-smtp")["spec"]["externalTrafficPolicy"]


def test_only_settings_that_exist_are_given_and_no_secret_among_them() -> None:
    """Secrets are files, named as their variables are."""
    given = settings_given()
    assert set(given) <= VARIABLES
    plain = {name for name in given if not name.endswith("_FILE")}
    assert not [name for name in plain if "PASSWORD" in name or "TOKEN" in name or name == "STELLWERK_SECRET"]
    assert "STELLWERK_REDIS__URL" not in plain
    mounts = {mount["mountPath"] for each in DEPLOYMENTS for mount in container(each)["volumeMounts"]}
    assert given[SECRETS_DIR] in mounts
    assert "true" == given["STELLWERK_KAFKA__PRODUCTION"]


@by_name
def test_a_pod_logs_in_as_itself(deployment: Resource) -> None:
    """Over TLS, with the password that Strimzi keeps for its user; each file that a setting names is mounted."""
    given, only = settings_given(), container(deployment)
    own = {each["name"]: each["value"] for each in only["env"]}
    user = deployment["metadata"]["name"]
    assert "SASL_SSL" == given["STELLWERK_KAFKA__SECURITY_PROTOCOL"]
    assert user == own["STELLWERK_KAFKA__SASL_USERNAME"] == own.get("STELLWERK_REDIS__USERNAME", user)
    assert set(own) <= VARIABLES
    files = {name: value for name, value in (given | own).items() if value.startswith("/run/")}
    mounted = {mount["mountPath"] for mount in only["volumeMounts"] if mount.get("readOnly")}
    assert {
        value if name == SECRETS_DIR else str(Path(value).parent) for name, value in files.items()
    } == mounted
    volumes = {each["name"]: each["secret"] for each in pod_volumes(deployment) if "secret" in each}
    assert user == volumes["kafka-user"]["secretName"]
    assert user in {each["metadata"]["name"] for each in loaded("users.yaml")}


def test_the_users_are_what_the_code_says() -> None:
    """No drift, at Kafka and at Redis. Where this fails, `make contract` writes them anew."""
    kafka = CliRunner().invoke(app, ["topics", "acls", "--strimzi", "stellwerk"])
    redis = CliRunner().invoke(app, ["topics", "acls", "--redis"])
    assert (BASE / "users.yaml").read_text("utf-8") == kafka.stdout
    assert (BASE.parents[1] / "redis" / "users.txt").read_text("utf-8") == redis.stdout


def test_the_image_is_this_version() -> None:
    """A release takes the tag along."""
    [image] = KUSTOMIZATION["images"]
    assert ("stellwerk", version("stellwerk")) == (image["name"], image["newTag"])
    assert {"stellwerk"} == {container(each)["image"] for each in DEPLOYMENTS}


def test_the_topics_are_what_the_code_says() -> None:
    """No drift. Where this fails, `make contract` writes them anew."""
    partitions = settings_given()["STELLWERK_KAFKA__PARTITIONS"]
    printed = CliRunner().invoke(
        app, ["topics", "strimzi", "--cluster", "stellwerk", "--partitions", partitions]
    )
    assert (BASE / "topics.yaml").read_text("utf-8") == printed.stdout


def test_a_topic_resource_is_what_topics_apply_wants() -> None:
    """The operator and `topics apply` must not undo each other's settings. Names obey RFC 1123."""
    specs = topic_specs("Prod_1.", 12, 3)
    resources = strimzi_topics(specs, "mail")

    assert len(TOPICS) == len({resource["metadata"]["name"] for resource in resources})
    for spec, resource in zip(specs, resources, strict=True):
        said = resource["spec"]
        assert (spec.name, spec.partitions, 3) == (said["topicName"], said["partitions"], said["replicas"])
        assert dict(spec.configs) == _texts(said)
        assert resource["metadata"]["name"].startswith("prod-1.")
        assert {"strimzi.io/cluster": "mail"}.items() <= resource["metadata"]["labels"].items()


def _texts(spec: Resource) -> dict[str, str]:
    """The settings as a broker has them."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in spec["config"].items()
    }
