"""The champion scores deliveries: once each, never over an old file, and what is wrong is reported."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from airflow.sdk.exceptions import AirflowSkipException

from include.config.load import load_model
from include.errors import DataError, ModelError, QuarantinedDataError
from include.scoring.predictions import read_scores, read_stamp
from mlops import object_keys
from mlops.hooks.data_registry import DataRegistryHook
from mlops.hooks.mlflow import MlflowHook
from mlops.hooks.object_store import ObjectStoreHook
from mlops.tracking.model_registry import CHAMPION, ModelRegistry
from mlops.tracking.tags import RUN_KEY, section_tag
from tests.conftest import ROOT
from tests.world.columns import accounts_file, change_column
from tests.world.dag_run import DagRun

if TYPE_CHECKING:
    from tests.world.servers import MlflowProcess

pytestmark = pytest.mark.integration

JUNE = "2005-06-30"


Told = dict[str, list[dict[str, Any]]]


def score(
    folder: Path, as_of: str = JUNE, run_id: str = "scheduled__june", told: Told | None = None
) -> dict[str, Any]:
    """Run the scoring DAG's tasks; return what the last one returned.

    :param told: is given what the events of assets say.
    """
    pipeline = DagRun(folder, as_of=as_of, run_id=run_id, kind="scoring")
    pipeline.asset_events = {} if told is None else told
    for task in ("extract", "score"):
        pipeline.run_task(task)
    return dict(pipeline.results["score"])


def predictions(model: str) -> dict[str, bytes]:
    """Every predictions file of a model, by its place below the model's folder."""
    root = Path(ObjectStoreHook().root.path) / "models" / model / "predictions"
    return {str(file.relative_to(root)): file.read_bytes() for file in root.rglob("*") if file.is_file()}


def runs(model: str) -> list[Any]:
    hook = MlflowHook()
    return list(hook.client.search_runs([hook.experiment_id(f"{model}/monitoring")]))


def logged(capfd: pytest.CaptureFixture[str]) -> str:
    """What was logged since the last look."""
    out, err = capfd.readouterr()
    return out + err


def test_the_newest_delivery_is_scored_stamped_and_logged(champion: DagRun) -> None:
    model, told = champion.folder.name, Told()
    result = score(champion.folder, told=told)
    ref = DataRegistryHook().pointers(model)["features", JUNE]
    assert result == {
        "partition": JUNE,
        "version": "1",
        "object_key": f"models/{model}/predictions/{JUNE}/v1-{ref.md5[:16]}.parquet",
        "rows": ref.rows,
        "md5": ref.md5,
        "mean_score": pytest.approx(0.14, abs=0.05),
    }
    store = ObjectStoreHook()
    file = Path(store.resolve(result["object_key"]).path)
    stamp = read_stamp(file)
    version = ModelRegistry(MlflowHook(), model).champion()
    assert version is not None
    assert (stamp.model, stamp.version, stamp.partition, stamp.as_of) == (model, "1", JUNE, JUNE)
    assert (stamp.snapshot_md5, stamp.registry_commit) == (ref.md5, ref.commit)
    assert stamp.training_run == version.run_id
    assert stamp.airflow_run == f"{model}_scoring/scheduled__june/score"
    (run,) = runs(model)
    assert run.info.status == "FINISHED"
    assert run.data.tags[RUN_KEY] == f"{model}/1/{JUNE}/{ref.md5[:16]}"
    assert run.data.tags[section_tag("scoring", "predictions")] == result["object_key"]
    scores = read_scores(file, load_model(champion.folder))
    assert run.data.metrics["score_mean"] == pytest.approx(scores.mean())
    assert run.data.metrics["scored_rows"] == ref.rows
    assert {"score_q50", "score_above_half", "score_q95"} <= set(run.data.metrics)
    event = {
        "format": 1, "key": f"{JUNE}/v1/{ref.md5}", "model": model, "as_of": JUNE, "version": "1",
        "partition": JUNE, "rows": ref.rows, "object_key": result["object_key"],
        "digests": {"snapshot_md5": ref.md5, "registry_commit": ref.commit},
    }  # fmt: skip
    assert told == {
        f"mlops://models/{model}/predictions": [event],
        f"mlops://models/{model}/journal": [{"part": "predictions", **event}],
    }


