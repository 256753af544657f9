"""A share of `make bench-coverage`: few positives, where intervals are hardest, and the gate's tail."""

from __future__ import annotations

import pytest

from benchmarks.bench_coverage import play, put_together, tail
from benchmarks.interval_worlds import World

pytestmark = pytest.mark.core

FEW = World(300, 0.1, 0.75, 1)


def test_with_thirty_positives_intervals_hold_the_truth_more_often_than_the_bootstraps():
    """Of 500 intervals of 95 % 460 to 489 hold it in 997 of a thousand runs; errors too small, fewer."""
    found = play((500, 150), FEW)
    assert 25 < found["positives"] < 35
    for key in ("gain roc_auc", "gain average_precision", "single roc_auc", "single brier"):
        ours, theirs, beside = (found[part][key] for part in ("ours", "bootstrap", "beside"))
        assert ours["asked"] >= 495, key
        assert 0.92 <= ours["held"] / ours["asked"] <= 0.995, key
        assert beside["held"] >= theirs["held"] - 2, key
        assert beside["width"] > theirs["width"], key


def test_equal_models_pass_a_bar_as_seldom_as_it_says():
    """Of 2,000 nominal 2.5 and 0.25 % are 50 +- 7 and 5 +- 2.2; with errors a tenth too small 77 and 11."""
    found = tail(2_000, FEW)
    assert found["asked"] == 2_000
    for shares in found["beyond"].values():
        assert 0.008 <= shares[0] <= 0.034
        assert shares[1] <= 0.005
        assert shares[2] <= 0.0015


def test_what_misses_is_listed():
    """A cell that covers too little, and a band in which the bootstrap covers more."""
    cell = play((4, 2), FEW)
    for part in ("ours", "beside", "bootstrap"):
        cell[part] = {
            key: {"asked": 1_000, "held": 960 if part == "bootstrap" else 900, "above": 0, "width": 1.0}
            for key in cell[part]
        }
    cell["positives"] = 100.0
    lines, missed = put_together([cell])
    assert any(line.startswith("gain roc_auc") and "0.900" in line for line in lines)
    assert any("the bootstrap 0.960" in one for one in missed)
    assert any("World(rows=300" in one for one in missed)
