"""The graph of a model in Airflow: who reads which asset, who tells of it, what starts a DAG on arrival."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk import Asset, AssetAlias

from mlops.assets import Part
from mlops.run_context import NO_SCHEDULES
from tests.world.dag_run import build_dag

if TYPE_CHECKING:
    from pathlib import Path

    from airflow.sdk import DAG

pytestmark = pytest.mark.dags

KINDS = ("training", "retraining", "scoring", "monitoring", "rollback")
URI = "mlops://models/credit_risk/"


@pytest.fixture
def on_arrival(model_folder: Path) -> Path:
    file = model_folder / "model.yaml"
    text = file.read_text()
    assert 'schedule: "@daily"' in text
    file.write_text(text.replace('schedule: "@daily"', "schedule: on_arrival"))
    return model_folder


def parts(found: list[Any]) -> set[str]:
    return {one.uri.removeprefix(URI) for one in found if isinstance(one, Asset) and one.uri.startswith(URI)}


def wakers(dag: DAG) -> set[str]:
    return parts([*getattr(dag.schedule, "objects", []), dag.schedule])


def test_the_graph_of_a_model(model_folder: Path) -> None:
    reads, tells = {}, {}
    for kind in KINDS:
        for task in build_dag(kind, model_folder).tasks:
            name = f"{kind}.{task.task_id}"
            if outlets := [one.name for one in task.outlets]:
                assert all(isinstance(one, AssetAlias) for one in task.outlets), (
                    "an asset tells after each clear"
                )
                tells[name] = outlets
            if found := parts(task.inlets):
                reads[name] = found
    assert tells == {
        "training.promote": ["credit_risk champion events"],
        "retraining.promote": ["credit_risk champion events"],
        "rollback.rollback": ["credit_risk champion events"],
        "scoring.validate": ["credit_risk snapshot events"],
        "scoring.score": ["credit_risk predictions events"],
        "monitoring.policy": ["credit_risk monitoring events"],
    }
    known = set().union(*reads.values())
    assert known == {*Part, "journal"}, "an asset that no DAG names gets another group with its first event"
    assert reads == {
        "training.extract": {"source"},
        "training.promote": {"snapshot", "champion", "journal"},
        "retraining.extract": {"source"},
        "retraining.promote": {"snapshot", "champion", "journal"},
        "scoring.extract": {"source"},
        "scoring.validate": {"snapshot", "journal"},
        "scoring.score": {"snapshot", "champion", "predictions", "journal"},
        "monitoring.extract": {"source"},
        "monitoring.drift_check": {"champion", "predictions"},
        "monitoring.performance_check": {"champion", "predictions"},
        "monitoring.policy": {"monitoring", "journal"},
        "rollback.rollback": {"champion", "journal"},
    }


def test_a_task_that_is_shown_keeps_the_asset_of_its_model(model_folder: Path) -> None:
    for kind in KINDS:
        for task in build_dag(kind, model_folder).tasks:
            uris = [one.uri for one in task.inlets if isinstance(one, Asset)]
            assert ("mlops://models/credit_risk" in uris) == bool(getattr(task, "shown", False)), task.task_id


def test_the_arrival_of_data_wakes_the_dags(on_arrival: Path) -> None:
    dags = {kind: build_dag(kind, on_arrival) for kind in KINDS}
    assert {kind: found for kind, dag in dags.items() if (found := wakers(dag))} == {
        "training": {"source"},
        "scoring": {"source", "champion"},
        "monitoring": {"source", "predictions"},
    }
    for kind, dag in dags.items():
        assert dag.max_active_runs == 1
        assert ("`on_arrival`" in str(dag.doc_md)) == (kind in {"training", "scoring", "monitoring"})


def test_nobody_is_woken_by_what_it_makes_itself(on_arrival: Path) -> None:
    """A DAG that told of its source, say, would run for ever."""
    for kind in KINDS:
        dag = build_dag(kind, on_arrival)
        told = {outlet.name for task in dag.tasks for outlet in task.outlets}
        assert not told & {f"credit_risk {part} events" for part in wakers(dag)}


def test_a_replay_starts_its_runs_itself(on_arrival: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NO_SCHEDULES, "1")
    assert [build_dag(kind, on_arrival).schedule for kind in KINDS] == [None] * len(KINDS)
