"""A statistic that is its threshold but for rounding has reached it."""

from __future__ import annotations

import pytest

from include.monitoring.drift.check import _evaluate
from include.monitoring.drift.measures import Measured
from include.monitoring.drift.report import ColumnStatus
from include.monitoring.null.distribution import NullDistribution

pytestmark = pytest.mark.core


@pytest.mark.parametrize(("now", "before"), [(0.1, 0.05), (0.15, 0.1), (0.25, 0.2), (0.35, 0.3)])
def test_a_change_of_just_the_threshold_is_drift_from_whatever_share_it_begins(now, before):
    """0.15 less 0.1 is 0.04999999999999999."""
    null = NullDistribution(
        statistic="missing_share",
        batch_sizes=(1.0,),
        median=(0.0,),
        tail_threshold=(0.0,),
        mean_excess=(0.0,),
    )
    one = Measured(name="age", null=null, effect=now - before, threshold=0.05, rows=1_000_000)
    assert _evaluate(one, level=0.05, strict=0.01).status is ColumnStatus.DRIFTED
