"""What the champion predicted is evaluated by the labels that came later, window by window."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from include.errors import DataError, ModelError, QuarantinedDataError
from include.evaluation.metrics import measure
from include.monitoring.performance.record import WindowPerformance
from include.monitoring.performance.rules import find_status
from include.monitoring.performance.verdict import explain
from mlops import object_keys
from mlops.hooks.data_registry import DataRegistryHook
from mlops.hooks.mlflow import MlflowHook
from mlops.hooks.object_store import ObjectStoreHook
from mlops.tracking.model_registry import CHAMPION, ModelRegistry
from mlops.tracking.tags import NEWEST_LABELS, section_digest, section_tag
from tests.world.dag_run import DagRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.world.servers import MlflowProcess

pytestmark = pytest.mark.integration

APRIL, MAY, JUNE, JULY = "2005-04-30", "2005-05-31", "2005-06-30", "2005-07-31"


def score(folder: Path, as_of: str) -> dict[str, Any]:
    pipeline = DagRun(folder, as_of=as_of, run_id=f"scoring__{as_of}", kind="scoring")
    pipeline.run_task("extract")
    return dict(pipeline.run_task("score"))


def check(folder: Path, as_of: str) -> dict[str, Any]:
    """Run the performance check; its result can be handed to another task as it is."""
    pipeline = DagRun(folder, as_of=as_of, run_id=f"monitoring__{as_of}", kind="monitoring")
    pipeline.run_task("extract")
    result = pipeline.run_task("performance_check")
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    return dict(result)


def statuses(result: dict[str, Any], key: str = "windows") -> dict[str, str]:
    return {window["partition"]: window["status"] for window in result[key]}


def window(result: dict[str, Any], day: str, key: str = "windows") -> WindowPerformance:
    (found,) = [one for one in result[key] if one["partition"] == day]
    return WindowPerformance.from_dict(found)


def runs(model: str) -> dict[str, Any]:
    """The windows' MLflow runs by name."""
    hook = MlflowHook()
    found = hook.client.search_runs([hook.experiment_id(f"{model}/monitoring")])
    return {run.info.run_name: run for run in found}


def labels(source: Path, day: str) -> Path:
    return source / "labels" / f"known_on={day}" / "labels.csv"


def edit(file: Path, change: Callable[[list[str]], list[str]]) -> None:
    """Change the lines below a file's head."""
    head, *lines = file.read_text().splitlines()
    file.write_text("\n".join([head, *change(lines)]) + "\n")


def new_champion(model: str, **tags: str) -> str:
    """Let the champion's model serve under another version."""
    hook = MlflowHook()
    registry = ModelRegistry(hook, model)
    serving = registry.champion()
    assert serving is not None
    run = hook.client.create_run(hook.experiment_id(f"{model}/training"))
    version, _ = registry.register(
        run_id=run.info.run_id, source=serving.source, tags=tags, description="again"
    )
    registry.set_alias(CHAMPION, version)
    return version


@pytest.fixture
def watched(champion: DagRun) -> DagRun:
    """The champion of 2005-05-31 has scored May."""
    score(champion.folder, MAY)
    return champion


