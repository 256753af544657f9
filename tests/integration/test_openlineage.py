"""Events as a backend receives them from DAG runs, and what becomes of the tasks if it does not."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.world.columns import accounts_file, change_column
from tests.world.dag_test import DagRunner
from tests.world.lineage_backend import lineage_backend
from tests.world.openlineage_events import faults

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world.dag_test import ForkServer
    from tests.world.lineage_backend import Backend, Mode

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

NEWEST = "2005-06-30"
BROKEN = {"extract": "success", "validate": "failed", "score": "upstream_failed"}
CRASH = """
from mlops.openlineage.extractors import EXTRACTORS

def crash(task):
    raise RuntimeError("a fault in the facets")

EXTRACTORS["ExtractDataOperator"] = crash
"""


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
    for name, value in {**backend.settings, **changes}.items():
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


@pytest.mark.full  # CI has a crash in tests/adapter/openlineage
def test_a_crash_in_the_facets_is_one_warning(
    run_data_tasks: DagRunner, small_model: Path, broken_delivery: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "crash.py").write_text(CRASH)
    monkeypatch.setenv("AIRFLOW__CORE__PLUGINS_FOLDER", str(plugins))
    with lineage_backend("works") as backend:
        send_to(backend, monkeypatch)
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
    assert backend.asked >= 4  # two events each of two tasks, besides those of the DAG
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
