"""What checks have computed, in a real store."""

from __future__ import annotations

import json
import math
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from include.evaluation.confidence_interval import ConfidenceInterval
from include.monitoring.performance.computed_once import intervals_once
from mlops.hooks.object_store import ObjectStoreHook
from mlops.monitoring.computed import StoreMemory

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.adapter

FOUND = {"roc_auc": ConfidenceInterval(value=0.1 + 0.2, low=5e-324, high=math.nan)}


def ask(
    memory: StoreMemory, scores: np.ndarray, found: dict[str, ConfidenceInterval] | None = None
) -> dict[str, ConfidenceInterval]:
    def compute() -> dict[str, ConfidenceInterval]:
        assert found is not None, "computed again"
        return found

    return intervals_once(memory, compute, arrays={"scores": scores}, settings={}, modules=())


def files(state: Path) -> list[Path]:
    return [path for path in state.rglob("monitoring/computed/*") if path.is_file()]


def test_figures_are_kept_to_the_last_digit_and_belong_to_one_model(state: Path) -> None:
    store, scores = ObjectStoreHook(), np.arange(3.0)
    ask(StoreMemory(store, "m"), scores, FOUND)
    again = ask(StoreMemory(store, "m"), scores)["roc_auc"]
    assert (again.value, again.low) == (0.1 + 0.2, 5e-324)
    assert math.isnan(again.high)
    with pytest.raises(AssertionError, match="computed again"):
        ask(StoreMemory(store, "other"), scores)
    with pytest.raises(AssertionError, match="computed again"):
        ask(StoreMemory(store, "m"), np.arange(4.0))


@pytest.mark.parametrize("damage", ["", "{", "[]", json.dumps({"format": 99, "intervals": {}})])
def test_what_was_damaged_is_computed_again_and_mended(state: Path, damage: str) -> None:
    memory, scores = StoreMemory(ObjectStoreHook(), "m"), np.arange(3.0)
    ask(memory, scores, FOUND)
    (file,) = files(state)
    file.write_text(damage)
    assert ask(memory, scores, FOUND)["roc_auc"].value == 0.1 + 0.2
    assert ask(memory, scores)["roc_auc"].value == 0.1 + 0.2


def test_two_that_compute_at_once_leave_one_whole_file(state: Path) -> None:
    memory, scores = StoreMemory(ObjectStoreHook(), "m"), np.arange(3.0)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: ask(memory, scores, FOUND)["roc_auc"].value, range(40)))
    assert set(found) == {0.1 + 0.2}
    assert len(files(state)) == 1
    assert ask(memory, scores)["roc_auc"].value == 0.1 + 0.2
