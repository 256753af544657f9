"""The pictures of a day of monitoring."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq
import pytest

from include.data.arrow_numpy import to_arrow
from include.monitoring.histogram.bars import histogram
from include.monitoring.histogram.categorical_bins import CategoricalBins
from include.monitoring.histogram.numeric_bins import NumericBins
from include.monitoring.profile.build import build_profile
from include.monitoring.report.plots import draw_distributions, draw_performance

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from include.config.schema import ModelConfig

pytestmark = pytest.mark.core

PNG = b"\x89PNG"


def count(column: NumericBins, values: np.ndarray) -> np.ndarray:
    return column.count(to_arrow(values))


def test_both_sides_of_a_numeric_column_add_up_to_one() -> None:
    generator = np.random.default_rng(0)
    training, delivery = generator.normal(size=20_000), generator.normal(loc=9, size=1_000)
    column = NumericBins(edges=np.quantile(training, np.linspace(0, 1, 200)))

    found = histogram(column, count(column, training), count(column, delivery))

    assert found.reference.sum() == pytest.approx(1)
    assert found.batch.sum() == pytest.approx(1)
    assert found.batch[-1] > 0.9, "what lies beyond the training data must be seen at the end"


def test_a_numeric_histogram_is_close_to_that_of_the_values() -> None:
    values = np.random.default_rng(1).exponential(size=50_000)
    column = NumericBins(edges=np.quantile(values, np.linspace(0, 1, 1_000)))

    counts = count(column, values)
    found = histogram(column, counts, counts)

    assert found.edges is not None
    inside = np.clip(values, found.edges[0], np.nextafter(found.edges[-1], 0))
    expected, _ = np.histogram(inside, bins=found.edges)
    assert found.reference == pytest.approx(expected / len(values), abs=0.005)


def test_missing_values_are_told_apart_and_leave_the_bars_whole() -> None:
    column = NumericBins(edges=np.array([0.0, 1.0]))
    values = np.array([0.0, 1.0, np.nan, np.nan])

    found = histogram(column, count(column, values[:2]), count(column, values))

    assert found.missing == (0.0, 0.5)
    assert found.batch.sum() == pytest.approx(1)


@pytest.mark.parametrize("edges", [[], [3.0]], ids=["all missing", "one value"])
def test_a_column_without_spread_has_a_histogram(edges: list[float]) -> None:
    column = NumericBins(edges=np.array(edges))

    found = histogram(column, count(column, np.array(edges)), count(column, np.array([np.nan])))

    assert found.missing == (0.0, 1.0)
    assert found.batch.sum() == 0


def test_categories_beyond_the_first_dozen_are_pooled_and_the_unseen_kept_apart() -> None:
    column = CategoricalBins(values=tuple(f"v{n:02}" for n in range(20)), others=("rare",), complete=True)
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


HOSTILE = [
    "$",
    "$$",
    "$0_$49",
    "$50_$99",
    r"\frac{",
    "a\nb",
    "\x1b[31m",
    "日本",
    "other",
    "x" * 300,
    "_a",
    "^",
    "",
]


def test_categories_are_drawn_whatever_they_are_called(
    write_rows: Callable[..., Path], make_config: Callable[..., ModelConfig], tmp_path: Path
) -> None:
    rows = 650
    file = write_rows(tmp_path / "a.parquet", rows=rows, sex=[HOSTILE[n % len(HOSTILE)] for n in range(rows)])
    profile = build_profile(file, make_config(), np.random.default_rng(0).random(rows))
    counts = profile.count(pq.read_table(file))

    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a glyph that the font lacks is a warning, and an empty box
        picture = draw_distributions(profile, counts, {"sex": "$ _{ \x00 日本\nquiet"})

    assert picture.startswith(PNG)


def test_bars_whose_names_begin_alike_are_told_apart() -> None:
    values = tuple(f"{'x' * 40}{number}" for number in range(5))
    column = CategoricalBins(values=("other", "never seen", *values), others=(), complete=True)

    found = histogram(column, np.ones(column.size, np.int64), np.ones(column.size, np.int64))

    assert len(set(found.names)) == 9
    assert found.names[:2] == ("'other'", "'never seen'")
