"""Other held-out entities are nothing new: beside the champion, and after a rollback beside an older one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from include.config.estimator import estimator_digest
from include.data.dataset_record import Dataset
from include.data.splits import Holdout
from include.promotion.retrain_needed import training_key
from include.promotion.rollback import Step
from mlops.operators.check_new_data import CheckNewDataOperator
from mlops.tracking.tags import DATASET, NEWEST_LABELS, TRAINING_KEY
from tests.world.model_config import EXAMPLE, make_config
from tests.world.results import RESULTS

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]

CONFIG = make_config()
RECORDS = Path(__file__).parents[2] / "core" / "records"
FIRST = Holdout(seed=1, share=0.3, rotation=0.25)


def trained(digest: str, start: float, taught: str = "x") -> Dataset:
    record = Dataset.from_dict(json.loads((RECORDS / "dataset_v4.json").read_text()))
    return replace(
        record,
        train_digest=digest,
        holdout=replace(FIRST, start=start),
        material=dict.fromkeys(record.train_partitions, taught),
    )


def key_of(digest: str) -> str:
    return training_key(digest, CONFIG.digest, estimator_digest(EXAMPLE.parent))


class World:
    """Versions with their datasets, and what the ledger says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.records: dict[str, Dataset] = {}
        self.versions: dict[str, Any] = {}
        self.steps: list[Step] = []
        self.champion = ""
        registry = SimpleNamespace(
            champion=lambda: self.versions.get(self.champion),
            version=self.versions.get,
        )
        ledger = SimpleNamespace(entries=lambda **tags: [], steps=lambda: self.steps)
        store = SimpleNamespace(
            resolve=lambda key: key,
            read_json=lambda key: self.records[key].to_dict() if key in self.records else None,
        )
        for name, value in (
            ("config", CONFIG), ("model_registry", registry), ("ledger", ledger), ("store", store),
        ):  # fmt: skip
            monkeypatch.setattr(CheckNewDataOperator, name, value)
        monkeypatch.setattr(CheckNewDataOperator, "push", lambda *_: None)

    def add(self, number: str, record: Dataset) -> None:
        self.records[f"d/{number}/dataset.json"] = record
        tags = {
            TRAINING_KEY: key_of(record.train_digest),
            NEWEST_LABELS: "2005-04-30",
            DATASET: f"d/{number}",
        }
        self.versions[number] = SimpleNamespace(version=number, tags=tags)

    def decide(self, record: Dataset) -> Any:
        self.records["d/now/dataset.json"] = record
        operator = CheckNewDataOperator(
            task_id="check_new_data", model_folder=str(EXAMPLE.parent), follow="train",
            dataset=replace(
                RESULTS["dataset"], object_key="d/now", train_digest=record.train_digest,  # type: ignore[type-var]
                test_partitions=("2005-04-30",),
            ),
        )  # fmt: skip
        return operator.decide({})[0]  # type: ignore[typeddict-item]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def test_the_day_after_a_promotion_there_is_nothing_to_learn(world: World) -> None:
    world.add("1", trained("a" * 64, 0.0))
    world.champion = "1"
    verdict = world.decide(trained("b" * 64, 0.075))
    assert verdict.decision == "skip"
    assert "with other entities held out" in verdict.summary


def test_labels_that_became_known_are_new_beside_any_holdout(world: World) -> None:
    world.add("1", trained("a" * 64, 0.0))
    world.champion = "1"
    assert world.decide(trained("b" * 64, 0.075, taught="y")).decision == "train"


def test_what_was_rolled_back_from_stays_so_beside_an_older_champion(world: World) -> None:
    """Version 3 learned what there is; somebody went back from it to version 1, past version 2."""
    world.add("1", trained("a" * 64, 0.0, taught="old"))
    world.add("3", trained("c" * 64, 0.15))
    world.champion = "1"
    now = trained("b" * 64, 0.075)
    assert world.decide(now).decision == "train"
    world.steps = [
        Step(time=1, decision_id="p3", version="3", key=key_of("c" * 64)),
        Step(
            time=2, decision_id="back", version="1", key=key_of("a" * 64), left="3", left_key=key_of("c" * 64)
        ),
    ]
    verdict = world.decide(now)
    assert verdict.decision == "skip"
    assert "decision back" in verdict.summary


def test_of_a_version_whose_dataset_is_gone_nothing_follows(world: World) -> None:
    world.add("1", trained("a" * 64, 0.0))
    world.champion = "1"
    del world.records["d/1/dataset.json"]
    assert world.decide(trained("b" * 64, 0.075)).decision == "train"
