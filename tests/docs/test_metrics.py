"""docs/metrics.md and the Grafana dashboard: all gauges are in the table, and queries ask for what exists."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from include.pages.gauge_kinds import GAUGES
from tests.conftest import ROOT

pytestmark = pytest.mark.core

DASHBOARD = json.loads((ROOT / "docs" / "grafana" / "mlops.json").read_text())
# As Prometheus names them: by its own receiver of OTLP, and by the collector's exporter.
NAMES = {f"airflow_{name.replace('.', '_')}": {"model", *kind.tags} for name, kind in GAUGES.items()}
_ROW = re.compile(r"^\| `(mlops\.[a-z_.]+)` \| ([^|]*) \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$", re.MULTILINE)
_METRIC = re.compile(r"\b(airflow_\w+)(?:\{([^}]*)\})?")
_GROUPED = re.compile(r"\bby \(([^)]*)\)")
_LEGEND = re.compile(r"\{\{(\w+)\}\}")


def queries() -> list[tuple[str, str, str]]:
    """Return title, query and legend of each target of a panel."""
    return [
        (panel["title"], target["expr"], target["legendFormat"])
        for panel in DASHBOARD["panels"]
        for target in panel["targets"]
    ]


def faults(expression: str, legend: str) -> list[str]:
    """Return what in a query does not exist."""
    asked = _METRIC.findall(expression)
    found = [f"no metric {name}" for name, _ in asked if name not in NAMES]
    known = set().union(*(NAMES.get(name, set()) for name, _ in asked)) if asked else set()
    selected = {label for _, matchers in asked for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers)}
    grouped = {label.strip() for group in _GROUPED.findall(expression) for label in group.split(",")}
    found += [f"no label {label}" for label in (selected | grouped) - known]
    return found + [f"{label} is not kept" for label in set(_LEGEND.findall(legend)) - grouped] + (
        [] if asked else ["asks for nothing"]
    )  # fmt: skip


def test_the_table_has_every_gauge_with_unit_tags_and_tasks() -> None:
    rows = {row[0]: row[1:] for row in _ROW.findall((ROOT / "docs" / "metrics.md").read_text())}
    wanted = {
        name: (kind.says, kind.unit, ", ".join(f"`{tag}`" for tag in ("model", *kind.tags)), kind.sent_by)
        for name, kind in GAUGES.items()
    }
    assert rows == wanted


@pytest.mark.parametrize(("title", "expression", "legend"), queries())
def test_every_query_asks_for_metrics_and_labels_that_exist(title: str, expression: str, legend: str) -> None:
    assert faults(expression, legend) == [], title


def test_every_gauge_is_shown() -> None:
    assert {name for _, expression, _ in queries() for name, _ in _METRIC.findall(expression)} == set(NAMES)


@pytest.mark.parametrize(
    ("expression", "legend", "wrong"),
    [
        ("airflow_mlops_champion_versions", "", ["no metric airflow_mlops_champion_versions"]),
        ('airflow_mlops_champion_version{column="a"}', "", ["no label column"]),
        ("max by (kind) (airflow_mlops_champion_version)", "{{kind}}", ["no label kind"]),
        ("max by (model) (airflow_mlops_drift_severity)", "{{column}}", ["column is not kept"]),
        ("time()", "", ["asks for nothing"]),
    ],
)
def test_a_fault_in_a_query_is_found(expression: str, legend: str, wrong: list[str]) -> None:
    assert faults(expression, legend) == wrong


def test_it_is_a_dashboard_of_a_recent_grafana() -> None:
    assert DASHBOARD["schemaVersion"] >= 39  # Grafana 11
    assert DASHBOARD["uid"]
    variables = {one["name"]: one for one in DASHBOARD["templating"]["list"]}
    assert set(re.findall(r"\$(\w+)|\$\{(\w+)\}", json.dumps(DASHBOARD["panels"]))) <= {
        *((name, "") for name in variables), *(("", name) for name in variables),
    }  # fmt: skip
    name, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", variables["model"]["query"]["query"]).groups()  # type: ignore[union-attr]
    assert label in NAMES[name]
    panels: list[dict[str, Any]] = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        assert panel["type"] in {"stat", "timeseries", "bargauge"}
        assert panel["datasource"]["uid"] == "${datasource}"
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert max(x for x, _ in cells) < 24
        assert not cells & taken, f"{panel['title']} lies upon another panel"
        taken |= cells
        references = [target["refId"] for target in panel["targets"]]
        assert len(set(references)) == len(references)
