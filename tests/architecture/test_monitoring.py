"""deploy/alerts.yaml and the dashboard speak of metrics that exist, and each alert says what to do."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.support.promql import OF_THE_SCRAPE, grouped_by, metric_of, problems, selectors
from workers.metrics import METRICS

DEPLOY = Path(__file__).parents[2] / "deploy"
RUNBOOK = (DEPLOY / "RUNBOOK.md").read_text("utf-8")
GROUPS = YAML(typ="safe").load(DEPLOY / "alerts.yaml")["groups"]
ALERTS = [rule for group in GROUPS for rule in group["rules"]]
DASHBOARD = json.loads((DEPLOY / "grafana" / "stellwerk.json").read_text("utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
TARGETS = [(panel["title"], target) for panel in PANELS for target in panel["targets"]]
UNIT_TESTS = YAML(typ="safe").load(DEPLOY / "alerts_test.yaml")["tests"]
EXPECTED = [expected for test in UNIT_TESTS for expected in test["alert_rule_test"]]
PROMTOOL = shutil.which("promtool") or shutil.which("promtool", path=DEPLOY.parent / ".venv" / "promtool")
DURATION = re.compile(r"\d+[smh]\Z")


def anchor(heading: str) -> str:
    """As the pages that show Markdown make it: small letters, punctuation gone, blanks to hyphens."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def headings(part: str) -> set[str]:
    """The anchors of the entries below a `## ` heading of the runbook."""
    text = re.split(r"^## ", RUNBOOK.split(f"## {part}\n")[1], flags=re.MULTILINE)[0]
    return {anchor(line[4:]) for line in text.splitlines() if line.startswith("### ")}


PARTS = {"page": headings("Wake somebody up"), "ticket": headings("Look into it today")}


def labels_of(expression: str) -> set[str]:
    """All labels that the series of an expression can have."""
    metrics = [metric_of(selector.name) for selector in selectors(expression)]
    return {label for metric in metrics if metric for label in metric.labels} | OF_THE_SCRAPE


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_reads_what_we_measure(alert: dict[str, Any]) -> None:
    """PromQL that parses; series and labels that exist; a text that names only labels that are left."""
    assert [] == list(problems(alert["expr"]))
    assert selectors(alert["expr"])
    named = set(re.findall(r"\$labels\.(\w+)", alert["annotations"]["summary"]))
    assert named <= (grouped_by(alert["expr"]) or labels_of(alert["expr"]))
    assert grouped_by(alert["expr"]) <= labels_of(alert["expr"])
    assert DURATION.match(alert.get("for", "0s"))
    assert {"alert", "expr", "for", "labels", "annotations"} >= set(alert)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_has_its_entry_in_the_runbook(alert: dict[str, Any]) -> None:
    """In the part of its severity; the entry is about what the alert reads."""
    file, _, entry = alert["annotations"]["runbook"].partition("#")
    assert "RUNBOOK.md" == file
    assert entry in PARTS[alert["labels"]["severity"]]
    names = {metric.name for s in selectors(alert["expr"]) if (metric := metric_of(s.name))}
    assert any(name in entry for name in names)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_is_tried_where_it_must_fire_and_where_it_must_not(alert: dict[str, Any]) -> None:
    """In deploy/alerts_test.yaml, for promtool."""
    fires = {bool(each.get("exp_alerts")) for each in EXPECTED if each["alertname"] == alert["alert"]}
    assert {True, False} == fires


@pytest.mark.skipif(PROMTOOL is None, reason="NO PROMTOOL: alerts are not tried; `make promtool` builds it")
def test_alerts_fire_as_they_must() -> None:
    """By Prometheus's own evaluation."""
    command = [str(PROMTOOL), "test", "rules", "alerts_test.yaml"]
    done = subprocess.run(command, cwd=DEPLOY, capture_output=True, text=True, timeout=60, check=False)
    assert 0 == done.returncode, done.stdout + done.stderr


def test_everything_to_wake_somebody_up_for_has_an_alert() -> None:
    """An entry that nothing leads to is found too late."""
    linked = {alert["annotations"]["runbook"].partition("#")[2] for alert in ALERTS}
    assert set() == PARTS["page"] - linked


def test_alerts_have_names_of_their_own() -> None:
    """Silences and routes go by the name."""
    names = [alert["alert"] for alert in ALERTS]
    assert len(names) == len(set(names))
    assert all(name.startswith("Stellwerk") for name in names)


@pytest.mark.parametrize(("title", "target"), TARGETS, ids=[f"{t} {x['refId']}" for t, x in TARGETS])
def test_a_panel_shows_what_we_measure(title: str, target: dict[str, Any]) -> None:
    """Series, labels, and the legend's labels."""
    assert [] == list(problems(target["expr"]))
    named = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
    assert named <= (grouped_by(target["expr"]) or labels_of(target["expr"]))


def test_the_dashboard_shows_every_metric() -> None:
    """Whoever adds one decides where it is looked at."""
    shown = {
        metric.name
        for _, target in TARGETS
        for selector in selectors(target["expr"])
        if (metric := metric_of(selector.name))
    }
    assert set() == set(METRICS) - shown


def test_panels_have_places_and_ids_of_their_own() -> None:
    """Two panels on one spot hide each other."""
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in DASHBOARD["panels"]]
    assert len(places) == len(set(places))
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in DASHBOARD["panels"])


@pytest.mark.parametrize("expression", ["stellwerk_no_such_total", 'stellwerk_build_info{colour="red"}'])
def test_a_slip_in_a_name_would_be_noticed(expression: str) -> None:
    """The check itself is checked."""
    assert 1 == len(list(problems(expression)))
