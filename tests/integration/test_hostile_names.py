"""Names that are keys of ours, markup, or look alike go through everything a model goes through."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from include.evaluation.record import Evaluation
from include.monitoring.drift.report import DriftReport
from include.monitoring.drift.verdict import write_verdict
from include.verdicts import Verdict
from mlops.hooks.mlflow import MlflowHook
from mlops.hooks.object_store import ObjectStoreHook
from mlops.monitoring.daily_report import write_watch_report
from mlops.operators.results.monitoring import DriftChecked, EvaluatedWindows
from mlops.tracking.reproducibility import compare_predictions
from tests.markup import Page, markdown_rows
from tests.world import hostile_names as names
from tests.world.dag_run import DagRun
from tests.world.world import make_light

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.world.servers import MlflowProcess

pytestmark = [pytest.mark.integration, pytest.mark.long, pytest.mark.timeout(900)]

MAY, JUNE, JULY = "2005-05-31", "2005-06-30", "2005-07-31"


@pytest.fixture
def promoted(small_model: Path, small_source: Path, mlflow_server: MlflowProcess) -> Iterator[DagRun]:
    """The run that made the first champion, with plots, importances and the check in a process of its own."""
    names.spoil_deliveries(small_source)
    names.spoil_model(small_model)
    pipeline = DagRun(small_model, as_of=MAY)
    assert pipeline.run() == "promote"
    return pipeline


def logged(text: str) -> list[str]:
    """Return the lines of a log after a look at each: nothing that a terminal or Airflow's pages obey."""
    lines = text.split("\n")
    for line in lines:
        assert line.isprintable(), line
        assert "::group::" not in line, line
    return lines


def artifact(run_id: str, path: str) -> str:
    return MlflowHook().read_text(run_id, path)


def test_a_model_with_hostile_names_is_trained_evaluated_and_watched(
    promoted: DagRun, capfd: pytest.CaptureFixture[str]
) -> None:
    store, hook = ObjectStoreHook(), MlflowHook()
    found = promoted.results["evaluate"]

    # Groups are those of the test set, each with its own rows.
    evaluation = Evaluation.from_dict(store.require_json(store.resolve(found["evaluation_key"])))
    test = pq.read_table(store.resolve(f"{promoted.results['prepare']['object_key']}/test.parquet").path)
    ids, targets = test[names.ENTITY].to_pylist(), test[names.TARGET].to_pylist()
    groups = [names.group_of(str(entity)) for entity in ids]
    of_groups = [one for one in evaluation.slices if one.name.startswith("'sex=1'=")]
    assert test[names.GROUPED].to_pylist() == groups
    assert len({one.name for one in evaluation.slices}) == len(evaluation.slices)
    assert Counter((one.rows, one.positives) for one in of_groups) == Counter(
        (rows, sum(target for target, group in zip(targets, groups, strict=True) if group == name))
        for name, rows in Counter(groups).items()
    )
    assert len(of_groups) == len(names.GROUPS)
    by_name = {one.name: one.rows for one in of_groups}
    assert by_name["'sex=1'='missing'"] == groups.count("missing")
    assert by_name["'sex=1'=missing"] == groups.count(None)

    # What the gate says is a table with as many cells as it has heads.
    verdict = artifact(found["run_id"], "gate/verdict.md")
    rows = markdown_rows(verdict)
    assert {len(row) for row in rows} == {4}
    assert len(rows) == 1 + len(promoted.verdict["reasons"])
    logged(Verdict.from_dict(promoted.verdict).to_text())
    for name in ("roc", "importance"):
        assert hook.has_artifact(found["run_id"], f"plots/{name}.png")
    scores = pq.read_table(store.resolve(found["scores_key"]).path)
    assert scores[names.ENTITY].to_pylist() == ids

    # Pages.
    for place in promoted.results["validate"]["reports"].values():
        page = Page(Path(store.resolve(f"{place}.html").path).read_text())
        assert {len(row) for row in page.rows} <= {5, 6}

    scoring = DagRun(promoted.folder, as_of=JUNE, run_id="scheduled__june", kind="scoring")
    served = DagRun(promoted.folder, as_of=JUNE, run_id="scheduled__june", kind="monitoring")
    for run, task in ((scoring, "extract"), (scoring, "score"), (served, "extract"), (served, "drift_check")):
        run.run_task(task)
    predictions = pq.read_table(store.resolve(scoring.results["score"]["object_key"]).path)
    assert predictions.column_names == [names.ENTITY, names.TIME, "score"]
    check_drift(served, hook, store)
    check_report(served, hook, store)
    capfd.readouterr()
    Verdict.from_dict(promoted.verdict).to_text()


