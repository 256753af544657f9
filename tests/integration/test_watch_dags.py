"""Scoring, monitoring and retraining as Airflow runs them: every task's state, and who starts whom."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlops import object_keys
from mlops.hooks.mlflow import MlflowHook
from mlops.hooks.object_store import ObjectStoreHook
from mlops.tracking.model_registry import ModelRegistry
from tests.integration.test_dag import asset_events
from tests.world.columns import accounts_file, let_predictions_move
from tests.world.dag_test import DagRunner, ForkServer

if TYPE_CHECKING:
    from tests.world.dag_run import DagRun

pytestmark = [pytest.mark.integration, pytest.mark.long, pytest.mark.timeout(900)]

JUNE, JULY = "2005-06-30", "2005-07-31"
WATCHED = {
    "extract": "success", "validate": "success", "drift_check": "success", "performance_check": "success",
    "policy": "success", "probation": "success", "roll_back": "skipped", "ask": "skipped",
}  # fmt: skip


@pytest.fixture
def run_watched(champion: DagRun, dag_server: ForkServer, tmp_path: Path) -> DagRunner:
    """Run the DAGs of the model that has a champion."""
    scratch = tmp_path / "dag-runs"
    scratch.mkdir()
    return DagRunner(models=champion.folder.parent, scratch=scratch, server=dag_server)


def airflow(*arguments: str) -> None:
    """Run an ``airflow`` command in the home of the tests."""
    subprocess.run([sys.executable, "-m", "airflow", *arguments], check=True, env=os.environ)


@pytest.mark.full  # CI has the operators, in test_scoring.py and test_drift_check.py
def test_without_a_champion_nothing_is_scored_and_nothing_started(
    run_dag: DagRunner, small_model: Path, small_source: Path
) -> None:
    model = small_model.name
    assert run_dag(f"{model}_scoring", JUNE) == {
        "extract": "success", "validate": "success", "score": "skipped",
    }  # fmt: skip
    assert "No champion yet" in run_dag.output
    assert run_dag(f"{model}_monitoring", JUNE) == {**WATCHED, "retrain": "skipped", "alert": "skipped"}
    assert "VERDICT policy: WAIT" in run_dag.output


def test_evidence_starts_one_retraining_and_says_why(
    run_watched: DagRunner, champion: DagRun, deliveries: Path, request: pytest.FixtureRequest
) -> None:
    model = champion.folder.name
    let_predictions_move(accounts_file(deliveries, JUNE))
    assert set(run_watched(f"{model}_scoring", JUNE).values()) == {"success"}
    found = run_watched(f"{model}_monitoring", JUNE)
    assert found == {**WATCHED, "retrain": "success", "alert": "skipped"}, run_watched.verdicts
    assert "VERDICT policy: RETRAIN" in run_watched.output
    store = ObjectStoreHook()
    page = Path(store.resolve(object_keys.watch_report(model, JUNE)).path).read_text()
    assert "retrain" in page
    assert "data:image/png" in page

    full = request.config.getoption("--full-chaos")
    if full:  # CI has it in test_policy.py, with Airflow's own state
        again = run_watched(f"{model}_monitoring", JUNE)
        assert again == {**WATCHED, "retrain": "skipped", "alert": "skipped"}, (
            "one retraining per piece of evidence"
        )
    events = asset_events(model)
    assert {part: len(found) for part, found in events.items()} == {
        "snapshot": 1, "predictions": 1, "monitoring": 2 if full else 1, "journal": 4 if full else 3,
    }  # fmt: skip
    assert [event["verdict"]["decision"] for event in events["monitoring"]] == ["retrain", "wait"][: 1 + full]
    (delivery,), (file,) = events["snapshot"], events["predictions"]
    assert delivery["digests"]["snapshot_md5"] == file["digests"]["snapshot_md5"]
    assert (delivery["partition"], delivery["verdict"]["decision"]) == (JUNE, "good")

    verdict = {"kind": "policy", "decision": "retrain", "subject": model, "summary": "drift is impactful"}
    conf = {"as_of": JUNE, "evidence": {"verdict": verdict, "report": "report.html", "url": ""}}
    retrained = run_watched(f"{model}_retraining", JUNE, conf)
    assert "drift is impactful" in run_watched.output
    assert retrained == {
        **dict.fromkeys(("show_evidence", "extract", "validate", "prepare", "check_new_data"), "success"),
        **dict.fromkeys(("train", "evaluate", "gate", "register", "promote", "alert"), "skipped"),
    }, "June's labels are not known yet: the champion has learned from all there is"


@pytest.mark.full  # CI has the tasks, in test_rollback.py and bad_inputs/test_decisions.py
def test_a_forced_retraining_takes_over_and_is_rolled_back(run_watched: DagRunner, champion: DagRun) -> None:
    model, registry = champion.folder.name, ModelRegistry(MlflowHook(), champion.folder.name)
    too_early = run_watched(f"{model}_rollback", JUNE, {"reason": "nothing to go back to"})
    assert too_early == {"rollback": "failed"}
    assert "has no previous champion" in run_watched.output

    file = champion.folder / "model.yaml"
    file.write_text(file.read_text().replace("min_gain: 0.0", "min_gain: -0.5"))
    tasks = ("show_evidence", "extract", "validate", "prepare", "check_new_data", "train", "evaluate", "gate",
             "register", "promote")  # fmt: skip
    found = run_watched(f"{model}_retraining", "2005-05-31", {"force": True})
    assert found == {**dict.fromkeys(tasks, "success"), "alert": "skipped"}
    taken = registry.aliases()
    assert taken["previous_champion"] == "1"

    assert run_watched(f"{model}_rollback", JUNE, {"reason": "branches complain"}) == {"rollback": "success"}
    assert registry.aliases() == {"champion": "1", "previous_champion": taken["champion"]}


@pytest.mark.full  # CI has the operators, in test_policy.py and tests/adapter
def test_bad_deliveries_stop_no_watching_and_are_reported_once(
    run_watched: DagRunner, champion: DagRun, deliveries: Path
) -> None:
    model, old, july = champion.folder.name, "2005-05-31", "2005-07-31"
    assert set(run_watched(f"{model}_scoring", JUNE).values()) == {"success"}
    accounts = deliveries / "accounts"
    good = {day: (accounts / f"as_of={day}" / "accounts.csv").read_text() for day in (old, july)}
    head, first, *rest = good[old].splitlines()
    cells = first.split(",")
    cells[head.split(",").index("age")] = "7"
    (accounts / f"as_of={old}" / "accounts.csv").write_text("\n".join([head, ",".join(cells), *rest]) + "\n")
    (accounts / f"as_of={july}" / "accounts.csv").write_text("customer_id,as_of\n1\n")

    assert run_watched(f"{model}_scoring", july)["extract"] == "failed", "a bad delivery is not scored"
    found = run_watched(f"{model}_monitoring", july)
    assert found == {**WATCHED, "retrain": "skipped", "alert": "success"}
    output = run_watched.output
    assert "VERDICT policy: ALERT" in output
    assert f"the delivery of {old} broke its data contract; {july} can't be read" in output
    assert "Alert sent by log" in output
    page = Path(ObjectStoreHook().resolve(object_keys.watch_report(model, july)).path).read_text()
    assert JUNE in page
    assert "can&#39;t be read" in page

    again = run_watched(f"{model}_monitoring", "2005-08-01")
    assert again == {**WATCHED, "retrain": "skipped", "alert": "success"}
    assert "Already notified" in run_watched.output

    for day, text in good.items():
        (accounts / f"as_of={day}" / "accounts.csv").write_text(text)
    healed = run_watched(f"{model}_monitoring", "2005-08-02")
    assert healed["alert"] == "skipped"
    assert "nothing is missing" in run_watched.output


@pytest.mark.full  # CI has the operator itself, in tests/adapter/operators/test_retraining.py
def test_a_paused_retraining_fails_the_trigger_at_once_and_is_reported(
    run_watched: DagRunner, champion: DagRun, deliveries: Path
) -> None:
    model = champion.folder.name
    let_predictions_move(accounts_file(deliveries, JULY))
    run_watched(f"{model}_scoring", JULY)
    run_watched(f"{model}_retraining", JULY, {"as_of": "2005-05-31"})
    airflow("dags", "pause", f"{model}_retraining")
    found = run_watched(f"{model}_monitoring", JULY)
    airflow("dags", "unpause", f"{model}_retraining")
    assert found == {**WATCHED, "retrain": "failed", "alert": "skipped"}
    assert f"{model}_retraining is paused" in run_watched.output
    assert "ALERT" in run_watched.output
    assert run_watched(f"{model}_monitoring", JULY)["retrain"] == "success", "the next check starts it"
