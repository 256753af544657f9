"""From which age on a view counts as staler than in training."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from include.monitoring.histogram.distances import measure
from include.monitoring.profile.ages import AgeLimits, with_slack

if TYPE_CHECKING:
    from include.monitoring.histogram.numeric_bins import NumericBins

pytestmark = pytest.mark.core

DAYS = [date(2026, 1, 1) + timedelta(days=after) for after in range(12)]


def limits(ages: list[np.ndarray]) -> NumericBins:
    """Return the bins of a training set with the ages of some deliveries."""
    found = AgeLimits("crm__age_days", "day")
    for day, of_day in zip(DAYS, ages, strict=False):
        rows = {
            "day": pa.array([day] * len(of_day), pa.date32()),
            "crm__age_days": pa.array(of_day, pa.float64()),
        }
        found.take(pa.table(rows))
    return found.bins()


def drift(ages: list[np.ndarray], batch: np.ndarray) -> float:
    """Return the KS distance of a delivery's ages from those of training, in these bins."""
    bins = limits(ages)
    before, now = (bins.count(pa.array(one)) for one in (np.concatenate(ages), batch))
    return measure("ks", before, now, bins)


def constant(*ages: float) -> list[np.ndarray]:
    return [np.full(50, age) for age in ages]


@pytest.mark.parametrize(
    ("ages", "batch", "expected"),
    [
        (constant(31, 30, 31), np.full(50, 28.0), 0.0),  # February
        (constant(28), np.full(50, 31.0), 0.0),  # trained on February
        (constant(31, 30, 31), np.full(50, 61.0), 1.0),  # a month did not come
        (constant(1, 1, 1, 3), np.full(50, 3.0), 0.0),  # weekends
        (constant(1, 1, 1), np.full(50, 2.0), 1.0),  # a day did not come
        (constant(0.04, 0.04), np.full(50, 0.6), 1.0),  # an hourly view stands still
        (constant(7), np.full(50, 0.0), 0.0),  # newer than ever
    ],
)  # fmt: skip
def test_only_what_is_older_counts(ages: list[np.ndarray], batch: np.ndarray, expected: float) -> None:
    assert drift(ages, batch) == expected


def test_a_view_that_stops_is_noticed_though_its_values_were_of_any_age() -> None:
    rng = np.random.default_rng(7)
    ages = [rng.exponential(60, 4000).round() for _ in range(6)]
    assert drift(ages, rng.exponential(60, 4000).round()) < 0.02
    assert drift(ages, rng.exponential(60, 4000).round() + 10) > 0.1
    first, last = limits(ages).edges.tolist()
    assert with_slack(12) < first < with_slack(15), "a fifth is younger than 13.4 days"
    assert last == with_slack(max(one.max() for one in ages))


def test_without_any_value_there_is_no_limit() -> None:
    assert limits([np.full(3, np.nan)[:0]]).edges.tolist() == []
    table = pa.table({
        "day": pa.array([DAYS[0]], pa.date32()),
        "crm__age_days": pa.array([None], pa.float64()),
    })
    found = AgeLimits("crm__age_days", "day")
    found.take(table)
    assert found.bins().edges.tolist() == []
