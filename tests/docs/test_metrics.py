"""The dashboard and the alert rules use metrics and labels that exist, and the manual names all."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from killswitches.registry import registry
from sessions_api.health.parts import NECESSARY, REPLACEABLE
from sessions_api.metrics import definitions
from sessions_api.metrics.definitions import Type
from sessions_api.metrics.labels import OTHER, REASONS
from sessions_api.metrics.readings import READINGS
from sessions_api.models.kinds import SessionKind
from sessions_api.services.ended_sessions import EndCause
from sessions_api.services.undone_work import kinds_of_work
from tests.manual import DOCS, page

FOLDER = DOCS / "operators/metrics"
RULES = FOLDER / "cumulonimbus-alerts.yml"
CASES = Path(__file__).with_name("alerts.yml")
#: Labels that Prometheus adds to each metric.
BY_PROMETHEUS = {"instance", "job"}
#: The names of samples, with the labels of each.
SAMPLES = {
    f"{metric.name}{suffix}": {*metric.labels, *more, *BY_PROMETHEUS}
    for metric in definitions.ALL
    for suffix, *more in (
        [("_bucket", "le"), ("_sum",), ("_count",)] if metric.type is Type.HISTOGRAM else [("",)]
    )
}
#: The values of labels that are known; those of others depend on the host.
VALUES = {
    "part": {*NECESSARY, *REPLACEABLE},
    "reading": {*READINGS},
    "work": {*kinds_of_work()},
    "reason": {*REASONS.values(), OTHER},
    "cause": {*EndCause},
    "kind": {*SessionKind.values},
    "state": {"used", "idle"},
    "switch": {switch.name for switch in registry},
}


def alerts() -> list[dict[str, Any]]:
    [group] = yaml.safe_load(RULES.read_text())["groups"]
    return group["rules"]


def dashboard() -> Any:
    return json.loads((FOLDER / "cumulonimbus-dashboard.json").read_text())


def expressions() -> Iterator[tuple[str, str]]:
    """Yield each expression, and the text that names labels of its result."""
    for rule in alerts():
        yield rule["expr"], rule["annotations"]["summary"]
    for panel in dashboard()["panels"]:
        for target in panel["targets"]:
            yield target["expr"], target["legendFormat"]


@pytest.mark.parametrize(("expression", "legend"), [*expressions()])
def test_metrics_and_labels_exist(expression: str, legend: str) -> None:
    used = re.findall(r"\b(cumulonimbus_\w+)(?:\{([^}]*)\})?", expression)
    assert used or expression == 'up{job="cumulonimbus"} == 0'
    labels = set(BY_PROMETHEUS)
    for name, selectors in used:
        assert name in SAMPLES
        labels |= SAMPLES[name]
        for label, _, value in re.findall(r'(\w+)(=~|!~|!=|=)"([^"]*)"', selectors):
            assert label in SAMPLES[name], (name, label)
            assert label not in VALUES or value in VALUES[label], value
    for names in re.findall(r"\b(?:by|ignoring) \(?([\w, ]+)\)", expression):
        assert {name.strip() for name in names.split(",")} <= labels
    assert set(re.findall(r"\{\{ ?(?:\$labels\.)?(\w+) ?\}\}", legend)) <= labels


def test_every_metric_is_on_the_dashboard() -> None:
    text = json.dumps(dashboard())
    assert {metric.name for metric in definitions.ALL if metric.name not in text} == set()


def test_panels_have_ids_and_places_of_their_own() -> None:
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels) > 10
    assert len({(one["gridPos"]["x"], one["gridPos"]["y"]) for one in panels}) == len(panels)
    assert len({panel["title"] for panel in panels}) == len(panels)


def test_the_manual_names_every_alert() -> None:
    named = re.findall(r"^\| `(Cumulonimbus\w+)` \|", page("operators/metrics"), re.MULTILINE)
    assert named == [rule["alert"] for rule in alerts()]


def test_the_manual_names_every_label_and_its_values() -> None:
    rows = dict(re.findall(r"^\| `([a-z]+)` \| (.+) \|$", page("operators/metrics"), re.MULTILINE))
    labels = {label for metric in definitions.ALL for label in metric.labels} - {"version"}
    assert set(rows) == labels
    for label in ("reading", "work", "reason", "cause", "kind", "state"):
        assert set(re.findall(r"`(\w+)`", rows[label])) == VALUES[label], label


def test_prometheus_accepts_the_rules(tmp_path: Path) -> None:
    """Its own tool is asked where it is installed, also when each alert fires; the form is checked
    everywhere.
    """
    for rule in alerts():
        assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in {"warning", "critical"}
    if promtool := shutil.which("promtool"):
        tests = tmp_path / "tests.yml"
        tests.write_text(f"rule_files: [{RULES}]\n{CASES.read_text()}")
        for asked in (["check", "rules", str(RULES)], ["test", "rules", str(tests)]):
            told = subprocess.run([promtool, *asked], capture_output=True, text=True)
            assert told.returncode == 0, told.stdout


def test_every_alert_is_tried() -> None:
    [group] = yaml.safe_load(CASES.read_text())["tests"]
    tried = {case["alertname"] for case in group["alert_rule_test"]}
    assert tried == {rule["alert"] for rule in alerts()}
