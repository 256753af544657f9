"""Which deliveries both versions of a promotion scored, and which ones a shadow still has to score."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from include.lineage import Manifest, SnapshotRef
from include.promotion.probation.promotions import Move
from include.scoring.predictions import Stamp
from mlops import object_keys
from mlops.hooks.object_store import ObjectStoreHook
from mlops.monitoring import shadow
from mlops.monitoring.paired_predictions import PairedPredictions
from mlops.monitoring.run_data import RunData
from mlops.monitoring.scored_files import list_scored, scored_partitions
from tests.world.model_config import make_config

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.adapter

MODEL = "credit_risk"
MAY, JUNE, JULY, AUGUST = "2005-05-31", "2005-06-30", "2005-07-31", "2005-08-31"
A, B = "ab" * 16, "cd" * 16
MOVE = Move(decision_id="d2", kind="promotion", version="2", displaced="1", time=2, as_of="2005-06-01")


@pytest.fixture
def store(state: Path) -> ObjectStoreHook:
    return ObjectStoreHook()


def put(store: ObjectStoreHook, day: str, version: str, md5: str = A, *, sample: bool = False) -> None:
    make = object_keys.sampled_predictions if sample else object_keys.predictions
    store.write_text(store.resolve(make(MODEL, day, version, md5)), "rows")


def snapshot(day: str, md5: str = A) -> SnapshotRef:
    return SnapshotRef(
        table="features", partition=day, path=f"{day}.parquet", md5=md5, rows=10, size=1, commit="c",
        source="s", source_sha256="0", schema_digest="0",
    )  # fmt: skip


def paired(store: ObjectStoreHook, tmp_path: Path, *refs: SnapshotRef) -> PairedPredictions:
    manifest = Manifest(model=MODEL, as_of=AUGUST, snapshots=refs)
    registry: Any = SimpleNamespace(store=store)
    hook: Any = None
    return PairedPredictions(
        RunData(
            config=make_config(), hook=hook, registry=registry, manifest=manifest, as_of=AUGUST,
            scratch=tmp_path,
        )
    )  # fmt: skip


def test_files_of_samples_and_of_whole_deliveries_are_listed(store: ObjectStoreHook) -> None:
    put(store, JUNE, "2")
    put(store, JUNE, "1", sample=True)
    put(store, MAY, "1")
    store.write_text(store.resolve(f"models/{MODEL}/predictions/{JUNE}/notes.txt"), "x")
    found = list_scored(store, MODEL, [JUNE, MAY, JULY])
    assert [(one.partition, one.version, one.md5) for one in found] == [
        (MAY, "1", A[:16]), (JUNE, "1", A[:16]), (JUNE, "2", A[:16]),
    ]  # fmt: skip
    assert all(store.exists(store.resolve(one.key)) for one in found)
    assert scored_partitions(store, MODEL, MAY) == [JUNE]
    assert scored_partitions(store, "nobody", "") == []


def test_a_pair_is_the_same_content_scored_by_both_after_the_promotion(
    store: ObjectStoreHook, tmp_path: Path
) -> None:
    for day in (MAY, JUNE, JULY):
        put(store, day, "2")
        put(store, day, "1", B if day == JULY else A)
    found = paired(store, tmp_path, *map(snapshot, (MAY, JUNE, JULY)))
    assert [pair.partition for pair in found.pair(MOVE)] == [JUNE]


def test_of_a_restated_delivery_the_content_as_it_is_now_is_compared(
    store: ObjectStoreHook, tmp_path: Path
) -> None:
    for version in ("1", "2"):
        put(store, JUNE, version, B)
        put(store, JUNE, version, A)
    for now in (A, B):
        (pair,) = paired(store, tmp_path, snapshot(JUNE, now)).pair(MOVE)
        assert pair.promoted.md5 == pair.displaced.md5 == now[:16]


def test_what_the_shadow_missed_counts_while_it_should_score(store: ObjectStoreHook, tmp_path: Path) -> None:
    for day in (MAY, JUNE, JULY, AUGUST):
        put(store, day, "2")
    put(store, JULY, "1")
    found = paired(store, tmp_path, *map(snapshot, (MAY, JUNE, JULY, AUGUST)))
    assert found.count_unpaired(MOVE, lasting=True) == 2
    assert found.count_unpaired(MOVE, lasting=False) == 1, "what comes after the last pair is nobody's fault"


@pytest.fixture
def scoring(store: ObjectStoreHook, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that lets a shadow score June; it returns what was scored, by delivery."""
    written: list[str] = []

    def write(self: Any, md5: str, champion: Stamp, kept: Any) -> None:
        written.append(champion.partition)
        put(store, champion.partition, "1", md5)

    monkeypatch.setattr(shadow.ShadowScoring, "_write", write)
    monkeypatch.setattr(
        shadow.ShadowScoring, "_read_stamp", lambda self, one: stamp(one.partition, one.md5 + A[16:])
    )

    def score(day: str = JUNE, md5: str = A, overdue: int = 0, run: str = "r", **settings: Any) -> list[str]:
        config = make_config(probation=settings or {"deliveries": 6})
        one = shadow.Shadow(version="1", run_id="t", since=MOVE.as_of, overdue=overdue)
        registry: Any = SimpleNamespace(store=store)
        returned = shadow.ShadowScoring(registry, config, one, run).score(
            snapshot(day, md5), stamp(day, md5), None
        )
        done, written[:] = list(written), []
        assert returned == done
        return done

    return score


def stamp(day: str, md5: str = A) -> Stamp:
    return Stamp(
        model=MODEL, version="2", partition=day, snapshot_md5=md5, registry_commit="c", training_run="t",
        airflow_run="a", as_of=day,
    )  # fmt: skip


def test_a_shadow_scores_once_and_catches_up(store: ObjectStoreHook, scoring: Any) -> None:
    for day in ("2005-06-10", "2005-06-20", "2005-06-25", JUNE):
        put(store, day, "2")
    assert scoring() == [JUNE, "2005-06-20", "2005-06-25"], "two earlier ones a run, the newest of them"
    assert scoring() == ["2005-06-10"]
    assert scoring() == []


def test_it_scores_nothing_from_before_the_promotion(store: ObjectStoreHook, scoring: Any) -> None:
    put(store, MAY, "2")
    assert scoring(MAY) == []


def test_it_ends_with_as_many_deliveries_as_are_looked_at(store: ObjectStoreHook, scoring: Any) -> None:
    for day in ("2005-06-10", "2005-06-20"):
        put(store, day, "2")
        put(store, day, "1")
    put(store, JUNE, "2")
    assert scoring(deliveries=2) == []
    assert scoring(deliveries=2, overdue=1) == [JUNE], "labels that never came are made up for"


def test_a_restated_delivery_is_scored_again(store: ObjectStoreHook, scoring: Any) -> None:
    put(store, JUNE, "2", A)
    put(store, JUNE, "1", A)
    put(store, JUNE, "2", B)
    assert scoring(md5=B) == [JUNE]


def test_the_mark_of_a_lost_try_holds_back_that_task_only(
    store: ObjectStoreHook, scoring: Any, caplog: pytest.LogCaptureFixture
) -> None:
    put(store, JUNE, "2")
    mark = store.resolve(object_keys.shadow_attempt(MODEL, JUNE, "1", A))
    store.create_json(mark, {"run": "r"})
    assert scoring(run="r") == []
    assert "An earlier try of this task was lost" in caplog.text
    assert scoring(run="another") == [JUNE]
    assert not store.exists(mark)
