"""A share of ``make bench-probation``: whole probations, with the decision that monitoring makes."""

from __future__ import annotations

import pytest

from benchmarks.probation import World, count_normal, count_rows
from include.promotion.probation.power import count_needed

pytestmark = pytest.mark.core


@pytest.mark.parametrize(("looks", "lives", "most"), [(12, 1000, 16), (52, 150, 5)])
def test_an_equal_model_is_hardly_ever_rolled_back(looks, lives, most):
    """0.75 % of 1,000 are 7.5; more than 16 come of 1 % once in 40 times, and the draws are fixed."""
    assert (count_normal(looks, 0.0, lives, 1) > 0).sum() <= most


@pytest.mark.parametrize(("looks", "loss"), [(12, 2.72), (12, 1.57), (52, 2.02)])
def test_a_loss_is_found_by_the_delivery_that_the_verdict_names(looks, loss):
    found = count_normal(looks, loss, 150, 1)
    assert ((found > 0) & (found <= count_needed(loss, 1.0, looks))).mean() >= 0.75


def test_entities_that_return_do_not_roll_an_equal_model_back():
    assert (count_rows(World(300, 0.1, 0.5), "log_loss", 12, 200, 1) > 0).sum() <= 6


def test_deliveries_taken_as_independent_would():
    """The same lives without entities: each delivery gets buckets of its own, so that errors look smaller."""
    import numpy as np

    from benchmarks.probation import rolled_back_at, row_life
    from include.evaluation.buckets import BucketedGain

    rng, found = np.random.default_rng(1), []
    for _ in range(200):
        life = row_life(rng, 12, "log_loss", World(300, 0.1, 0.9))
        mixed = [
            type(one)(**{
                **vars(one),
                "gain": BucketedGain(
                    rows=one.gain.rows, total=one.gain.total, sums=rng.permutation(one.gain.sums)
                ),
            })
            for one in life
        ]
        found.append((rolled_back_at(life, 12) > 0, rolled_back_at(mixed, 12) > 0))
    assert sum(mixed for _, mixed in found) > 2 * sum(kept for kept, _ in found)


def test_a_worse_model_of_rows_is_found():
    found = count_rows(World(1000, 0.1, 0.5, worse=0.2), "roc_auc", 12, 60, 1)
    assert (found > 0).mean() >= 0.95
