"""Test sets whose truth is known: two correlated models, entities of several rows, ties.

A row's score is a normal value that lies ``distance`` higher for a positive; the first model turns it into
its probability, the second, whose noise is 0.8 correlated, is overconfident and too high. Rows of one entity
share half of the variance of their noise and of what decides their labels. Truths come from a million rows.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from include.config.metric_names import METRICS
from include.config.tasks import TASKS
from include.evaluation.measured import measure_model, subtract
from include.evaluation.measures.scored import Scored
from include.evaluation.metrics import MEASURES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.evaluation.measured import Measured

SHARED = 0.8
WITHIN_ENTITY = 0.5
TRUE_ROWS = 1_000_000
TRUE_DRAWS = 20
MODELS = ("candidate", "champion")


class World(NamedTuple):
    """Test sets of one kind.

    :param rows: rows of each.
    :param rate: share of positives.
    :param auc: area under the ROC curve of both models.
    :param each: rows of an entity.
    :param ties: whether scores have two digits.
    :param equal: whether both models are calibrated, so that neither is better in any metric.
    """

    rows: int
    rate: float
    auc: float
    each: int = 1
    ties: bool = False
    equal: bool = False


def draw(world: World, generator: np.random.Generator) -> dict[str, Scored]:
    """Return a test set with the scores of both models."""
    from scipy.special import expit, ndtri

    entities = -(-world.rows // world.each)
    groups = np.arange(world.rows) // world.each

    def noise() -> np.ndarray:
        own = generator.standard_normal(world.rows)
        if world.each == 1:
            return own
        common = generator.standard_normal(entities)[groups]
        return WITHIN_ENTITY**0.5 * common + (1 - WITHIN_ENTITY) ** 0.5 * own

    target = (noise() < ndtri(world.rate)).astype(np.int8)
    distance, base = 2**0.5 * ndtri(world.auc), np.log(world.rate / (1 - world.rate))
    common = noise()
    found = {}
    for model in MODELS:
        value = distance * target + SHARED**0.5 * common + (1 - SHARED) ** 0.5 * noise()
        odds = base + distance * value - distance**2 / 2
        scores = expit(odds if model == "candidate" or world.equal else 0.4 + 1.3 * odds)
        found[model] = Scored(
            target, np.clip(scores.round(2), 0.005, 0.995) if world.ties else scores, groups
        )
    return found


def measure_both(
    models: dict[str, Scored], metrics: Sequence[str] = tuple(TASKS["binary"].metrics)
) -> tuple[Measured, Measured]:
    """Return what is known of both models on one test set, in these metrics."""
    candidate, champion = (models[name] for name in MODELS)
    entities = int(candidate.groups.max()) + 1
    return measure_model(candidate, entities, metrics), measure_model(champion, entities, metrics)


def truth(world: World) -> dict[tuple[str, str], float]:
    """Return the true value of each metric of the candidate (``single``), and of each gain (``gain``)."""
    return _truth(world._replace(rows=TRUE_ROWS, each=1))


@cache
def _truth(large: World) -> dict[tuple[str, str], float]:
    candidate, champion = measure_both(draw(large, np.random.default_rng(7)))
    found = {("single", name): candidate.metrics[name].value for name in TASKS["binary"].metrics}
    if large.equal:
        return found | {("gain", name): 0.0 for name in TASKS["binary"].metrics}
    return found | {
        ("gain", name): subtract(name, candidate, champion).value for name in TASKS["binary"].metrics
    }


def level(world: World, name: str) -> float:
    """Return the true gain of the candidate, from 20 million rows; exactly 0 where it is known to be 0.

    Equal models have none, and no models have one in how they rank: what makes the second one bold keeps the
    order of its scores.

    :param world: the test sets, without ties.
    :param name: a metric that is a mean over rows, or one of ranking.
    """
    if world.equal or MEASURES[name].values is None:
        return 0.0
    return _levels(world._replace(rows=TRUE_ROWS, each=1))[name]


@cache
def _levels(large: World) -> dict[str, float]:
    generator = np.random.default_rng(8)
    sums: dict[str, float] = {}
    for _ in range(TRUE_DRAWS):
        candidate, champion = (models := draw(large, generator))[MODELS[0]], models[MODELS[1]]
        for name in TASKS["binary"].metrics:
            if (values := MEASURES[name].values) is None:
                continue
            ours, theirs = (values(one.target, one.scores).mean() for one in (candidate, champion))
            gain = float(ours - theirs)
            sign = 1 if METRICS[name].higher_is_better else -1
            sums[name] = sums.get(name, 0.0) + sign * gain / TRUE_DRAWS
    return sums