def test_scores_are_those_of_the_evaluation_for_the_same_rows(champion: DagRun) -> None:
    """What serves is what was evaluated."""
    result = score(champion.folder, as_of="2005-04-30")
    store, evaluated = ObjectStoreHook(), champion.results["evaluate"]["scores_key"]
    evaluated = (
        pq.read_table(store.resolve(evaluated).path).to_pandas().set_index("customer_id")["mlops_candidate"]
    )
    served = (
        pq.read_table(store.resolve(result["object_key"]).path).to_pandas().set_index("customer_id")["score"]
    )
    assert len(evaluated) > 500
    assert served.loc[evaluated.index].tolist() == evaluated.tolist()


def test_scoring_again_changes_nothing_and_says_so(
    champion: DagRun, caplog: pytest.LogCaptureFixture
) -> None:
    model = champion.folder.name
    told = Told()
    first, files, (run,) = score(champion.folder, told=told), predictions(model), runs(model)
    caplog.set_level(logging.INFO)
    caplog.clear()
    assert score(champion.folder, run_id="scheduled__another", told=told) == first
    assert list(map(len, told.values())) == [1, 1], "there is nothing new to tell"
    assert "Nothing changes: version 1 has scored this very content of 2005-06-30 before" in caplog.text
    assert predictions(model) == files
    (again,) = runs(model)
    assert again.to_dictionary() == run.to_dictionary()