def test_a_window_is_not_yet_until_its_labels_come_then_it_is_evaluated(
    watched: DagRun, capfd: pytest.CaptureFixture[str]
) -> None:
    folder, model = watched.folder, watched.folder.name
    early = check(folder, "2005-06-15")
    assert statuses(early) == {APRIL: "no predictions", MAY: "not mature"}
    assert (early["new_labels"], early["champion_version"], early["newest_labels"]) == (0, "1", APRIL)
    assert early["champion_trained"] == MAY, "its age counts from there"
    assert early["earlier"] == []
    capfd.readouterr()

    late = check(folder, JUNE)
    out, err = capfd.readouterr()
    assert statuses(late) == {APRIL: "no predictions", MAY: "good", JUNE: "no predictions"}
    may = window(late, MAY)
    predicted = pq.read_table(next(Path(ObjectStoreHook().root.path).rglob("predictions/*/*.parquet")))
    scored = predicted.to_pandas().set_index("customer_id")["score"]
    refs = DataRegistryHook().pointers(model)
    known = pq.read_table(DataRegistryHook().local_path(refs["labels", JUNE], folder)).to_pandas()
    target = known.set_index("customer_id")["defaulted"].loc[scored.index]
    assert may.metrics["roc_auc"].value == pytest.approx(
        measure("roc_auc", target.to_numpy(), scored.to_numpy())
    )
    assert (may.rows, may.coverage, may.evaluated) == (3000, 1.0, 3000)
    assert late["new_labels"] == 3000
    evaluated = watched.results["evaluate"]
    assert late["reference"]["interval"]["value"] == evaluated["value"]
    assert late["reference"]["source"] == evaluated["evaluation_key"]
    assert may.reference is not None
    assert may.reference.interval.value == evaluated["value"]

    table = [line for line in (out + err).splitlines() if line.strip()][-4:]
    assert "window" in table[0]
    assert [line.split()[0] for line in table[1:]] == [APRIL, MAY, JUNE], "the table ends the log"

    run = runs(model)[f"{MAY}, version 1"]
    assert run.info.status == "FINISHED"
    assert run.data.metrics["production_roc_auc"] == pytest.approx(may.metrics["roc_auc"].value)
    assert run.data.metrics["production_coverage"] == 1.0
    assert run.data.tags[section_tag("performance", "status")] == "good"
    assert "score_mean" in run.data.metrics, "scoring has logged to the same run"
    assert len(runs(model)) == 1, "a window without predictions leaves no run"


def test_a_second_day_with_the_same_labels_logs_nothing(watched: DagRun) -> None:
    model = watched.folder.name
    check(watched.folder, JUNE)
    before = {name: run.to_dictionary() for name, run in runs(model).items()}
    check(watched.folder, "2005-07-01")
    assert {name: run.to_dictionary() for name, run in runs(model).items()} == before


