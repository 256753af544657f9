"""The training DAG as Airflow runs it: templates, hand-overs, branches and the state of every task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from airflow.models.asset import AssetEvent
from airflow.utils.session import create_session

from mlops.hooks.mlflow import MlflowHook
from mlops.pages.read_state import read_models
from mlops.tracking.ledger import Ledger
from mlops.tracking.model_registry import ModelRegistry

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world.dag_test import DagRunner

pytestmark = [pytest.mark.integration, pytest.mark.long, pytest.mark.timeout(900)]

TASKS = (
    "extract", "validate", "prepare", "check_new_data", "train", "evaluate", "gate", "register", "promote",
    "alert",
)  # fmt: skip


def states(*succeeded: str, failed: str = "", blocked: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the state of each task when these succeeded, one failed, some could not run for it, and the
    rest was skipped."""
    expected = {task: "success" if task in succeeded else "skipped" for task in TASKS}
    expected |= dict.fromkeys(blocked, "upstream_failed")
    return expected | ({failed: "failed"} if failed else {})


def check_that_the_pages_show_it(model: str) -> None:
    """The tasks have left it where the API server reads it, in Airflow's own database."""
    with create_session(scoped=False) as session:
        (found,) = read_models(session, {f"{model}_training"}, model)
    assert found.champion == "1"
    assert found.since is not None
    decided = {kind: kept.entry.verdict.decision for kind, kept in found.kept.items() if kept.entry.verdict}
    assert decided == {"new-data check": "train", "gate": "promote", "promotion": "promote"}


def asset_events(model: str) -> dict[str, list[Any]]:
    """Return what stands in Airflow's own database: node of the model's graph to what its events say."""
    with create_session(scoped=False) as session:
        found: dict[str, list[Any]] = {}
        for event in session.query(AssetEvent).order_by(AssetEvent.id):
            found.setdefault(event.asset.uri.removeprefix(f"mlops://models/{model}/"), []).append(event.extra)
            assert event.asset.group == model
        return found


def test_three_days_of_a_model(
    run_dag: DagRunner, small_model: Path, small_source: Path, request: pytest.FixtureRequest
) -> None:
    """One that is promoted, the same again, and one whose candidate gains too little.

    CI leaves the second out: it has the decision in bad_inputs/test_decisions.py, and what Airflow skips
    after it in test_watch_dags.py.
    """
    model, dag_id = small_model.name, f"{small_model.name}_training"
    registry, ledger = ModelRegistry(MlflowHook(), model), Ledger(MlflowHook(), model)

    assert run_dag(dag_id, "2005-05-31") == states(*(set(TASKS) - {"alert"}))
    assert registry.aliases() == {"champion": "1"}
    assert [(entry.decision, entry.applied) for entry in ledger.entries()] == [("promote", True)]
    assert "VERDICT gate: PROMOTE" in run_dag.output
    check_that_the_pages_show_it(model)
    found = asset_events(model)
    assert set(found) == {"champion", "journal"}, "the newest delivery has its event when it is scored"
    ((version, by, key),) = [(event["version"], event["by"], event["key"]) for event in found["champion"]]
    assert (version, by, key) == ("1", "promotion", ledger.entries()[0].decision_id)

    if request.config.getoption("--full-chaos"):
        assert run_dag(dag_id, "2005-05-31") == states("extract", "validate", "prepare", "check_new_data")
        assert registry.aliases() == {"champion": "1"}
        assert "VERDICT new-data check: SKIP" in run_dag.output

    file = small_model / "model.yaml"
    file.write_text(file.read_text().replace("min_gain: 0.0", "min_gain: 0.5"))  # nobody gains that much
    assert run_dag(dag_id, "2005-06-30") == states(*(set(TASKS) - {"register", "promote"}))
    assert registry.aliases() == {"champion": "1"}
    assert [entry.decision for entry in ledger.entries()] == ["reject", "promote"]
    assert asset_events(model) == found


@pytest.mark.full  # CI has the task, in tests/integration/bad_inputs/test_files.py
def test_a_day_on_which_too_few_labels_are_known_ends_green(
    run_dag: DagRunner, small_model: Path, small_source: Path
) -> None:
    """Those who are late are known first: a model of the first labels would see the world too black."""
    labels = small_source / "labels" / "known_on=2005-05-31" / "labels.csv"
    labels.write_text("".join(labels.read_text().splitlines(keepends=True)[:414]))
    assert run_dag(f"{small_model.name}_training", "2005-05-31") == states("extract", "validate")
    assert "VERDICT readiness: WAIT" in run_dag.output
    assert "only 413 of 3,000 labels are known (13.8%)" in run_dag.output
    assert ModelRegistry(MlflowHook(), small_model.name).aliases() == {}
    found = run_dag(f"{small_model.name}_retraining", "2005-05-31")
    assert found == states("extract", "validate") | {"show_evidence": "success"}


@pytest.mark.full  # CI has it in bad_inputs/test_decisions.py and tests/adapter/test_run_context.py
def test_the_form_reaches_the_tasks(run_dag: DagRunner, small_model: Path, small_source: Path) -> None:
    """The date decides what is known; a dry run decides, shows the verdict and leaves nothing."""
    model = small_model.name
    conf = {"as_of": "2005-06-30", "dry_run": True}
    found = run_dag(f"{model}_training", "2005-04-30", conf)
    assert found == states(*(set(TASKS) - {"register", "promote", "alert"}))
    assert "As of 2005-06-30" in run_dag.output
    assert ModelRegistry(MlflowHook(), model).aliases() == {}
    assert Ledger(MlflowHook(), model).entries() == []


def test_data_at_fault_stops_the_run_at_once(
    run_dag: DagRunner, small_model: Path, small_source: Path
) -> None:
    (small_source / "accounts" / "as_of=2005-04-30" / "accounts.csv").write_text("")
    found = run_dag(f"{small_model.name}_training", "2005-05-31")
    assert found == states(failed="extract", blocked=TASKS[1:])
    assert "DataError" in run_dag.output
    assert "up_for_retry" not in found.values()


@pytest.mark.full  # CI has what a task asks for, in tests/adapter/operators/results
def test_a_task_that_was_set_to_success_by_hand_hands_nothing_on(
    run_dag: DagRunner, small_model: Path, small_source: Path
) -> None:
    found = run_dag(f"{small_model.name}_training", "2005-05-31", mark_success="prepare")
    assert found == states("extract", "validate", "prepare", failed="check_new_data", blocked=TASKS[4:])
    assert "Task 'check_new_data' was given None as dataset; expected a mapping" in run_dag.output


@pytest.mark.full  # CI has the DAG of a broken model, in tests/dags
def test_a_broken_model_fails_and_leaves_the_others_alone(
    run_dag: DagRunner, small_model: Path, small_source: Path
) -> None:
    broken = small_model.with_name("broken")
    broken.mkdir()
    (broken / "model.yaml").write_text("name: broken\n")
    assert run_dag("broken_training", "2005-05-31") == {"configuration": "failed"}
    assert "model.yaml" in run_dag.output
    found = run_dag(f"{small_model.name}_training", "2005-04-29", mark_success="(?!extract).*")
    assert found["extract"] == "failed"
    assert "has no partition on or before 2005-04-29" in run_dag.output
