"""The newest delivery against the champion's profile, with real servers."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from include.errors import ModelError
from include.monitoring.drift.report import DriftReport
from include.monitoring.report.plots import draw_distributions
from mlops.hooks.mlflow import MlflowHook
from mlops.hooks.object_store import ObjectStoreHook
from mlops.operators.results.monitoring import DriftChecked
from mlops.tracking.model_registry import CHAMPION, ModelRegistry
from mlops.tracking.tags import DRIFT_DECISION, PARTITION
from mlops.tracking.training_log import PROFILE
from tests.world.columns import accounts_file, change_column
from tests.world.dag_run import DagRun

if TYPE_CHECKING:
    from tests.world.servers import MlflowProcess

pytestmark = pytest.mark.integration

JUNE = "2005-06-30"
PNG = b"\x89PNG"


def check(folder: Path, *, scored: bool = True, as_of: str = JUNE) -> dict[str, Any]:
    """Run the tasks up to the drift check; return what it returned."""
    if scored:
        scoring = DagRun(folder, as_of=as_of, run_id="scheduled__june", kind="scoring")
        for task in ("extract", "score"):
            scoring.run_task(task)
    pipeline = DagRun(folder, as_of=as_of, run_id="scheduled__june", kind="monitoring")
    for task in ("extract", "drift_check"):
        pipeline.run_task(task)
    return dict(pipeline.results["drift_check"])


def report(found: dict[str, Any]) -> DriftReport:
    store = ObjectStoreHook()
    return DriftReport.from_dict(store.require_json(store.resolve(f"{found['report_key']}/drift.json")))


def test_the_check_leaves_a_report_a_picture_and_figures(
    champion: DagRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlops.monitoring.drift_log.draw_distributions", draw_distributions)
    found = check(champion.folder)
    assert found["partition"] == JUNE
    assert found["champion_version"] == "1"
    assert found["rows"] == 3000
    assert report(found).decision == found["decision"]
    assert report(found).predictions is not None
    store, hook = ObjectStoreHook(), MlflowHook()
    assert Path(store.resolve(f"{found['report_key']}/distributions.png").path).read_bytes().startswith(PNG)
    run = hook.run(found["run_id"])
    assert run.data.tags[DRIFT_DECISION] == found["decision"]
    assert run.data.tags[PARTITION] == JUNE
    expected = {"drift_ks_bill_amount", "drifted_columns", "prediction_shift", "estimated_roc_auc"}
    assert expected <= run.data.metrics.keys()
    assert found["estimated"]["roc_auc"]["value"] == pytest.approx(0.88, abs=0.08)
    assert hook.has_artifact(found["run_id"], "drift/distributions.png")


def test_checking_again_counts_nothing_finds_the_same_and_adds_no_run(
    champion: DagRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, hook = check(champion.folder), MlflowHook()
    monkeypatch.setattr("mlops.monitoring.newest_delivery.count_delivery", None)
    assert check(champion.folder) == first
    assert len(hook.client.search_runs([hook.experiment_id(f"{champion.folder.name}/monitoring")])) == 1


def test_what_was_estimated_is_shown_beside_what_came(
    champion: DagRun, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    check(champion.folder)
    july = DagRun(champion.folder, as_of="2005-07-31", run_id="scheduled__july", kind="monitoring")
    for task in ("extract", "performance_check"):
        july.run_task(task)
    assert f"roc_auc of {JUNE}:" in caplog.text
    assert "estimated before the labels came" in caplog.text
    hook = MlflowHook()
    (run,) = hook.client.search_runs([hook.experiment_id(f"{champion.folder.name}/monitoring")])
    metrics = run.data.metrics
    assert metrics["estimate_error_roc_auc"] == pytest.approx(
        metrics["production_roc_auc"] - metrics["estimated_roc_auc"]
    )


def test_a_delivery_in_another_unit_drifts_and_the_column_is_named(
    champion: DagRun, deliveries: Path
) -> None:
    change_column(accounts_file(deliveries, JUNE), "bill_amount", lambda _, value: str(float(value) / 30))
    found = check(champion.folder)
    assert found["decision"] in {"benign drift", "impactful drift"}
    assert "bill_amount" in found["worst"]


def test_without_predictions_the_features_are_checked_all_the_same(
    champion: DagRun, caplog: pytest.LogCaptureFixture
) -> None:
    found = check(champion.folder, scored=False)
    assert report(found).predictions is None
    assert found["estimated"] == {}
    assert f"{champion.folder.name}_scoring" in caplog.text


def test_without_a_champion_there_is_nothing_to_compare_with(
    small_model: Path, small_source: Path, mlflow_server: MlflowProcess
) -> None:
    assert check(small_model, scored=False) == DriftChecked(partition=JUNE).to_xcom()


def test_a_champion_without_a_profile_says_what_to_do(
    champion: DagRun, mlflow_process: MlflowProcess
) -> None:
    version = ModelRegistry(MlflowHook(), champion.folder.name).champion()
    assert version is not None
    (file,) = mlflow_process.folder.glob(f"artifacts/*/{version.run_id}/artifacts/{PROFILE}")
    file.unlink()
    with pytest.raises(ModelError, match=r"no reference profile.*Train the model again with \*force\*"):
        check(champion.folder, scored=False)


def test_a_deleted_champion_is_not_taken_for_none(champion: DagRun) -> None:
    hook = MlflowHook()
    assert ModelRegistry(hook, champion.folder.name).aliases() == {CHAMPION: "1"}
    hook.client.delete_model_version(champion.folder.name, "1")
    with pytest.raises(ModelError, match="no longer exists"):
        check(champion.folder, scored=False)
