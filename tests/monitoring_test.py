"""Alerts and dashboard ask for metrics that exist, with labels that they have."""

import json
import re
import shutil
import subprocess

import pytest
import yaml

from naru_harness import manifests
from naru_harness.build import TOP
from naru_harness.lab import Lab

MONITORING = TOP / "packaging" / "monitoring"
ALERTS, DASHBOARD = MONITORING / "naru-alerts.yaml", MONITORING / "naru-dashboard.json"
_NAME = re.compile(r"\b(?:naru|kubeproxy|metallb|process)_[a-z0-9_]+")


def alerts():
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def expressions():
    """(where it stands, the expression)"""
    found = [(rule["alert"], rule["expr"]) for rule in alerts()]
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        found += [(f"panel {panel['title']}", target["expr"]) for target in panel.get("targets", [])]
    return found


@pytest.fixture(scope="module")
def exposed(build):
    """The families that a running naru has on its page, and those that its code can add to it."""
    lab = Lab(build, quiet=True)
    try:
        lab.apply("pool.yaml", manifests.pool("public", lab.range.pool))
        lab.apply("web.yaml", manifests.service("web", type="LoadBalancer"))
        page = lab.node().metrics_text()
    finally:
        lab.close()
    code = "\n".join(path.read_text() for path in (TOP / "daemon").glob("*.cc"))
    return set(re.findall(r"^# TYPE (\S+) ", page, re.M)) | set(re.findall(r'"((?:naru|metallb|kubeproxy)_[a-z0-9_]+)"', code))


def family(name):
    return re.sub(r"_(bucket|sum|count)$", "", name)


def test_every_metric_exists(exposed):
    missing = {f"{where}: {name}" for where, text in expressions() for name in _NAME.findall(text) if family(name) not in exposed}
    assert not missing


def test_every_alert_says_what_to_do():
    names = [rule["alert"] for rule in alerts()]
    assert len(names) == len(set(names)) > 10
    for rule in alerts():
        assert rule["labels"]["severity"] in ("info", "warning", "critical"), rule["alert"]
        assert rule["annotations"]["summary"] and rule["annotations"]["description"], rule["alert"]


def test_the_dashboard_is_whole():
    board = json.loads(DASHBOARD.read_text())
    panels = board["panels"]
    assert len({x["id"] for x in panels}) == len(panels)
    places = [(x["gridPos"]["x"], x["gridPos"]["y"]) for x in panels]
    assert len(set(places)) == len(places)
    assert all(x["gridPos"]["x"] + x["gridPos"]["w"] <= 24 for x in panels)
    assert all('instance=~"$instance"' in target["expr"] for x in panels for target in x.get("targets", []))


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed (package prometheus)")
def test_prometheus_accepts_it(tmp_path):
    rules = [{"alert": f"panel{number}", "expr": text.replace("$__rate_interval", "5m")} for number, (_, text) in enumerate(expressions())]
    (tmp_path / "panels.yaml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    for path in (ALERTS, tmp_path / "panels.yaml"):
        done = subprocess.run(["promtool", "check", "rules", path], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
