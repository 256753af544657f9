"""The pictures of a day of monitoring."""

from __future__ import annotations

import numpy as np
import pytest

from include.data.arrow_numpy import to_arrow
from include.monitoring.columns import CategoricalColumn, NumericColumn
from include.monitoring.histogram import histogram
from include.monitoring.plots import draw_performance

pytestmark = pytest.mark.core

PNG = b"\x89PNG"


def count(column: NumericColumn, values: np.ndarray) -> np.ndarray:
    return column.count(to_arrow(values))


def test_both_sides_of_a_numeric_column_add_up_to_one() -> None:
    generator = np.random.default_rng(0)
    training, delivery = generator.normal(size=20_000), generator.normal(loc=9, size=1_000)
    column = NumericColumn(edges=np.quantile(training, np.linspace(0, 1, 200)))

    found = histogram(column, count(column, training), count(column, delivery))

    assert found.reference.sum() == pytest.approx(1)
    assert found.batch.sum() == pytest.approx(1)
    assert found.batch[-1] > 0.9, "what lies beyond the training data must be seen at the end"


def test_a_numeric_histogram_is_close_to_that_of_the_values() -> None:
    values = np.random.default_rng(1).exponential(size=50_000)
    column = NumericColumn(edges=np.quantile(values, np.linspace(0, 1, 1_000)))

    counts = count(column, values)
    found = histogram(column, counts, counts)

    assert found.edges is not None
    inside = np.clip(values, found.edges[0], np.nextafter(found.edges[-1], 0))
    expected, _ = np.histogram(inside, bins=found.edges)
    assert found.reference == pytest.approx(expected / len(values), abs=0.005)


def test_missing_values_are_told_apart_and_leave_the_bars_whole() -> None:
    column = NumericColumn(edges=np.array([0.0, 1.0]))
    values = np.array([0.0, 1.0, np.nan, np.nan])

    found = histogram(column, count(column, values[:2]), count(column, values))

    assert found.missing == (0.0, 0.5)
    assert found.batch.sum() == pytest.approx(1)


@pytest.mark.parametrize("edges", [[], [3.0]], ids=["all missing", "one value"])
def test_a_column_without_spread_has_a_histogram(edges: list[float]) -> None:
    column = NumericColumn(edges=np.array(edges))

    found = histogram(column, count(column, np.array(edges)), count(column, np.array([np.nan])))

    assert found.missing == (0.0, 1.0)
    assert found.batch.sum() == 0


def test_categories_beyond_the_first_dozen_are_pooled_and_the_unseen_kept_apart() -> None:
    column = CategoricalColumn(values=tuple(f"v{n:02}" for n in range(20)), others=("rare",), complete=True)
    reference = np.ones(column.size, dtype=np.int64)
    batch = np.zeros(column.size, dtype=np.int64)
    batch[2] = 7

    found = histogram(column, reference, batch)

    assert found.names == (*column.values[:12], "other", "never seen")
    assert found.reference.sum() == pytest.approx(1)
    assert found.reference[12] == pytest.approx(9 / 22)
    assert found.batch[13] == 1


def test_performance_is_drawn_without_windows_that_have_no_figure() -> None:
    windows = [("2005-05-31", 0.9, 0.88, 0.92), ("2005-06-30", float("nan"), float("nan"), float("nan"))]

    assert draw_performance(windows, "roc_auc", 0.91).startswith(PNG)
    assert draw_performance([], "roc_auc", None).startswith(PNG)
