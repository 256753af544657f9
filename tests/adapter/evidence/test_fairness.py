"""Fairness ratios by fairlearn, against rates that are counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from include.evidence.fairness import measure_fairness
from tests.world.model_config import make_config

if TYPE_CHECKING:
    from include.config.schema import ModelConfig

pytestmark = pytest.mark.adapter

# Of four men of class 1 three are selected, of four of class 0 one; of the women one of two, and two of six.
SEX = ["m"] * 8 + ["w"] * 8 + ["x"]
TARGET = np.array([1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1])
CHOSEN = np.array([1, 1, 1, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0, 1])


def config(**changes: Any) -> ModelConfig:
    """The example, with one sensitive attribute."""
    changed = make_config(gate={"slices": {"min_rows": 2}, **changes.pop("gate", {})})
    return changed.model_copy(update={"sensitive": {"sex": changed.sensitive["sex"]}, **changes})


def test_the_rates_of_two_classes_and_their_ratios() -> None:
    found = measure_fairness(config(), TARGET, CHOSEN * 0.5 + 0.25, pa.table({"sex": SEX}))
    sex = found["attributes"]["sex"]
    assert sex["groups"]["sex=m"] == {
        "rows": 8, "selection_rate": 0.5, "true_positive_rate": 0.75, "false_positive_rate": 0.25,
    }  # fmt: skip
    assert sex["groups"]["sex=w"] == {
        "rows": 8, "selection_rate": 0.375, "true_positive_rate": 0.5, "false_positive_rate": 1 / 3,
    }  # fmt: skip
    assert sex["left_out"] == {"sex=x": 1}, "one row says nothing of a group"
    assert sex["ratios"]["demographic_parity_ratio"] == pytest.approx(0.375 / 0.5)
    assert sex["ratios"]["equalized_odds_ratio"] == pytest.approx(0.5 / 0.75)
    assert found["library"].startswith("fairlearn ")
    assert found["decided_by"] == "probability above 0.5"


def test_a_row_of_weight_2_counts_twice() -> None:
    weights = np.where((np.arange(17) < 8) & (CHOSEN == 1), 2.0, 1.0)
    found = measure_fairness(config(), TARGET, CHOSEN * 0.5 + 0.25, pa.table({"sex": SEX}), weights)
    assert found["attributes"]["sex"]["groups"]["sex=m"]["selection_rate"] == pytest.approx(8 / 12)


def test_costs_decide_where_they_are_known() -> None:
    costly = config(gate={"costs": {"false_positive": 1.0, "false_negative": 4.0}})
    found = measure_fairness(costly, TARGET, CHOSEN * 0.1 + 0.15, pa.table({"sex": SEX}))
    assert found["decided_by"] == "probability above 0.2, by gate.costs"
    assert found["attributes"]["sex"]["groups"]["sex=m"]["selection_rate"] == 0.5


def test_one_group_alone_has_rates_and_no_ratio() -> None:
    found = measure_fairness(config(), TARGET, CHOSEN * 1.0, pa.table({"sex": ["m"] * 17}))
    sex = found["attributes"]["sex"]
    assert (list(sex["groups"]), sex["ratios"]) == (["sex=m"], {})


def test_numbers_have_an_error_for_each_group() -> None:
    numbers = config(task="regression")
    found = measure_fairness(
        numbers, TARGET * 10.0, TARGET * 10.0 + np.where(np.arange(17) < 8, 1, 2), pa.table({"sex": SEX})
    )
    sex = found["attributes"]["sex"]
    assert sex["groups"]["sex=w"] == {"rows": 8, "mean_absolute_error": 2.0}
    assert sex["ratios"] == {"mean_absolute_error_ratio": 0.5}


def test_classes_have_an_accuracy_for_each_group() -> None:
    several = config(task="multiclass")
    answers = np.eye(2)[CHOSEN]
    found = measure_fairness(several, TARGET, answers, pa.table({"sex": SEX}))
    sex = found["attributes"]["sex"]
    assert sex["groups"]["sex=m"]["accuracy"] == 0.75
    assert sex["ratios"]["accuracy_ratio"] == pytest.approx(0.625 / 0.75)
