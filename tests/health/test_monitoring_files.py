"""What the files of monitoring ask of Prometheus exists, and can be read by it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from pilothouse import deploy
from pilothouse.platform.health.metrics import METRICS

DEPLOY = Path(__file__).parents[2] / "deploy"
MONITORING = Path(deploy.__file__).parent / "templates/monitoring"
OF_PROMETHEUS: dict[str, set[str]] = {"up": set()}
"""What it knows of a target by itself."""
ADDED = {"job", "instance", "le"}
"""Labels that it, or the format, adds."""
VARIABLES = {"$__rate_interval": "1m", "$job": "pilothouse"}


def parsed(name: str) -> Any:
    return yaml.safe_load((MONITORING / name).read_text("utf-8"))


def rules() -> list[dict[str, Any]]:
    return [rule for group in parsed("alerts.yml")["groups"] for rule in group["rules"]]


def dashboard() -> Any:
    return json.loads((MONITORING / "grafana/dashboards/pilothouse.json").read_text("utf-8"))


def asked() -> Iterator[Any]:
    """Each expression of the alert rules and of the dashboard, with its place."""
    for rule in rules():
        yield pytest.param(rule["expr"], id=rule["alert"])
    for panel in dashboard()["panels"]:
        for target in panel["targets"]:
            yield pytest.param(target["expr"], id=f"{panel['title']} {target['refId']}")
    for note in dashboard()["annotations"]["list"]:
        yield pytest.param(note["expr"], id=note["name"])


def told() -> dict[str, set[str]]:
    """The labels of each series of a scrape, by its name; a test asks a server for the same."""
    return OF_PROMETHEUS | {
        metric.name + ending: set(metric.labels)
        for metric in METRICS
        for ending in (("_bucket", "_count", "_sum") if metric.kind == "histogram" else ("",))
    }


@pytest.mark.parametrize("expression", asked())
def test_an_expression_asks_for_series_and_labels_that_exist(expression: str) -> None:
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    selectors: list[promql_parser.VectorSelector] = []

    def note(part: Any) -> None:
        if isinstance(part, promql_parser.VectorSelector):
            selectors.append(part)
        elif isinstance(part, promql_parser.MatrixSelector):
            selectors.append(part.vector_selector)

    promql_parser.walk(promql_parser.parse(expression), note)

    series = told()
    assert selectors
    assert [s.name for s in selectors if s.name not in series] == []
    unknown = [
        f"{selector.name}: {matcher.name}"
        for selector in selectors
        for matcher in selector.matchers.matchers
        if matcher.name not in series[str(selector.name)] | ADDED
    ]
    assert unknown == []


def test_each_rule_has_a_name_of_its_own_a_severity_and_a_summary() -> None:
    found = rules()

    assert len({rule["alert"] for rule in found}) == len(found)
    assert {rule["labels"]["severity"] for rule in found} == {"page", "ticket"}
    assert all(rule["annotations"]["summary"] for rule in found)


def test_prometheus_scrapes_the_server_with_the_key_that_compose_hands_it() -> None:
    scraped = yaml.safe_load((DEPLOY / "monitoring/prometheus.yml").read_text("utf-8"))
    (job,) = scraped["scrape_configs"]
    services = yaml.safe_load((DEPLOY / "docker-compose.yml").read_text("utf-8"))
    secret = Path(job["authorization"]["credentials_file"]).name

    assert job.get("metrics_path", "/metrics") == "/metrics"
    assert job["static_configs"] == [{"targets": ["pilothouse:8484"]}]
    assert services["services"]["prometheus"]["secrets"] == [secret]
    assert scraped["rule_files"] == ["alerts.yml"]
