from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from include.monitoring.histogram.categorical_bins import CategoricalBins

pytestmark = pytest.mark.core


def test_categories_are_counted_by_name():
    bins = CategoricalBins(values=("b", "a"), others=("c",), complete=True)
    named = bins.name_counts(bins.count(pa.array(["a", "b", "b", "c", "new", None, "b"])))
    assert named == {"missing": 1, "other": 1, "unseen": 1, "values": [3, 1]}


def test_what_nobody_can_know_to_be_new_counts_as_other():
    bins = CategoricalBins(values=("a",), others=(), complete=False)
    assert bins.name_counts(bins.count(pa.array(["a", "x"]))) == {
        "missing": 0,
        "other": 1,
        "unseen": 0,
        "values": [1],
    }


def test_an_empty_column_of_categories_is_counted():
    bins = CategoricalBins(values=("a",), others=(), complete=True)
    assert bins.count(pa.array([], pa.string())).tolist() == [0, 0, 0, 0]
    assert bins.count(pa.array([None], pa.string())).tolist() == [1, 0, 0, 0]


@pytest.mark.parametrize("cut", [0, 3])
def test_the_bins_of_single_categories_add_up_to_their_counts(cut):
    bins = CategoricalBins(values=("b", "a"), others=("c",), complete=True)
    values = pa.array(["a", None, "b", "b", "c", "new", None, "b"]).slice(cut)
    found = bins.assign(values)
    assert np.bincount(found, minlength=5).tolist() == bins.count(values).tolist()
    assert bins.count(values.dictionary_encode()).tolist() == bins.count(values).tolist()


def test_a_bin_is_named_as_people_read_it():
    bins = CategoricalBins(values=("b", "a\n"), others=(), complete=True)
    assert [bins.name_bin(number) for number in (1, 2, 3, 4)] == [
        "a rare category",
        "a new category",
        "'b'",
        "'a\\n'",
    ]


def test_shared_bins_hold_several_values():
    bins = CategoricalBins(values=("b",), others=("c",), complete=True)
    assert [bins.holds_one_value(number) for number in range(bins.size)] == [True, False, False, True]
    assert not any(map(bins.is_interval, range(bins.size)))
    counts = np.arange(bins.size)
    assert bins.pool(counts, counts).tolist() == [1, 2, 3]
