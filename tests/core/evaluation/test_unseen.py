"""Losses that a test set did not show, and what a gain's spread owes them."""

from __future__ import annotations

import numpy as np
import pytest

from include.evaluation import unseen
from include.evaluation.contributions import bucket_contributions
from include.evaluation.interval import standard_error, z_value
from include.evaluation.measured import measure_model, subtract
from include.evaluation.measures.scored import Scored
from include.evaluation.unseen import bucket_evidence, stretch

pytestmark = pytest.mark.core

RIGHT = np.array([0, 0, 0, 0, 1], dtype=np.int8)
CAREFUL = np.array([0.1, 0.1, 0.1, 0.1, 0.6])
BOLD = np.array([0.001, 0.1, 0.1, 0.1, 0.6])


def models(seed: int, rows: int = 600, rate: float = 0.1) -> tuple[Scored, Scored]:
    """Return a bold model, as it looks where its bold rows came out well, and a careful one."""
    rng = np.random.default_rng(seed)
    target = (rng.random(rows) < rate).astype(np.int8)
    careful = np.clip(rate * rng.lognormal(0, 0.5, rows), 0.001, 0.9)
    bold = np.where((rng.random(rows) < 0.1) & (target == 0), careful / 100, careful * 1.01)
    return Scored(target, bold), Scored(target, careful)


def test_a_loss_that_was_not_drawn_widens_the_spread():
    """One row differs: it gained 0.104 where it could have lost log(100) with a chance of 0.05."""
    share = RIGHT.mean() / ((CAREFUL + BOLD) / 2).mean()
    chance = (0.1 + 0.001) / 2 * share
    won, lost = np.log(0.999 / 0.9), np.log(0.001 / 0.1)
    seen = np.var([won, 0, 0, 0, 0])
    expected = chance * (1 - chance) * (won - lost) ** 2 / 5
    assert expected > seen
    found = stretch("log_loss", Scored(RIGHT, BOLD), Scored(RIGHT, CAREFUL))
    assert found == pytest.approx(np.sqrt(1 + 0.999 * (expected / seen - 1)), rel=1e-12)
    assert stretch("log_loss", Scored(RIGHT, CAREFUL), Scored(RIGHT, BOLD)) == pytest.approx(found, rel=1e-12)


def test_the_brier_score_loses_what_its_square_says():
    share = RIGHT.mean() / ((CAREFUL + BOLD) / 2).mean()
    chance = (0.1 + 0.001) / 2 * share
    seen = np.var([0.1**2 - 0.001**2, 0, 0, 0, 0])
    expected = chance * (1 - chance) * (2 * (0.1 - 0.001)) ** 2 / 5
    found = stretch("brier", Scored(RIGHT, BOLD), Scored(RIGHT, CAREFUL))
    assert found == pytest.approx(np.sqrt(1 + 0.999 * (expected / seen - 1)), rel=1e-12)


def test_a_loss_that_was_drawn_leaves_the_spread_as_it_is():
    target = np.array([1, 0, 0, 0, 1], dtype=np.int8)
    assert stretch("log_loss", Scored(target, BOLD), Scored(target, CAREFUL)) == 1


@pytest.mark.parametrize("name", ["roc_auc", "average_precision", "accuracy", "calibration_error"])
def test_other_metrics_keep_the_spread_that_was_seen(name):
    bold, careful = models(0)
    assert stretch("log_loss", bold, careful) > 1.2
    assert stretch(name, bold, careful) == 1


def test_models_alike_have_nothing_to_stretch():
    bold, _ = models(0)
    assert stretch("log_loss", bold, bold) == 1
    nothing = Scored(bold.target, np.zeros(600))
    assert stretch("brier", nothing, nothing) == 1


def test_rows_without_a_positive_keep_their_spread():
    bold, careful = models(0)
    none = np.zeros(600, dtype=np.int8)
    assert stretch("log_loss", Scored(none, bold.scores), Scored(none, careful.scores)) == 1


def test_a_row_that_is_certainly_positive_hides_no_loss():
    """Scaled to the share of positives the first row's chance would be 2.5: it is 1, and can't lose."""
    target = np.array([1, 1, 1, 0], dtype=np.int8)
    ours, theirs = np.array([0.52, 0.05, 0.05, 0.05]), np.array([0.5, 0.05, 0.05, 0.001])
    chance = 0.051 * 3 / (ours + theirs).sum()
    seen = np.var([0.5**2 - 0.48**2, 0, 0, 0.001**2 - 0.05**2])
    expected = chance * (1 - chance) * (2 * 0.049) ** 2 / 4
    assert expected > seen
    found = stretch("brier", Scored(target, ours), Scored(target, theirs))
    assert found == pytest.approx(np.sqrt(1 + 0.999 * (expected / seen - 1)), rel=1e-12)


@pytest.mark.parametrize("turned", [False, True])
def test_the_more_the_rows_show_the_less_the_scores_count(turned):
    """The same rows again and again: the rarer class has 54 rows each time, whichever of the two it is."""
    found = []
    for times in (1, 9, 17, 18, 19):
        bold, careful = (
            Scored(np.tile(one.target, times), np.tile(one.scores, times)) for one in models(0, 600)
        )
        if turned:
            bold, careful = (Scored(1 - one.target, 1 - one.scores) for one in (bold, careful))
        found.append(stretch("log_loss", bold, careful))
    positives = int(models(0, 600)[0].target.sum())
    assert positives * 18 < unseen.PLENTY <= positives * 19
    whole = (found[0] ** 2 - 1) / (1 - positives / unseen.PLENTY)
    assert found == sorted(found, reverse=True)
    assert found[1] ** 2 - 1 == pytest.approx(whole * (1 - 9 * positives / unseen.PLENTY), rel=1e-9)
    assert found[3] > 1 == found[4]


def test_models_that_promise_ten_times_too_much_are_not_stretched_for_it():
    """Scores of a training with weighted classes: the share of positives in the test set sets the level."""
    bold, careful = models(0, rows=4_000, rate=0.02)
    high = [Scored(one.target, np.minimum(10 * one.scores, 0.99)) for one in (bold, careful)]
    assert stretch("brier", *high) < 1.3 * stretch("brier", bold, careful)


def test_rows_of_one_entity_show_no_more_than_one():
    bold, careful = models(0)
    alone = stretch("log_loss", bold, careful)
    copies = [
        Scored(np.tile(one.target, 9), np.tile(one.scores, 9), np.tile(np.arange(600), 9))
        for one in (bold, careful)
    ]
    assert stretch("log_loss", *copies) == pytest.approx(alone, rel=1e-12)


@pytest.mark.parametrize("name", ["log_loss", "brier"])
def test_evidence_keeps_the_gain_and_its_spread_is_stretched(name):
    bold, careful = models(1)
    factor = stretch(name, bold, careful)
    assert factor > 1
    gain = subtract(name, *(measure_model(one, metrics=(name,)) for one in (bold, careful)))
    buckets = np.arange(600)
    plain, found = bucket_contributions(gain, buckets), bucket_evidence(name, gain, bold, careful, buckets)
    assert (found.rows, found.total) == (plain.rows, plain.total)
    assert standard_error(found) == pytest.approx(factor * standard_error(plain), rel=1e-12)
    assert abs(z_value(found)) < abs(z_value(plain))
