from __future__ import annotations

import numpy as np
import pytest

from include.monitoring.histogram.bin_edges import bin_categories, bin_numbers

pytestmark = pytest.mark.core

INF, NAN = float("inf"), float("nan")


def test_few_distinct_values_are_all_edges():
    assert bin_numbers(np.array([3.5, 1, 2, 2, NAN, INF])).edges.tolist() == [1, 2, 3.5]


def test_a_constant_has_one_edge_and_a_missing_column_none():
    assert bin_numbers(np.full(10, 7.25)).edges.tolist() == [7.25]
    assert bin_numbers(np.array([NAN])).edges.tolist() == []
    assert bin_numbers(np.empty(0)).edges.tolist() == []


def test_edges_are_quantiles_and_keep_shared_values_to_the_last_bit():
    rng = np.random.default_rng(0)
    shared = 1 / 3
    sample = np.concatenate([rng.normal(size=5_000), np.full(500, shared)])
    edges = bin_numbers(sample, intervals=100).edges
    assert 80 < len(edges) <= 101
    assert shared in edges
    assert (np.diff(edges) > 0).all()
    left = np.searchsorted(np.sort(sample), edges, side="left")
    right = np.searchsorted(np.sort(sample), edges, side="right")
    assert (left[1:] - right[:-1]).max() <= 56  # a hundredth of the sample, give or take rounding


def test_frequent_categories_are_shown_further_ones_remembered():
    bins = bin_categories({"a": 1, "b": 5, "c": 5, "d": 2, "e": 3}, shown=2, known=4)
    assert (bins.values, bins.others, bins.complete) == (("b", "c"), ("d", "e"), False)
    assert bin_categories({"a": 1}).complete
    assert bin_categories({}).values == ()
