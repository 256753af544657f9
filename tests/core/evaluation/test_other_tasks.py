"""Metrics of regression and of more than two classes fit the same interface: value, influence, interval."""

from __future__ import annotations

import numpy as np
import pytest

from include.evaluation.contributions import sum_by_entity
from include.evaluation.interval import interval
from include.evaluation.measures.base import Influence, Measure, undefined
from include.evaluation.measures.ranking import ROC_AUC
from include.evaluation.measures.row_means import mean_of
from include.evaluation.measures.scored import Scored
from include.evaluation.scale import LOGARITHM

pytestmark = pytest.mark.core

CLASSES = 4


def _root_mean_square(scored: Scored) -> Influence:
    squares = (scored.scores - scored.target) ** 2
    mean = float(squares.mean())
    if not mean:
        return undefined(len(scored))
    root = mean**0.5
    return Influence(value=root, rows=(squares - mean) / (2 * root))


def _one_against_the_rest(scored: Scored) -> Influence:
    each = [
        ROC_AUC.influence(Scored((scored.target == label).astype(np.int8), scored.scores[:, label]))
        for label in range(CLASSES)
    ]
    return Influence(
        value=float(np.mean([one.value for one in each])), rows=np.mean([one.rows for one in each], axis=0)
    )


def _log_losses(target: np.ndarray, scores: np.ndarray) -> np.ndarray:
    return -np.log(scores[np.arange(len(target)), target])


RMSE = Measure(influence=_root_mean_square, scale=LOGARITHM)
MAE = mean_of(lambda target, scores: np.abs(scores - target))
LOG_LOSS = mean_of(_log_losses)
MACRO_AUC = Measure(influence=_one_against_the_rest)


def regression(rng, rows, groups):
    shared = rng.normal(size=rows)[groups]
    target = rng.normal(size=rows)
    return target, target + 0.5 * shared + 0.5 * rng.normal(size=rows)


def classes(rng, rows, groups):
    target = rng.choice(CLASSES, rows, p=(0.5, 0.25, 0.15, 0.1))
    odds = rng.normal(size=(rows, CLASSES)) + 0.5 * rng.normal(size=(rows, CLASSES))[groups]
    odds[np.arange(rows), target] += 1.0
    return target, np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)


def reference(measure, target, scores):
    from sklearn import metrics

    if measure is RMSE:
        return metrics.root_mean_squared_error(target, scores)
    if measure is MAE:
        return metrics.mean_absolute_error(target, scores)
    if measure is LOG_LOSS:
        return metrics.log_loss(target, scores)
    return metrics.roc_auc_score(target, scores, multi_class="ovr", average="macro")


@pytest.mark.parametrize(
    ("measure", "world"),
    [(RMSE, regression), (MAE, regression), (LOG_LOSS, classes), (MACRO_AUC, classes)],
    ids=["RMSE", "MAE", "log loss of 4 classes", "AUC, one against the rest"],
)
def test_its_value_is_the_librarys_and_its_interval_holds_the_truth(measure, world):
    rng, rows = np.random.default_rng(3), 500
    groups = np.arange(rows) // 5
    target, scores = world(rng, rows, groups)
    assert measure.influence(Scored(target, scores)).value == pytest.approx(
        reference(measure, target, scores)
    )
    large = np.arange(100_000) // 5
    truth = measure.influence(Scored(*world(rng, 100_000, large))).value
    held, tries = 0, 150
    for _ in range(tries):
        found = measure.influence(Scored(*world(rng, rows, groups), groups))
        assert found.rows.mean() == pytest.approx(0, abs=1e-9)
        summed = sum_by_entity(found, groups)
        assert summed.sums.shape == (100,)
        one = interval(found, groups, 0.95)
        low, high = measure.scale.around(one.value, one.high - one.value)
        held += low <= truth <= high
    assert held >= 0.88 * tries
