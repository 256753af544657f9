"""Whatever is run to compute a figure that is kept is named in its key, so that other code finds nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from include.monitoring.performance import estimate_without_labels, evaluate_window, slice_source
from include.monitoring.performance.estimators import ESTIMATORS, multiclass
from include.monitoring.performance.estimators.base import Delivery
from include.monitoring.performance.slice_performance import find_slices, measure_groups
from include.training.frame import Frame
from tests.world.model_config import make_config

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

pytestmark = pytest.mark.core

ROWS = 900
# What reads the configuration and what was learned, names columns and groups, holds what was found, or makes
# the key.
NOT_COMPUTING = {
    "include.config.schema",
    "include.names",
    "include.records",
    "include.data.arrow_numpy",
    "include.evaluation.confidence_interval",
    "include.monitoring.performance.calibration",
    "include.monitoring.performance.computed_once",
    "include.monitoring.performance.estimators.base",
    "include.monitoring.performance.estimators.binary",
}
CLASSES = {"classes": ["a", "b", "c"]}
GATES: dict[str, dict[str, Any]] = {
    "binary": {},
    "multiclass": {"target": CLASSES, "gate": {"primary": "roc_auc_macro", "floors": {"roc_auc_macro": 0.5}}},
    "regression": {"gate": {"primary": "rmse", "floors": {"rmse": 9.0}}},
}


def config_of(task: str) -> Any:
    return make_config(task=task, **GATES[task], monitoring={"slices": {"education": {}}})


def draw(task: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    if task == "regression":
        target = rng.normal(size=ROWS)
        return target, target + rng.normal(size=ROWS)
    count = {"binary": 2, "multiclass": 3}[task]
    target = rng.integers(0, count, ROWS)
    scores = np.exp(rng.normal(size=(ROWS, count)) + np.eye(count)[target])
    scores /= scores.sum(axis=1, keepdims=True)
    return (target.astype(np.int8), scores[:, 1]) if count == 2 else (target.astype(np.int16), scores)


def modules_run_by(compute: Callable[[], object]) -> set[str]:
    """Return the modules of the core of which anything is run."""
    found = set()

    def note(frame: Any, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_name != "<module>":
            found.add(str(frame.f_globals.get("__name__")))

    sys.setprofile(note)
    try:
        compute()
    finally:
        sys.setprofile(None)
    return {name for name in found if name.startswith("include.")} - NOT_COMPUTING


@pytest.mark.parametrize("task", GATES)
@pytest.mark.parametrize("streamed", [False, True])
def test_the_key_of_a_window_names_all_code_of_its_figures(
    task: str, streamed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if streamed:
        monkeypatch.setattr(evaluate_window, "STREAMED_FROM", 1)
    config, (target, scores) = config_of(task), draw(task)
    run = modules_run_by(lambda: evaluate_window._measure(target, scores, config, None))
    assert run <= set(evaluate_window._CODE)


@pytest.mark.parametrize("task", GATES)
def test_the_key_of_groups_names_all_code_of_their_figures(task: str) -> None:
    config, (target, scores) = config_of(task), draw(task)
    rng = np.random.default_rng(5)
    table = pa.table({
        name: pa.array(rng.uniform(20, 70, ROWS))
        if name in config.features.numeric
        else pa.array(rng.choice(["1", "2"], ROWS).tolist())
        for name in config.monitored_slices
    })

    def compute() -> object:
        found = measure_groups(table, target, scores, config)
        return find_slices(found, {(one.column, one.group): one for one in found[0]}, config)

    assert modules_run_by(compute) <= set(slice_source._CODE)


@pytest.mark.parametrize(("task", "code"), [("binary", estimate_without_labels), ("multiclass", multiclass)])
def test_the_key_of_an_estimate_names_all_code_of_its_figures(task: str, code: Any) -> None:
    config, (target, scores) = config_of(task), draw(task)
    learned = ESTIMATORS[task].learn(Frame(pd.DataFrame(), target, pd.DataFrame()), scores, config)
    run = modules_run_by(lambda: ESTIMATORS[task].estimate(Delivery(scores), learned, config, None))
    assert run - {f"include.evaluation.tasks.{task}"} <= set(code._CODE)