def test_whoever_died_between_file_and_log_is_made_up_for(
    champion: DagRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = champion.folder.name

    def die(*rest: object, **named: object) -> None:
        raise KeyboardInterrupt

    told = Told()
    with monkeypatch.context() as patch:
        patch.setattr("mlops.monitoring.scoring.find_window_run", die)
        with pytest.raises(KeyboardInterrupt):
            score(champion.folder, told=told)
    assert told == {}
    files = predictions(model)
    assert len(files) == 1
    assert runs(model) == []
    score(champion.folder, told=told)
    assert predictions(model) == files
    (run,) = runs(model)
    assert run.data.metrics["scored_rows"] > 0
    assert list(map(len, told.values())) == [1, 1], "the file is there, and nobody knew of it"


def test_of_two_that_score_at_once_one_writes(champion: DagRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have seen that there is no file; the second comes too late."""
    model = champion.folder.name
    first, files = score(champion.folder), predictions(model)
    seen = iter([False])
    exists = ObjectStoreHook.exists

    def blind(self: ObjectStoreHook, path: Any) -> bool:
        return next(seen, True) if "/predictions/" in str(path) else exists(self, path)

    monkeypatch.setattr(ObjectStoreHook, "exists", blind)
    assert score(champion.folder, run_id="manual__too_late") == first
    assert next(seen, None) is None, "it did score"
    assert predictions(model) == files


def test_a_restated_delivery_is_scored_into_a_file_of_its_own(champion: DagRun, deliveries: Path) -> None:
    model, told = champion.folder.name, Told()
    first, files = score(champion.folder, told=told), predictions(model)
    change_column(
        accounts_file(deliveries, JUNE), "pay_status", lambda number, value: "2" if number < 50 else value
    )
    second = score(champion.folder, told=told)
    assert second["md5"] != first["md5"]
    events = told[f"mlops://models/{model}/predictions"]
    assert [extra["digests"]["snapshot_md5"] for extra in events] == [first["md5"], second["md5"]]
    assert second["mean_score"] > first["mean_score"]
    after = predictions(model)
    assert len(after) == 2
    assert files.items() <= after.items(), "the old file stays as it was"
    assert len(runs(model)) == 2


def test_a_new_champion_scores_into_a_file_of_its_own(champion: DagRun) -> None:
    model = champion.folder.name
    score(champion.folder)
    hook = MlflowHook()
    registry = ModelRegistry(hook, model)
    serving = registry.champion()
    assert serving is not None
    run = hook.client.create_run(hook.experiment_id(f"{model}/training"))
    version, _ = registry.register(
        run_id=run.info.run_id, source=serving.source, tags={}, description="again"
    )
    registry.set_alias(CHAMPION, version)
    assert score(champion.folder)["version"] == version
    assert sorted(name.split("/")[1].split("-")[0] for name in predictions(model)) == ["v1", f"v{version}"]


def test_no_champion_yet_skips_green_and_says_so(
    small_model: Path, small_source: Path, mlflow_server: MlflowProcess
) -> None:
    with pytest.raises(
        AirflowSkipException,
        match=r"No champion yet: nothing to score 2005-06-30 with\. .*_training makes one",
    ):
        score(small_model)
    assert predictions(small_model.name) == {}
    assert runs(small_model.name) == []


def test_a_champion_that_was_deleted_is_reported_and_nothing_is_written(champion: DagRun) -> None:
    model = champion.folder.name
    MlflowHook().client.delete_model_version(model, "1")
    with pytest.raises(ModelError, match=r"version 1 became champion by decision .* somebody deleted it"):
        score(champion.folder)
    assert predictions(model) == {}


def test_an_alias_that_was_taken_away_on_purpose_is_not_a_champion(champion: DagRun) -> None:
    ModelRegistry(MlflowHook(), champion.folder.name).delete_alias(CHAMPION)
    with pytest.raises(AirflowSkipException, match="No champion yet"):
        score(champion.folder)


def test_a_quarantined_delivery_is_refused_even_if_validation_is_skipped(
    champion: DagRun, deliveries: Path
) -> None:
    model = champion.folder.name
    pipeline = DagRun(champion.folder, as_of=JUNE, kind="scoring")
    pipeline.run_task("extract")
    md5 = DataRegistryHook().pointers(model)["features", JUNE].md5
    store = ObjectStoreHook()
    store.write_json(store.resolve(object_keys.quarantine(model, md5)), {"md5": md5, "summary": "children."})
    with pytest.raises(QuarantinedDataError, match=rf"{JUNE}.parquet is quarantined .* children\."):
        pipeline.run_task("score")
    assert predictions(model) == {}


def test_a_column_that_is_gone_is_reported_by_extract(champion: DagRun, deliveries: Path) -> None:
    file = accounts_file(deliveries, JUNE)
    file.write_text(file.read_text().replace("pay_status", "pay_state", 1))
    with pytest.raises(DataError, match="pay_status"):
        score(champion.folder)


def test_a_column_that_left_model_yaml_after_training_is_reported_by_the_model(champion: DagRun) -> None:
    yaml = champion.folder / "model.yaml"
    yaml.write_text(
        yaml.read_text().replace("numeric: [credit_limit, age, pay_status,", "numeric: [credit_limit, age,")
    )
    with pytest.raises(ModelError, match=r"could not score .*was it fitted on other columns"):
        score(champion.folder)
    assert predictions(champion.folder.name) == {}


def test_bad_labels_and_old_deliveries_do_not_stop_scoring(champion: DagRun, deliveries: Path) -> None:
    (deliveries / "labels" / "known_on=2005-06-30" / "labels.csv").write_text("broken")
    accounts_file(deliveries, "2005-04-30").write_text("")
    assert score(champion.folder)["partition"] == JUNE


def test_fifty_rows_with_a_new_category_are_scored(champion: DagRun, deliveries: Path) -> None:
    file = accounts_file(deliveries, JUNE)
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:51]))
    change_column(file, "education", lambda number, value: "77" if number % 2 else value)
    assert score(champion.folder)["rows"] == 50


def test_constant_values_are_scored_with_a_warning(
    champion: DagRun, deliveries: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = accounts_file(deliveries, JUNE)
    for column in (
        "credit_limit",
        "sex",
        "education",
        "marital_status",
        "age",
        "pay_status",
        "bill_amount",
        "paid_amount",
    ):
        change_column(file, column, lambda number, value: "1")
    score(champion.folder)
    assert "Every row has the same score" in logged(capfd)


def test_scoring_and_training_extract_the_same_data_at_once(small_model: Path, small_source: Path) -> None:
    """Two daily DAGs start at the same second; each extracts, in a process of its own."""
    code = (
        "import sys; from pathlib import Path; from tests.world.dag_run import DagRun\n"
        "folder, kind = sys.argv[1:]\n"
        "print(DagRun(Path(folder), as_of='2005-06-30', kind=kind).run_task('extract')['manifest_key'])"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(small_model), kind],
            cwd=ROOT, env={**os.environ}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for kind in ("training", "scoring")
    ]  # fmt: skip
    done = [(*process.communicate(timeout=200), process.returncode) for process in started]
    assert [code for _, _, code in done] == [0, 0], done
    registry = DataRegistryHook()
    assert len(registry.pointers(small_model.name)) == 5
    log = ["git", "-C", registry.remote, "log", "--format=%s", "main"]
    commits = subprocess.run(log, check=True, capture_output=True, text=True).stdout.splitlines()
    assert len(commits) == len(set(commits)) == 6, "one commit for each of five partitions, and the first"
