"""Events as a backend receives them from DAG runs, and what becomes of the tasks if it does not."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from mlops.openlineage.emit import Moment, facets_of
from tests.world.columns import accounts_file, change_column
from tests.world.dag_run import DagRun
from tests.world.dag_test import DagRunner
from tests.world.lineage_backend import lineage_backend
from tests.world.openlineage_events import event_of, faults

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world.dag_test import ForkServer
    from tests.world.lineage_backend import Backend, Mode
    from tests.world.world import World

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

NEWEST = "2005-06-30"
BROKEN = {"extract": "success", "validate": "failed", "score": "upstream_failed"}
CRASH = "tests.world.crashing_facets.NoOperator"


@pytest.fixture
def run_data_tasks(dag_server: ForkServer, small_model: Path, tmp_path: Path) -> DagRunner:
    """Run the DAGs of ``small_model`` as far as they need no MLflow, which is not running."""
    scratch = tmp_path / "dag-runs"
    scratch.mkdir()
    return DagRunner(models=small_model.parent, scratch=scratch, server=dag_server)


@pytest.fixture
def broken_delivery(small_source: Path) -> Path:
    """A newest delivery with an age that its contract forbids: validate fails, and nothing is scored."""
    change_column(accounts_file(small_source, NEWEST), "age", lambda number, age: age if number else "-7")
    return small_source


def send_to(backend: Backend, patch: pytest.MonkeyPatch, **changes: str) -> None:
    """Let a run send the events of its tasks; those of the DAG come from a pool that outlives a test."""
    policy = json.dumps([{"scope": {}, "controls": {"emit_dag_events": False}}])
    settings = {**backend.settings, "AIRFLOW__OPENLINEAGE__EMISSION_POLICY": policy, **changes}
    for name, value in settings.items():
        patch.setenv(name, value)


def test_a_backend_gets_valid_events_with_the_assertions_that_failed(
    run_data_tasks: DagRunner, small_model: Path, broken_delivery: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lineage_backend("works") as backend:
        send_to(backend, monkeypatch)
        assert run_data_tasks(f"{small_model.name}_scoring", NEWEST) == BROKEN
    assert {event["eventType"] for event in backend.events} == {"START", "COMPLETE", "FAIL"}
    assert [problem for event in backend.events for problem in faults(event)] == []

    extracted = backend.of_task("extract", "COMPLETE")
    (source,), (snapshot,) = extracted["inputs"], extracted["outputs"]
    assert source["name"].endswith("/accounts.csv")
    assert snapshot["outputFacets"]["outputStatistics"]["rowCount"] > 0
    run = backend.of_task("validate", "FAIL")
    assert run["run"]["facets"]["parent"]["job"]["name"] == f"{small_model.name}_scoring"
    assert run["run"]["facets"]["mlops_task"]["asOf"] == NEWEST
    assert run["run"]["facets"]["errorMessage"]
    (read,) = run["inputs"]
    assert (read["namespace"], read["name"]) == (snapshot["namespace"], snapshot["name"])
    assert read["facets"]["version"] == snapshot["facets"]["version"]
    told = read["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert [one["column"] for one in told if not one["success"] and one["severity"] == "error"] == ["age"]
    assert sum(one["success"] for one in told) > 5


def test_what_the_tasks_of_a_model_report_is_valid_and_leads_from_data_to_predictions(world: World) -> None:
    assert world.first is not None
    scoring, monitoring = (
        DagRun(world.folder, kind=kind, as_of=NEWEST) for kind in ("scoring", "monitoring")
    )
    scoring.run()
    monitoring.run("policy")
    ran = world.first.operators | scoring.operators | monitoring.operators
    events = {name: event_of(facets_of(task, Moment.COMPLETE)) for name, task in ran.items()}
    assert {name: found for name, event in events.items() if (found := faults(event))} == {}
    assert set(ran) >= {"prepare", "train", "evaluate", "gate", "register", "promote", "score", "drift_check"}
    for first, then in (
        ("prepare", "train"), ("prepare", "evaluate"), ("train", "evaluate"), ("evaluate", "gate"),
        ("train", "register"), ("register", "promote"), ("register", "score"),
    ):  # fmt: skip
        written, read = (
            {(one["namespace"], one["name"]) for one in events[name][side]}
            for name, side in ((first, "outputs"), (then, "inputs"))
        )
        assert written & read, f"{then} reads nothing that {first} wrote: {written}, {read}"
    for name in ("check_new_data", "gate", "promote", "drift_check"):
        assert events[name]["run"]["facets"]["mlops_verdicts"]["verdicts"], name
    metrics = events["evaluate"]["inputs"][1]["facets"]["mlops_modelVersion"]["metrics"]
    assert {one["name"] for one in metrics} >= {"roc_auc", "log_loss"}
    assert events["score"]["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] > 0


@pytest.mark.full  # CI has a crash in tests/adapter/openlineage
def test_a_crash_in_the_facets_is_one_warning(
    run_data_tasks: DagRunner, small_model: Path, broken_delivery: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lineage_backend("works") as backend:
        send_to(backend, monkeypatch, AIRFLOW__OPENLINEAGE__EXTRACTORS=CRASH)
        assert run_data_tasks(f"{small_model.name}_scoring", NEWEST) == BROKEN
    warnings = [
        line for line in run_data_tasks.output.splitlines() if "without datasets and verdicts" in line
    ]
    assert len({line[line.index("The OpenLineage event") :] for line in warnings}) == 1
    assert "RuntimeError: a fault in the facets" in warnings[0]
    assert backend.of_task("extract", "COMPLETE")["inputs"] == []
    assert backend.of_task("validate", "FAIL")["inputs"]


@pytest.mark.full  # a DAG run each; CI has a backend that works
@pytest.mark.parametrize("thread", ["True", "False"], ids=["in a thread", "in a fork"])
@pytest.mark.parametrize("mode", ["fails", "closes", "hangs"])
def test_a_backend_that_does_not_answer_changes_no_task_and_costs_little(
    run_data_tasks: DagRunner, small_model: Path, broken_delivery: Path, mode: Mode, thread: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    dag_id, seconds = f"{small_model.name}_scoring", {}
    with lineage_backend(mode) as backend:
        for silent in (True, False):
            if not silent:
                send_to(backend, monkeypatch, AIRFLOW__OPENLINEAGE__EXECUTE_IN_THREAD=thread)
            began = time.monotonic()
            assert run_data_tasks(dag_id, NEWEST) == BROKEN
            seconds[silent] = time.monotonic() - began
    assert backend.asked == 4  # two events each of two tasks
    assert backend.events == []
    assert seconds[False] - seconds[True] < 4 * 2 + 10, seconds  # by default each would cost 9 seconds


@pytest.mark.full  # a training run
@pytest.mark.long
def test_every_event_of_a_training_run_is_valid(
    run_dag: DagRunner, small_model: Path, small_source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lineage_backend("works") as backend:
        send_to(backend, monkeypatch)
        run_dag(f"{small_model.name}_training", "2005-05-31")
        run_dag(f"{small_model.name}_scoring", "2005-05-31")
        run_dag(f"{small_model.name}_monitoring", NEWEST)
    assert [problem for event in backend.events for problem in faults(event)] == []
    assert "without datasets and verdicts" not in run_dag.output
    registered = backend.of_task("register", "COMPLETE")["outputs"][0]
    assert registered["facets"]["version"]["datasetVersion"] == "1"
    scored = backend.of_task("score", "COMPLETE")
    assert registered["name"] in [one["name"] for one in scored["inputs"]]
    for task in ("gate", "promote", "drift_check", "policy"):
        assert backend.of_task(task, "COMPLETE")["run"]["facets"]["mlops_verdicts"]["verdicts"], task