def test_what_is_known_is_not_computed_again_until_a_label_is_corrected(
    watched: DagRun, deliveries: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from include.monitoring.performance import evaluate_window

    computed: list[int] = []
    once = evaluate_window.intervals_once

    def count(memory: Any, compute: Any, **inputs: Any) -> Any:
        def counted() -> Any:
            computed.append(1)
            return compute()

        return once(memory, counted, **inputs)

    monkeypatch.setattr(evaluate_window, "intervals_once", count)
    first = check(watched.folder, JUNE)
    assert len(computed) == 1
    later = check(watched.folder, "2005-07-01")
    assert len(computed) == 1, "a day without news reads"
    assert window(later, MAY).metrics == window(first, MAY).metrics

    for kept in (Path(ObjectStoreHook().root.path) / "models" / watched.folder.name).rglob("computed/*.json"):
        kept.write_text(kept.read_text()[:40])
    assert window(check(watched.folder, "2005-07-01"), MAY).metrics == window(first, MAY).metrics
    assert len(computed) == 2, "what was damaged is computed again"

    edit(labels(deliveries, JUNE), lambda lines: [f"{lines[0][:-1]}{1 - int(lines[0][-1])}", *lines[1:]])
    corrected = check(watched.folder, "2005-07-02")
    assert len(computed) == 3
    assert window(corrected, MAY).metrics != window(first, MAY).metrics


def test_labels_of_the_future_are_not_known_in_a_run_of_the_past(watched: DagRun, deliveries: Path) -> None:
    check(watched.folder, JUNE)
    past = check(watched.folder, "2005-06-29")
    assert statuses(past)[MAY] == "not mature"
    assert past["new_labels"] == 0
    assert JUNE not in statuses(past)


def test_a_champion_that_lost_its_touch_is_worse(watched: DagRun, deliveries: Path) -> None:
    edit(labels(deliveries, JUNE), lambda lines: [
        f"{line[:-1]}{int(number % 9 == 0)}" for number, line in enumerate(lines)
    ])  # fmt: skip
    result = check(watched.folder, JUNE)
    may = window(result, MAY)
    assert find_status(may) == "worse"
    failed = {reason.rule for reason in explain(may).reasons if reason.passed is False}
    assert {"drop:roc_auc", "floor:roc_auc"} <= failed
    assert (
        runs(watched.folder.name)[f"{MAY}, version 1"].data.tags[section_tag("performance", "status")]
        == "worse"
    )


def test_labels_twice_corrected_and_of_strangers_are_counted(watched: DagRun, deliveries: Path) -> None:
    def spoil(lines: list[str]) -> list[str]:
        stranger = lines[0].split(",")
        return [*lines, ",".join(["999999", *stranger[1:]])]

    edit(labels(deliveries, JUNE), spoil)
    correction = labels(deliveries, "2005-07-15")
    correction.parent.mkdir()
    first, second, *_ = labels(deliveries, JUNE).read_text().splitlines()[1:]
    turned = f"{second[:-1]}{1 - int(second[-1])}"
    correction.write_text(f"customer_id,as_of,defaulted\n{first}\n{turned}\n")
    may = window(check(watched.folder, "2005-07-15"), MAY)
    assert (may.labels.repeated, may.labels.corrected, may.labels.unknown) == (1, 1, 1)
    assert may.labels.known_on == "2005-07-15"
    assert find_status(may) == "good"
    assert window(check(watched.folder, "2005-07-14"), MAY).labels.corrected == 0


def test_labels_in_conflict_are_refused_with_their_customers(watched: DagRun, deliveries: Path) -> None:
    edit(labels(deliveries, JUNE), lambda lines: [*lines, f"{lines[0][:-1]}{1 - int(lines[0][-1])}"])
    with pytest.raises(
        DataError, match=r"labels of 2005-06-30 about 2005-05-31: 1 rows have two different values"
    ):
        check(watched.folder, JUNE)


def test_labels_that_never_come_are_asked_about(watched: DagRun, deliveries: Path) -> None:
    for day in (JUNE, JULY):
        labels(deliveries, day).unlink()
    may = window(check(watched.folder, JULY), MAY)
    assert find_status(may) == "not mature"
    assert "labels were due on 2005-07-01, 30 days ago, but only 0 of 3,000" in explain(may).summary


def test_low_coverage_is_not_evaluated(watched: DagRun, deliveries: Path) -> None:
    edit(labels(deliveries, JUNE), lambda lines: lines[: len(lines) // 3])
    result = check(watched.folder, JULY)
    assert statuses(result)[MAY] == "not mature"
    assert result["new_labels"] == 3000, "all of June's; a third of May's is nothing to learn from"


def test_fifty_rows_are_too_few(champion: DagRun, deliveries: Path) -> None:
    file = deliveries / "accounts" / f"as_of={MAY}" / "accounts.csv"
    edit(file, lambda lines: lines[:50])
    score(champion.folder, MAY)
    may = window(check(champion.folder, JUNE), MAY)
    assert (find_status(may), may.rows, may.labels.unknown) == ("too few rows", 50, 2950)


def test_a_delivery_restated_after_it_was_scored_is_evaluated_by_what_was_predicted_then(
    watched: DagRun, deliveries: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = deliveries / "accounts" / f"as_of={MAY}" / "accounts.csv"
    edit(file, lambda lines: lines[:-7])
    restated = window(check(watched.folder, JUNE), MAY)
    assert (find_status(restated), restated.restated, restated.rows) == ("good", True, 3000)
    assert "2005-05-31 was restated after version 1 scored it" in caplog.text
    score(watched.folder, MAY)
    anew = window(check(watched.folder, JUNE), MAY)
    assert (anew.restated, anew.rows) == (False, 2993)


def test_a_window_that_only_an_earlier_version_scored_is_listed_apart(watched: DagRun) -> None:
    model = watched.folder.name
    version = new_champion(model, **{NEWEST_LABELS: MAY})
    score(watched.folder, JUNE)
    result = check(watched.folder, JULY)
    assert result["champion_version"] == version != "1"
    assert statuses(result) == {
        APRIL: "no predictions",
        MAY: "no predictions",
        JUNE: "good",
        JULY: "no predictions",
    }
    assert statuses(result, "earlier") == {MAY: "good"}
    assert window(result, MAY, "earlier").version == "1"
    assert window(result, MAY, "earlier").reference is not None
    assert result["new_labels"] == 3000, "June's; the new champion has learned May's"
    assert set(runs(model)) == {f"{MAY}, version 1", f"{JUNE}, version {version}"}


def test_a_champion_registered_by_hand_is_held_against_the_floors_alone(
    watched: DagRun, caplog: pytest.LogCaptureFixture
) -> None:
    version = new_champion(watched.folder.name)
    score(watched.folder, MAY)
    result = check(watched.folder, JUNE)
    assert result["reference"] is None
    assert find_status(window(result, MAY)) == "good"
    assert f"Version {version} has no evaluation to compare with" in caplog.text
    assert result["newest_labels"] == ""
    assert result["new_labels"] == 6000, "nobody knows what it has learned from"


def test_what_the_champion_was_trained_on_is_evaluated_on_the_held_out_alone(champion: DagRun) -> None:
    score(champion.folder, APRIL)
    april = window(check(champion.folder, MAY), APRIL)
    assert april.learned
    assert 800 < april.evaluated < 1200
    assert april.metrics["roc_auc"].value == pytest.approx(champion.results["evaluate"]["value"], abs=1e-12)


def test_no_champion_yet_has_nothing_to_evaluate_but_counts_labels(
    small_model: Path, small_source: Path, mlflow_server: MlflowProcess
) -> None:
    result = check(small_model, JUNE)
    assert result == {
        "windows": [],
        "earlier": [],
        "new_labels": 6000,
        "champion_version": None,
        "newest_labels": None,
        "champion_trained": "",
        "reference": None,
    }
    assert runs(small_model.name) == {}


def test_a_champion_that_was_deleted_is_reported(champion: DagRun) -> None:
    MlflowHook().client.delete_model_version(champion.folder.name, "1")
    with pytest.raises(ModelError, match="somebody deleted it"):
        check(champion.folder, JUNE)


def test_quarantined_labels_are_not_used(watched: DagRun) -> None:
    model = watched.folder.name
    pipeline = DagRun(watched.folder, as_of=JUNE, kind="monitoring")
    pipeline.run_task("extract")
    md5 = DataRegistryHook().pointers(model)["labels", JUNE].md5
    store = ObjectStoreHook()
    store.write_json(store.resolve(object_keys.quarantine(model, md5)), {"md5": md5, "summary": "one class."})
    result = pipeline.run_task("performance_check")
    assert statuses(result)[MAY] == "not mature"
    assert result["new_labels"] == 0


def test_a_quarantined_window_is_left_out_and_the_others_are_evaluated(watched: DagRun) -> None:
    model = watched.folder.name
    pipeline = DagRun(watched.folder, as_of=JUNE, kind="monitoring")
    pipeline.run_task("extract")
    store, pointers = ObjectStoreHook(), DataRegistryHook().pointers(model)
    md5 = pointers["features", JUNE].md5
    store.write_json(store.resolve(object_keys.quarantine(model, md5)), {"md5": md5, "summary": "a child."})
    assert statuses(pipeline.run_task("performance_check")) == {APRIL: "no predictions", MAY: "good"}
    assert pipeline.run_task("drift_check")["partition"] == MAY
    for day in (APRIL, MAY):
        md5 = pointers["features", day].md5
        store.write_json(
            store.resolve(object_keys.quarantine(model, md5)), {"md5": md5, "summary": "a child."}
        )
    for task in ("performance_check", "drift_check"):
        with pytest.raises(QuarantinedDataError, match=r"2005-04-30.parquet is quarantined .* a child\."):
            pipeline.run_task(task)


def test_damaged_predictions_are_reported_with_the_remedy(watched: DagRun) -> None:
    (file,) = Path(ObjectStoreHook().root.path).rglob("predictions/*/*.parquet")
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"not a readable Parquet file .*score its delivery again"):
        check(watched.folder, JUNE)


def test_a_check_that_died_half_way_is_made_up_for(watched: DagRun, monkeypatch: pytest.MonkeyPatch) -> None:
    model, log = watched.folder.name, MlflowHook.log_metrics

    def die(self: MlflowHook, run_id: str, metrics: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(MlflowHook, "log_metrics", die)
        with pytest.raises(KeyboardInterrupt):
            check(watched.folder, JUNE)
    assert section_digest("performance") not in runs(model)[f"{MAY}, version 1"].data.tags
    assert MlflowHook.log_metrics is log
    check(watched.folder, JUNE)
    run = runs(model)[f"{MAY}, version 1"]
    assert run.info.status == "FINISHED"
    assert "production_roc_auc" in run.data.metrics
