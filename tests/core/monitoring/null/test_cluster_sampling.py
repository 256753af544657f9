"""Rows are drawn by whole clusters, as many as hold the rows that were asked for."""

from __future__ import annotations

import numpy as np
import pytest

from include.monitoring.null.cluster_sampling import Multinomial, cluster

pytestmark = pytest.mark.core


@pytest.fixture
def generator():
    return np.random.default_rng(0)


@pytest.mark.parametrize(("rows", "drawn"), [(10, 5), (11, 6), (2, 1), (1, 1), (0, 1)])
def test_as_many_clusters_are_drawn_as_hold_the_rows(generator, rows, drawn):
    """Clusters of two rows each; never fewer than one cluster."""
    numbers, repeats = cluster(np.repeat(np.arange(7), 2)).draw(generator, rows, 3)
    assert np.bincount(repeats).tolist() == [2 * drawn] * 3
    assert len(numbers) == len(repeats)


def test_the_mean_size_decides_where_clusters_differ(generator):
    clusters = cluster(np.array([0, 0, 0, 1]))
    assert clusters.sizes.tolist() == [3, 1]
    _, repeats = clusters.draw(generator, 100, 200)
    assert len(np.unique(repeats)) == 200
    assert np.bincount(repeats).mean() == pytest.approx(100, rel=0.02)


def test_every_cluster_may_be_drawn(generator):
    numbers, _ = cluster(np.array([5, 6, 7, 8])).draw(generator, 400, 1)
    assert set(numbers.tolist()) == {0, 1, 2, 3}
    numbers, _ = cluster(np.array([5, 5, 7, 8])).draw(generator, 400, 1)
    assert set(numbers.tolist()) == {0, 1, 2, 3}


def test_two_keys_make_finer_clusters():
    days, customers = np.array([1, 1, 2, 2, 1]), np.array([7, 8, 7, 7, 7])
    assert sorted(cluster(customers).sizes.tolist()) == [1, 4]
    assert sorted(cluster(days, customers).sizes.tolist()) == [1, 2, 2]
    assert not cluster(days, customers).single
    assert cluster(np.arange(3), np.zeros(3)).single
    assert cluster(np.zeros(3), np.arange(3)).single


def test_clusters_name_the_rows_they_hold():
    clusters = cluster(np.array([9, 3, 9, 3, 5]))
    held = [
        sorted(clusters.order[start : start + size].tolist())
        for start, size in zip(clusters.starts, clusters.sizes, strict=True)
    ]
    assert held == [[1, 3], [4], [0, 2]]


def test_bins_are_drawn_in_proportion_to_their_counts(generator):
    drawn, repeats = Multinomial(np.array([0, 3, 0, 1, 0])).draw(generator, 2_000, 2)
    assert np.bincount(repeats).tolist() == [2_000, 2_000]
    shares = np.bincount(drawn, minlength=5) / 4_000
    assert shares == pytest.approx([0, 0.75, 0, 0.25, 0], abs=0.03)
    only, _ = Multinomial(np.array([0, 1])).draw(generator, 50, 1)
    assert set(only.tolist()) == {1}
