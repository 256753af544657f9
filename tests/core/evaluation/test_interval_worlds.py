"""A share of `make bench-coverage`: few positives, where intervals are hardest, and the gate's tail."""

from __future__ import annotations

from functools import cache

import pytest
from scipy.stats import binom

from benchmarks.bench_coverage import NOMINAL, TAIL_METRICS, play, put_tails_together, put_together, tail
from benchmarks.interval_worlds import World

pytestmark = [pytest.mark.core, pytest.mark.no_cover]  # simulations, which measuring slows down most

FEW = World(300, 0.1, 0.75, 1)


@cache
def _rare():
    return tail(1_500, World(4_000, 0.01, 0.75, 1))


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


def test_models_alike_pass_a_bar_as_seldom_as_it_says():
    """Of 3,000 nominal 2.3, 0.62, 0.14 % are 68, 19 and 4; with errors a tenth too small 108, 36 and 10."""
    found = tail(1_500, FEW._replace(equal=True))["beyond"]
    assert list(found) == [f"{name}, alike" for name in TAIL_METRICS]
    for kind, (asked, *counts) in found.items():
        assert asked == 3_000 or kind.startswith("accuracy")
        for count, nominal in zip(counts, NOMINAL, strict=True):
            assert count <= binom.ppf(0.999, asked, nominal), kind
    assert found["roc_auc, alike"][1] >= 30


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


def test_a_tail_that_is_too_heavy_is_listed():
    beyond = {"brier, alike": [10_000, 240, 60, 14, 16], "log_loss, alike": [10, 9, 9, 9, 9]}
    lines, missed = put_tails_together([{"world": FEW._asdict(), "beyond": beyond}])
    assert lines[0] == "30 positives of 300 rows, entities of 1"
    assert len(lines) == 2, "ten samples say nothing"
    assert [one.split(":")[1].split(" in ")[0] for one in missed] == [" z above 3.3"]


@pytest.mark.parametrize("metric", ["log_loss", "brier"])
def test_a_bold_candidate_does_not_pass_because_its_losses_were_not_drawn(metric):
    """Of 1,500 nominal 9 and 2 lie above 2.5 and 3; 23 and 9 did with the spread of the rows alone."""
    found = _rare()["beyond"]
    for kind in (f"{metric}, bold candidate", f"{metric}, bold champion"):
        asked, *counts = found[kind]
        assert asked == 1_500
        for count, nominal in zip(counts, NOMINAL, strict=True):
            assert count <= binom.ppf(0.99, asked, nominal), kind
