"""The paired percentile bootstrap of entities, beside which intervals are shown; the product has none.

Entities are drawn with replacement (Field and Welsh 2007), every metric of both models is computed on the
same draws, and an interval is the percentile interval (Efron and Tibshirani 1993, chapter 13). What does not
depend on the draw (sorting, losses, bins) is computed once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.config.metric_names import METRICS
from include.evaluation.metrics import MEASURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.evaluation.measures.scored import Scored

_CELLS = 1 << 20
_BINS = 15


def bootstrap(
    models: Mapping[str, Scored], metrics: tuple[str, ...], *, resamples: int, seed: int
) -> dict[tuple[str, str], np.ndarray]:
    """Return each metric of each model on each resample, float64 of shape (resamples,); NaN where undefined.

    :param models: the same rows and entities with the scores of each model.
    :param metrics: names of metrics.
    :param resamples: how many to draw.
    :param seed: seed of the draws.
    """
    first = next(iter(models.values()))
    rows = len(first)
    groups = np.arange(rows) if first.groups is None else first.groups
    entities, generator = int(groups.max()) + 1, np.random.default_rng(seed)
    prepared = {name: _Prepared(scored, metrics) for name, scored in models.items()}
    found: dict[tuple[str, str], list[np.ndarray]] = {}
    block = max(1, _CELLS // rows)
    for start in range(0, resamples, block):
        count = min(block, resamples - start)
        drawn = generator.integers(0, entities, (count, entities)) + np.arange(count)[:, None] * entities
        weights = np.bincount(drawn.ravel(), minlength=count * entities).reshape(count, entities)
        weights = weights.astype(np.float64)[:, groups]
        for name, one in prepared.items():
            for metric, values in one.measure(weights).items():
                found.setdefault((name, metric), []).append(values)
    return {key: np.concatenate(values) for key, values in found.items()}


def percentile_interval(values: np.ndarray, confidence: float) -> tuple[float, float]:
    """Return the ends of the interval; NaN where more than one resample in a hundred leaves it undefined.

    :param values: one per resample.
    :param confidence: level of the interval.
    """
    defined = values[np.isfinite(values)]
    if len(defined) < 0.99 * len(values):
        return float("nan"), float("nan")
    low, high = np.quantile(defined, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


class _Prepared:
    def __init__(self, scored: Scored, metrics: tuple[str, ...]) -> None:
        self._metrics = metrics
        self._order = np.argsort(scored.scores, kind="stable")
        ordered = scored.scores[self._order]
        self._positive = scored.target[self._order].astype(np.float64)
        self._ends = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
        cuts = np.unique(np.quantile(ordered, np.linspace(0, 1, _BINS + 1)[1:-1]))
        self._starts = np.unique(np.searchsorted(np.searchsorted(cuts, ordered, side="left"), range(_BINS)))
        self._starts = self._starts[self._starts < len(ordered)]
        self._surplus = ordered - self._positive
        self._losses = {
            name: MEASURES[name].values(scored.target, scored.scores)[self._order]
            for name in metrics
            if MEASURES[name].values is not None
        }

    def measure(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        drawn = weights[:, self._order]
        rows = drawn.sum(axis=1)
        found = {name: drawn @ losses / rows for name, losses in self._losses.items()}
        if "calibration_error" in self._metrics:
            by_bin = np.add.reduceat(drawn * self._surplus, self._starts, axis=1)
            found["calibration_error"] = np.abs(by_bin).sum(axis=1) / rows
        if not {"roc_auc", "average_precision"}.intersection(self._metrics):
            return found
        below = np.cumsum(drawn, axis=1)[:, self._ends]
        ups_below = np.cumsum(drawn * self._positive, axis=1)[:, self._ends]
        ups, sizes = (np.diff(one, axis=1, prepend=0) for one in (ups_below, below))
        p = ups_below[:, -1]
        with np.errstate(invalid="ignore", divide="ignore"):
            downs_below = below - ups_below - (sizes - ups) / 2
            found["roc_auc"] = (ups * downs_below).sum(axis=1) / (p * (rows - p))
            at_or_above = rows[:, None] - below + sizes
            precision = (p[:, None] - ups_below + ups) / np.where(at_or_above > 0, at_or_above, 1)
            found["average_precision"] = (ups * precision).sum(axis=1) / p
        return {name: found[name] for name in self._metrics}


def gains(drawn: Mapping[tuple[str, str], np.ndarray], metric: str, better: str, worse: str) -> np.ndarray:
    """Return how much better one model is on each resample: above 0 is better, whatever the metric."""
    sign = 1 if METRICS[metric].higher_is_better else -1
    return sign * (drawn[better, metric] - drawn[worse, metric])
