"""What two answers of a model may differ by, whatever they are answers to."""

from __future__ import annotations

import numpy as np
import pytest

from include.training.predictors import PREDICTORS

pytestmark = pytest.mark.core


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_numbers_differ_by_a_part_of_their_spread(unit: float) -> None:
    predictions = 1000 * unit + unit * np.random.default_rng(1).normal(size=5_000)
    assert PREDICTORS["regression"].unit(predictions) == pytest.approx(unit, rel=0.05)


def test_numbers_that_are_all_the_same_differ_by_a_part_of_their_size() -> None:
    assert PREDICTORS["regression"].unit(np.full(100, 1e6)) == 1e6
    assert PREDICTORS["regression"].unit(np.zeros(100)) == 1.0
    assert PREDICTORS["regression"].unit(np.empty(0)) == 1.0


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_probabilities_differ_by_what_they_differ(task: str) -> None:
    assert PREDICTORS[task].unit(np.random.default_rng(2).random(10)) == 1.0