def check_drift(served: DagRun, hook: MlflowHook, store: ObjectStoreHook) -> None:
    """Look at what a drift check leaves: a metric for each statistic of each column, a picture, a verdict."""
    drifted = served.results["drift_check"]
    content = store.require_json(store.resolve(f"{drifted['report_key']}/drift.json"))
    report = DriftReport.from_dict(content)
    features = [name for group in names.NUMERIC.values() for name in group]
    features += [names.GROUPED, *names.CATEGORICAL]
    assert sorted(column.name for column in report.columns) == sorted(features)
    assert len({column.label for column in report.columns} | {"predictions"}) == len(features) + 1
    metrics = hook.run(drifted["run_id"]).data.metrics
    results = sum(len(column.results) for column in report.columns)
    assert report.predictions is not None
    of_columns = [name for name in metrics if name.startswith("drift_")]
    assert len(of_columns) == results + len(report.predictions.results)
    assert metrics["drift_ks_predictions"] == pytest.approx(report.predictions.results[0].effect)
    assert Path(store.resolve(f"{drifted['report_key']}/distributions.png").path).stat().st_size > 10_000
    logged(write_verdict(report).to_text())
    rows = markdown_rows(artifact(drifted["run_id"], "drift/verdict.md"))
    assert {len(row) for row in rows} == {4}


def check_report(served: DagRun, hook: MlflowHook, store: ObjectStoreHook) -> None:
    """Look at the page on a day, after a month whose labels are known."""
    later = DagRun(served.folder, as_of=JULY, run_id="scheduled__july", kind="monitoring")
    for task in ("extract", "performance_check"):
        later.run_task(task)
    evaluated: dict[str, Any] = later.results["performance_check"]
    (june,) = [one for one in evaluated["windows"] if one["partition"] == JUNE]
    assert june["rows"] == 3000
    assert june["metrics"]["roc_auc"]["value"] > 0.6
    drift = served.results["drift_check"]
    report = DriftReport.from_dict(store.require_json(store.resolve(f"{drift['report_key']}/drift.json")))
    config = later.operator("extract").config
    verdict = write_verdict(report)
    verdict = replace(verdict, inputs={**verdict.inputs, "missing": []})  # as the policy has it
    place = write_watch_report(
        hook, store, config, verdict, as_of=JULY,
        drift_checked=DriftChecked.from_xcom(drift, task_id="policy", field="drift_checked"),
        evaluated=EvaluatedWindows.from_xcom(evaluated, task_id="policy", field="evaluated_windows"),
    )  # fmt: skip
    page = Page(Path(store.resolve(place).path).read_text())
    assert {len(row) for row in page.rows} <= {4, 5, 6, 7}
    assert "<" in page.text or "predictions" in page.text


@pytest.mark.full  # CI has the names in the core, and the tasks with another in the test above
@pytest.mark.parametrize("entity", ["score", "__index_level_0__"])
def test_an_entity_may_be_called_anything(
    entity: str,
    small_model: Path,
    small_source: Path,
    mlflow_server: MlflowProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_light(monkeypatch)
    monkeypatch.setattr("mlops.tracking.reproducibility.check_in_new_process", compare_predictions)
    for file in small_source.rglob("*.csv"):
        file.write_text(file.read_text().replace("customer_id", entity, 1))
    for name in ("model.yaml", "contract.yaml"):
        file = small_model / name
        file.write_text(file.read_text().replace("column: customer_id", f"column: '{entity}'"))
    pipeline = DagRun(small_model, as_of=MAY)
    assert pipeline.run() == "promote"
    scoring = DagRun(small_model, as_of=JUNE, run_id="scheduled__june", kind="scoring")
    watching = DagRun(small_model, as_of=JUNE, run_id="scheduled__june", kind="monitoring")
    for task in ("extract", "score"):
        scoring.run_task(task)
    for task in ("extract", "drift_check", "performance_check"):
        watching.run_task(task)
    file = ObjectStoreHook().resolve(scoring.results["score"]["object_key"]).path
    score = "mlops_score" if entity == "score" else "score"
    assert pq.read_table(file).column_names == [entity, "as_of", score]
