"""The exams of a champion's life: which life it is, and which exams a candidate's is added to."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from include.errors import DataError
from mlops import object_keys
from mlops.tracking.exams import name_life, read_life, record_exam
from mlops.tracking.ledger import Entry, EntryState
from mlops.tracking.tags import APPROVAL, CANDIDATE_RUN, TRAINING_KEY
from tests.core.promotion.attempts.test_kept import exam

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]

LIFE = "v1-d1"


class Ledger:
    """Entries, newest first."""

    model = "m"

    def __init__(self, *entries: Entry) -> None:
        self.known = list(entries)

    def entries(self, decision: str = "") -> list[Entry]:
        return [entry for entry in self.known if not decision or entry.decision == decision]


class Store:
    """JSON documents by object key."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def resolve(self, key: str) -> Any:
        path = f"/{key}"
        return SimpleNamespace(path=path, protocol="file", key=key)

    def exists(self, path: Any) -> bool:
        return path.path in self.kept

    def create_json(self, path: Any, value: Any) -> bool:
        return self.kept.setdefault(path.path, text := json.dumps(value)) is text

    def read_json(self, path: Any) -> Any:
        return json.loads(self.kept[path.path]) if path.path in self.kept else None

    def list(self, pattern: Any) -> list[str]:
        return sorted(key for key in self.kept if key.startswith(pattern.path.removesuffix("*.json")))


def move(version: str, identifier: str = "d1", state: EntryState = EntryState.APPLIED, **tags: str) -> Entry:
    plan = {"champion": version} if version else {}
    return Entry(
        run_id="r", decision_id=identifier, kind="promotion", decision=tags.pop("decision", "promote"),
        summary="", decided_by="", time=0, state=state, plan=plan, tags=tags,
    )  # fmt: skip


def run(at: int, key: str = "") -> Any:
    tags = {TRAINING_KEY: key or f"k{at}"}
    return SimpleNamespace(
        info=SimpleNamespace(run_id=f"run{at}", start_time=at), data=SimpleNamespace(tags=tags)
    )


def earlier(store: Store, at: int, **others: Any) -> list[str]:
    life = read_life(store, others.pop("ledger", Ledger()), LIFE, run(at), f"t{at}", **others)  # type: ignore[arg-type]
    return [one.candidate for one in life.exams]


@pytest.fixture
def store() -> Store:
    found = Store()
    for at in (1, 2):
        record_exam(found, "m", LIFE, exam(at, 1.0))  # type: ignore[arg-type]
    return found


def test_a_life_is_named_by_the_version_and_the_decision() -> None:
    assert name_life(Ledger(move("2", "d2"), move("1")), "2") == "v2-d2"  # type: ignore[arg-type]


def test_a_version_that_comes_back_begins_a_new_life() -> None:
    history = Ledger(move("1", "back"), move("2", "d2"), move("1", "d1"))
    assert name_life(history, "1") == "v1-back"  # type: ignore[arg-type]


def test_a_champion_set_by_hand_has_its_version_alone() -> None:
    assert name_life(Ledger(), "7") == "v7"  # type: ignore[arg-type]
    assert name_life(Ledger(move("2", "d2"), move("1", "d1")), "1") == "v1"  # type: ignore[arg-type]


@pytest.mark.parametrize("state", [EntryState.PLANNED, EntryState.ABANDONED])
def test_a_promotion_that_has_not_come_into_force_changes_no_life(state: EntryState) -> None:
    assert name_life(Ledger(move("2", "d2", state), move("1", "d1")), "1") == "v1-d1"  # type: ignore[arg-type]


def test_a_promotion_in_progress_counts_once_its_version_serves() -> None:
    assert name_life(Ledger(move("2", "d2", EntryState.PLANNED), move("1")), "2") == "v2-d2"  # type: ignore[arg-type]


def test_what_moves_no_alias_is_passed_over() -> None:
    assert name_life(Ledger(move("", "gate", decision="reject"), move("1")), "1") == "v1-d1"  # type: ignore[arg-type]


def test_the_first_record_of_an_exam_stays(store: Store) -> None:
    before = dict(store.kept)
    record_exam(store, "m", LIFE, replace(exam(1, 3.0), earlier=("other",)))  # type: ignore[arg-type]
    assert store.kept == before


def test_a_candidate_meets_the_exams_before_its_own(store: Store) -> None:
    assert earlier(store, 3) == ["run1", "run2"]
    record_exam(store, "m", LIFE, exam(5, 1.0))  # type: ignore[arg-type]
    assert earlier(store, 4) == ["run1", "run2"]


def test_another_try_meets_what_the_first_one_met(store: Store) -> None:
    """Another run began earlier and was recorded later: the first try did not know it."""
    record_exam(store, "m", LIFE, exam(4, 1.0, earlier=("run2",)))  # type: ignore[arg-type]
    assert earlier(store, 4) == ["run2"]
    record_exam(store, "m", LIFE, exam(3, 1.0))  # type: ignore[arg-type]
    assert earlier(store, 4) == ["run2"]
    assert earlier(store, 5) == ["run1", "run2", "run3", "run4"]


def test_the_gate_reads_what_was_evaluated_with(store: Store) -> None:
    assert earlier(store, 3, earlier=["run2"]) == ["run2"]
    assert earlier(store, 3, earlier=["run2", "gone", "run3"]) == ["run2"]


def test_exams_of_another_life_are_left_out(store: Store) -> None:
    record_exam(store, "m", "v1", exam(3, 1.0))  # type: ignore[arg-type]
    assert earlier(store, 9) == ["run1", "run2"]


def test_whom_a_person_rejected_is_barred_and_whom_the_gate_rejected_is_not(store: Store) -> None:
    by_hand = move("", decision="reject", **{CANDIDATE_RUN: "run1", APPROVAL: "rejected"})
    by_gate = move("", decision="reject", **{CANDIDATE_RUN: "run2"})
    ledger: Any = Ledger(by_hand, by_gate)
    life = read_life(store, ledger, LIFE, run(3), "t3")  # type: ignore[arg-type]
    assert life.barred == {"run1"}
    again = read_life(store, ledger, LIFE, run(3), "t3", earlier=["run1"], challenger="run1")  # type: ignore[arg-type]
    assert again.barred == frozenset(), "it sat this exam before it was rejected"


def test_a_damaged_record_names_the_object_and_the_remedy(store: Store) -> None:
    store.kept[f"/{object_keys.exam('m', LIFE, 'run1')}"] = "{}"
    with pytest.raises(DataError, match=r"models/m/exams/v1-d1/run1.json: .*remove it"):
        earlier(store, 3)
