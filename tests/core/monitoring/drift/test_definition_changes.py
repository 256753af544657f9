"""Changes of what a column means, on counts that are written down here."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from include.monitoring.drift.definition_changes import find_changes
from include.monitoring.histogram.categorical_bins import CategoricalBins
from include.monitoring.histogram.numeric_bins import NumericBins

pytestmark = pytest.mark.core

NUMBERS = NumericBins(edges=np.array([0.0, 5.0, 10.0]))
CATEGORIES = CategoricalBins(values=("a", "b"), others=("c",), complete=True)


def numbers(*values):
    return NUMBERS.count(pa.array(values, pa.float64()))


def categories(**rows):
    return CATEGORIES.count(pa.array([value for value, times in rows.items() for _ in range(times)]))


SPREAD = numbers(*np.linspace(0, 10, 1_001))


def test_one_value_is_constant_and_many_within_an_interval_are_not():
    assert find_changes(SPREAD, numbers(*[5.0] * 500), NUMBERS) == (
        "constant: every value is 5 (0.1% were in training)",
    )
    within = find_changes(SPREAD, numbers(*np.linspace(5.1, 9.9, 500)), NUMBERS)
    assert not any("constant" in change for change in within)


def test_a_column_of_few_rows_is_not_called_constant():
    assert find_changes(categories(a=900, b=100), categories(a=20), CATEGORIES) == ()
    assert find_changes(categories(a=900, b=100), categories(a=200), CATEGORIES) == (
        "constant: every value is 'a' (90.0% were in training)",
    )


def test_a_category_that_is_gone_is_named_with_its_share_the_largest_first():
    before, now = categories(a=600, b=300, c=100), categories(c=500, new=500)
    assert find_changes(before, now, CATEGORIES) == (
        "'a' is gone (60.0% in training)",
        "'b' is gone (30.0% in training)",
        "categories never seen in training (50.0% of the rows)",
    )


def test_a_pool_that_is_empty_now_is_not_a_change():
    assert find_changes(categories(a=600, b=300, c=100), categories(a=600, b=400), CATEGORIES) == ()


def test_new_categories_below_a_hundredth_are_not_changes():
    before = categories(a=5_000, b=5_000)
    assert find_changes(before, categories(a=5_000, b=4_910, new=90), CATEGORIES) == ()
    assert len(find_changes(before, categories(a=5_000, b=4_890, new=110), CATEGORIES)) == 1


def test_a_value_that_many_rows_suddenly_share_is_named():
    (change,) = find_changes(SPREAD, numbers(*np.linspace(0, 10, 800), *[5.0] * 200), NUMBERS)
    assert change == "20.0% of the values are 5 (0.1% in training)"


def test_missing_values_are_compared_with_those_of_training():
    gone = find_changes(SPREAD, numbers(*[None] * 300), NUMBERS)
    assert gone == ("all values are missing (0.0% were in training)",)
    there = find_changes(numbers(*[None] * 300), numbers(1.0, None), NUMBERS)
    assert there == ("50.0% of the rows have a value, none had one in training",)
    assert find_changes(numbers(*[None] * 300), numbers(*[None] * 300), NUMBERS) == ()


@pytest.mark.parametrize("empty", [0, 1])
def test_a_side_without_rows_has_no_change(empty):
    sides = [SPREAD, SPREAD]
    sides[empty] = np.zeros_like(SPREAD)
    assert find_changes(*sides, NUMBERS) == ()
