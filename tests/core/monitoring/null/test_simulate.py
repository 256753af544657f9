"""Batches without drift, drawn up to a thousand rows and shrunk beyond, on draws that are written down."""

from __future__ import annotations

import math

import numpy as np
import pytest

from include.monitoring.histogram.categorical_bins import CategoricalBins
from include.monitoring.histogram.distances import find_distance
from include.monitoring.null.cluster_sampling import Multinomial
from include.monitoring.null.simulate import (
    BATCH_SIZES,
    BinnedRows,
    Chunk,
    Drawn,
    draw_chunks,
    measure_chunk,
)

pytestmark = pytest.mark.core

LETTERS = CategoricalBins(values=("a", "b"), others=(), complete=True)
SIZES = LETTERS.size
MISSING, FIRST = 0, SIZES - 1


class Counting:
    """Draws row 0 always, and remembers what it was asked for."""

    def __init__(self):
        self.asked = []

    def draw(self, generator, rows, repeats):
        self.asked.append((rows, repeats))
        return np.zeros(rows * repeats, dtype=np.intp), np.repeat(np.arange(repeats), rows)


def drawn(missing: int, rows: int) -> Drawn:
    """One repeat of so many rows: row 0 is missing, row 1 has a value."""
    return Drawn(np.array([0] * missing + [1] * (rows - missing)), np.zeros(rows, dtype=np.intp))


def chunk(rows: int) -> Chunk:
    """A batch of a thousand rows of which 60 % are missing, and a reference of which 52 % are."""
    return Chunk(
        repeats=1,
        rows=rows,
        batches={100: drawn(55, 100), 300: drawn(180, 300), 1_000: drawn(600, 1_000)},
        reference=drawn(520, 1_000),
    )


def half_missing(**changed) -> BinnedRows:
    base = np.zeros(SIZES, dtype=np.int64)
    base[[MISSING, FIRST]] = 500
    return BinnedRows(bins=np.array([MISSING, FIRST]), base=base, **changed)


def test_repeats_come_in_chunks_of_fifty():
    batch, reference = Counting(), Counting()
    chunks = list(draw_chunks(batch, reference, rows=5_000, seed=1, repeats=120))
    assert [one.repeats for one in chunks] == [50, 50, 20]
    assert all(one.rows == 5_000 for one in chunks)
    assert batch.asked[:3] == [(100, 50), (300, 50), (1_000, 50)]
    assert batch.asked[-1] == (1_000, 20)
    assert reference.asked == [(1_000, 50), (1_000, 50), (1_000, 20)]
    assert list(chunks[0].batches) == [100, 300, 1_000]


def test_a_small_reference_is_drawn_whole():
    reference = Counting()
    (one,) = draw_chunks(Counting(), reference, rows=200, seed=1, repeats=50)
    assert (one.repeats, reference.asked) == (50, [(200, 50)])


def test_a_seed_gives_the_same_draws_and_another_one_others():
    counts = np.array([5, 9, 7])

    def draws(seed):
        (one,) = draw_chunks(Multinomial(counts), Multinomial(counts), rows=100, seed=seed, repeats=5)
        return one.batches[300].numbers.tolist()

    assert draws(1) == draws(1) != draws(2)


def test_rows_are_counted_by_repeat_and_bin():
    rows = BinnedRows(bins=np.array([2, 0, 1, 1]), base=np.array([1, 2, 1, 0]))
    numbers, repeats = np.array([0, 1, 2, 3, 3, 0]), np.array([0, 0, 0, 1, 1, 2])
    assert rows.count(Drawn(numbers, repeats), 4).tolist() == [
        [1, 1, 1, 0],
        [0, 2, 0, 0],
        [0, 0, 1, 0],
        [0, 0, 0, 0],
    ]


@pytest.mark.parametrize("midpoints", [None, np.zeros(SIZES - 1)], ids=["counts", "linear"])
@pytest.mark.parametrize("rows", [1_000, 500, 100_000])
def test_deviations_shrink_with_the_root_of_the_rows_beyond_a_thousand(midpoints, rows):
    found = {
        size: values.tolist()
        for _, size, values in measure_chunk(
            LETTERS, ("missing_share",), half_missing(midpoints=midpoints), chunk(rows)
        )
    }
    assert list(found) == list(BATCH_SIZES)
    reference = 0.02 * math.sqrt(min(1.0, 1_000 / rows))
    for size, deviation in ((100, 0.05), (300, 0.1), (1_000, 0.1)):
        assert found[size] == pytest.approx([abs(deviation - reference)])
    for size in (3_000, 10_000, 100_000, 1_000_000):
        assert found[size] == pytest.approx([abs(0.1 * math.sqrt(1_000 / size) - reference)])


@pytest.mark.parametrize("rows", [1_000, 100_000])
def test_counts_are_those_of_the_batch_and_of_the_whole_reference(rows):
    """PSI adds half a row to the smaller sample, so the numbers of rows are part of it."""
    base = np.zeros(SIZES, dtype=np.int64)
    base[[FIRST - 1, FIRST]] = 500
    binned = BinnedRows(bins=np.array([FIRST - 1, FIRST]), base=base)
    found = {size: values[0] for _, size, values in measure_chunk(LETTERS, ("psi",), binned, chunk(rows))}
    share = 0.5 + 0.02 * math.sqrt(1_000 / rows)
    reference = np.zeros((1, SIZES))
    reference[0, [FIRST - 1, FIRST]] = share * rows, (1 - share) * rows
    for size, deviation in ((100, 0.05), (1_000, 0.1), (10_000, 0.1 * math.sqrt(0.1))):
        batch = np.zeros((1, SIZES))
        batch[0, [FIRST - 1, FIRST]] = (0.5 + deviation) * size, (0.5 - deviation) * size
        expected = find_distance("psi", LETTERS).measure(reference, batch, LETTERS)[0]
        assert found[size] == pytest.approx(expected)


def test_statistics_come_in_their_order_for_each_size():
    found = [
        (name, size)
        for name, size, _ in measure_chunk(LETTERS, ("psi", "missing_share"), half_missing(), chunk(1_000))
    ]
    assert found == [(name, size) for size in BATCH_SIZES for name in ("psi", "missing_share")]
