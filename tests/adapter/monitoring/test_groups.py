"""What monitoring by group finds in the object store, what it leaves there, and when it sends an alert."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.data.dataset_files import file_digest
from include.lineage import SnapshotRef
from include.monitoring.performance.evaluate_window import EvaluatedVersion
from include.monitoring.performance.record import WindowPerformance
from include.monitoring.slices.drift import GroupDriftReport
from include.names import internal
from mlops import object_keys
from mlops.hooks.object_store import ObjectStoreHook
from mlops.monitoring.drift_log import log_group_drift
from mlops.monitoring.evaluated_groups import ScoredGroups
from mlops.operators.performance_check import PerformanceCheckOperator
from mlops.tracking.tags import DATASET, section_digest
from tests.world.model_config import make_config

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]

RECORDS = Path(__file__).parents[2] / "core" / "records"
CONFIG = make_config()
REF = SnapshotRef(
    table="features", partition="2005-05-31", path="credit_risk/features/2005-05-31.parquet", md5="m" * 32,
    rows=3, size=1, commit="c", source="s", source_sha256="5", schema_digest="d",
)  # fmt: skip


@pytest.fixture
def store(state: Path) -> ObjectStoreHook:
    return ObjectStoreHook()


def keep_evaluation(store: ObjectStoreHook, folder: Path) -> Path:
    """Keep an evaluation of run r: its record, its test set and its scores; return the test set."""
    test, scores = folder / "test.parquet", folder / "scores.parquet"
    pq.write_table(pa.table({"customer_id": [1, 2, 3]}), test)
    pq.write_table(pa.table({internal("candidate"): [0.1, 0.2, 0.3]}), scores)
    key = object_keys.evaluation("credit_risk", "r")
    newest = max(RECORDS.glob("evaluation_v*.json"))
    record = {**json.loads(newest.read_text()), "test_digest": file_digest(test)}
    store.write_json(store.resolve(f"{key}/evaluation.json"), record)
    store.upload(scores, store.resolve(f"{key}/scores.parquet"))
    store.upload(test, store.resolve("datasets/d/test.parquet"))
    return test


def groups(store: ObjectStoreHook, scratch: Path, tags: dict[str, str], *, restated: bool = False) -> Any:
    version = SimpleNamespace(version="3", tags=tags, run_id="r")
    versions = SimpleNamespace(version=lambda number: version if number == "3" else None)
    registry = SimpleNamespace(store=store, local_path=lambda ref, scratch: scratch / ref.partition)
    scored = SimpleNamespace(snapshot_md5="m" * 32, restated=restated)
    source = ScoredGroups(CONFIG, versions, registry, scratch)  # type: ignore[arg-type]
    return source.of(REF, EvaluatedVersion(version="3"), scored)  # type: ignore[arg-type]


def test_the_groups_of_an_evaluation_are_those_of_its_frozen_test_set(
    store: ObjectStoreHook, tmp_path: Path
) -> None:
    keep_evaluation(store, tmp_path)
    found = groups(store, tmp_path, {DATASET: "datasets/d"}).evaluated()
    assert found is not None
    assert pq.read_table(found.test)["customer_id"].to_pylist() == [1, 2, 3]
    np.testing.assert_array_equal(found.scores, [0.1, 0.2, 0.3])


def test_without_all_of_an_evaluation_nothing_is_known(store: ObjectStoreHook, tmp_path: Path) -> None:
    assert groups(store, tmp_path, {DATASET: "datasets/d"}).evaluated() is None
    keep_evaluation(store, tmp_path)
    assert groups(store, tmp_path, {}).evaluated() is None
    other = tmp_path / "other.parquet"
    pq.write_table(pa.table({"customer_id": [9]}), other)
    store.upload(other, store.resolve("datasets/d/test.parquet"))
    assert groups(store, tmp_path, {DATASET: "datasets/d"}).evaluated() is None, "another test set"


def test_a_delivery_that_was_restated_has_no_rows_to_cut(store: ObjectStoreHook, tmp_path: Path) -> None:
    assert groups(store, tmp_path, {}, restated=True).features is None
    assert groups(store, tmp_path, {}).features() == tmp_path / "2005-05-31"


class Hook:
    """Remembers what was logged."""

    def __init__(self) -> None:
        self.metrics: dict[str, float] = {}
        self.tags: dict[str, str] = {}

    def log_json(self, run_id: str, content: Any, name: str) -> None:
        json.dumps(content)

    def log_metrics(self, run_id: str, metrics: dict[str, float]) -> None:
        self.metrics |= metrics

    def set_tags(self, run_id: str, tags: dict[str, str]) -> None:
        self.tags |= tags


def test_the_drift_of_groups_is_kept_beside_the_report_once(store: ObjectStoreHook) -> None:
    report = GroupDriftReport.from_dict(json.loads((RECORDS / "group_drift_v1.json").read_text()))
    hook = Hook()
    run = SimpleNamespace(info=SimpleNamespace(run_id="w"), data=SimpleNamespace(tags=hook.tags))
    for _ in range(2):
        log_group_drift(hook, store, run, "models/m/monitoring/1", report)  # type: ignore[arg-type]
        kept = store.read_json(store.resolve("models/m/monitoring/1/groups.json"))
        assert GroupDriftReport.from_dict(kept) == report
    assert hook.metrics == {"drifted_groups": 1.0}
    assert section_digest("groups") in hook.tags


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, state: Path) -> Any:
    """Return a function that looks at windows and returns the alerts that were sent."""
    sent: list[Any] = []
    operator = PerformanceCheckOperator(
        task_id="performance_check", as_of="2005-08-01", extracted={}, model_folder="credit_risk"
    )
    monkeypatch.setattr(PerformanceCheckOperator, "config", CONFIG)
    monkeypatch.setattr(PerformanceCheckOperator, "send_alert", lambda _, alert: sent.append(alert))
    monkeypatch.setattr("mlops.run_context.log_url", lambda context: "")

    def look(*windows: WindowPerformance) -> list[Any]:
        operator._look_at_groups({}, list(windows))  # type: ignore[typeddict-item]
        return sent

    return look


def read_window(**changes: Any) -> WindowPerformance:
    plain = json.loads((RECORDS / "window_performance_v3.json").read_text())
    return WindowPerformance.from_dict({**plain, **changes})


def test_a_group_that_lost_in_a_window_that_holds_is_an_alert(check: Any) -> None:
    good = read_window(reference=None, limits={**read_window().to_dict()["limits"], "floors": {}})
    (alert,) = check(good)
    assert alert.cause.kind == "performance by group: warning"
    assert alert.cause.subject == f"version {good.version}: sex=2"


def test_a_window_that_is_worse_as_a_whole_sends_none_about_a_group(check: Any) -> None:
    limits = {**read_window().to_dict()["limits"], "floors": {"roc_auc": 0.99}}
    assert check(read_window(limits=limits)) == []


def test_windows_whose_groups_nobody_looked_at_say_nothing(check: Any) -> None:
    assert check(read_window(slices=None)) == []
