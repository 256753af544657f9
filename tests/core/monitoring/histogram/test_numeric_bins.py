from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.monitoring.histogram.numeric_bins import NumericBins

pytestmark = pytest.mark.core

INF, NAN = float("inf"), float("nan")


def column(*edges):
    return NumericBins(edges=np.array(edges, dtype=np.float64))


def numbers(*values):
    return pa.array(values, pa.float64())


def test_edges_and_the_gaps_between_them_are_bins():
    named = column(0, 10).name_counts(column(0, 10).count(numbers(-1, 0, 0, 0, 3, 4, 10, 11, 12)))
    assert (named["at"], named["between"]) == ([3, 1], [1, 2, 2])


def test_missing_nan_and_infinite_values_are_counted_apart():
    named = column(0).name_counts(column(0).count(numbers(None, NAN, INF, INF, -INF, 1, None)))
    assert (named["missing"], named["negative_infinity"], named["positive_infinity"]) == (3, 1, 2)
    assert (named["at"], named["between"]) == ([0], [0, 1])


def test_without_edges_everything_finite_is_in_one_bin():
    named = column().name_counts(column().count(numbers(None, 1, 2, INF)))
    assert (named["missing"], named["between"], named["positive_infinity"]) == (1, [2], 1)


def test_an_empty_or_missing_column_is_counted():
    assert column(0).count(numbers()).tolist() == [0] * 6
    assert column(0).count(numbers(None, None)).tolist() == [2, 0, 0, 0, 0, 0]
    assert column(0).count(numbers(5, None, 7)[1:2]).tolist() == [1, 0, 0, 0, 0, 0]


@given(
    values=st.lists(
        st.none() | st.floats(allow_nan=True, allow_infinity=True) | st.sampled_from([0.0, 1.0]), max_size=60
    ),
    edges=st.lists(st.floats(-2, 2), max_size=8, unique=True),
)
def test_every_value_is_counted_in_its_bin(values, edges):
    bins = column(*sorted(edges))
    named = bins.name_counts(bins.count(numbers(*values)))
    finite = [value for value in values if value is not None and np.isfinite(value)]
    ends = [-INF, *sorted(edges), INF]
    assert named["at"] == [finite.count(edge) for edge in sorted(edges)]
    assert named["between"] == [sum(low < value < high for value in finite) for low, high in pairwise(ends)]
    assert named["positive_infinity"] == values.count(INF)
    assert named["negative_infinity"] == values.count(-INF)
    assert sum(bins.count(numbers(*values))) == len(values)


def test_blocks_make_no_difference(monkeypatch):
    values = numbers(*np.random.default_rng(0).normal(size=1_000).round(1).tolist(), NAN, INF, -INF)
    at_once = column(-1, 0, 1).count(values)
    monkeypatch.setattr("include.monitoring.histogram.numeric_bins._BLOCK", 7)
    assert column(-1, 0, 1).count(values).tolist() == at_once.tolist()


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), unique=True, max_size=6),
    st.lists(st.floats() | st.none(), max_size=20),
)
def test_the_bins_of_single_numbers_add_up_to_their_counts(edges, values):
    bins = column(*sorted({edge + 0.0 for edge in edges}))  # 0.0 and -0.0 are one edge
    values = [*values, *edges]
    found = bins.assign(pa.array(values, pa.float64()))
    assert (
        np.bincount(found, minlength=bins.size).tolist()
        == bins.count(pa.array(values, pa.float64())).tolist()
    )


def test_a_bin_is_named_as_people_read_it():
    bins = column(1.5, 2.5)
    assert [bins.name_bin(number) for number in range(1, bins.size)] == [
        "minus infinity",
        "below 1.5, the smallest of training",
        "1.5",
        "between 1.5 and 2.5",
        "2.5",
        "above 2.5, the largest of training",
        "infinite",
    ]


def test_edges_infinities_and_the_missing_are_one_value_and_intervals_are_many():
    bins = column(1.5, 2.5)
    assert [bins.holds_one_value(number) for number in range(bins.size)] == [True, *[True, False] * 3, True]
    assert [bins.is_interval(number) for number in range(bins.size)] == [False, *[False, True] * 3, False]


def test_groups_are_about_tenths_of_the_reference_and_a_mass_point_stays_alone():
    bins = column(*np.arange(100.0))
    reference = bins.count(numbers(*np.arange(100.0).tolist(), *[40.0] * 100, None))
    pooled = bins.pool(reference, reference)
    assert 101 in pooled.tolist()
    assert pooled.sum() == 200
    assert sorted(pooled.tolist())[-2] <= 20
    assert bins.pool(np.stack([reference, 2 * reference]), reference).tolist() == [
        pooled.tolist(),
        (2 * pooled).tolist(),
    ]
