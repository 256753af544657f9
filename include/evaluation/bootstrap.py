"""The paired bootstrap: how far a metric, or a difference between two models, could be luck of the test set.

Entities are drawn with replacement, not rows, so that rows of one customer stay together (Field and Welsh
2007, "Bootstrapping clustered data"); every statistic is computed on the same draws, which pairs the models
and makes the interval of their difference narrow. The interval is the percentile interval (Efron and
Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13): it never leaves the metric's range, it
does not change under a monotone transformation of the metric, and at the thousands of rows that a test set
has here the refinements of BCa are far below the noise of the resampling itself. The tests compare it with
DeLong's variance and measure its coverage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from include.evaluation.confidence_interval import ConfidenceInterval

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from include.evaluation.measures.base import Statistic

Key = TypeVar("Key")

_CELLS = 1 << 20  # weights held at a time: 4 MiB, which stay in cache on their way through the statistics


def resample(
    statistics: Mapping[Key, Statistic], groups: np.ndarray, *, resamples: int, seed: int
) -> dict[Key, np.ndarray]:
    """Compute statistics on the set itself and on bootstrap resamples of its entities.

    :param statistics: functions from row weights of shape (b, n) to values of shape (b,).
    :param groups: number of each row's entity, integers 0 ... g - 1 of shape (n,).
    :param resamples: how many resamples to draw.
    :param seed: seed of the draws.
    :return: for each statistic float64 of shape (resamples + 1,): the value on the set, then those on the
        resamples.
    """
    found: dict[Key, list[np.ndarray]] = {name: [] for name in statistics}
    for weights in _draw(groups, resamples, seed):
        for name, statistic in statistics.items():
            found[name].append(statistic(weights))
    return {name: np.concatenate(values) for name, values in found.items()}


def percentile_interval(values: np.ndarray, confidence: float) -> ConfidenceInterval:
    """Return a figure with its two-sided percentile interval.

    :param values: the value on the set, then those on the resamples, of shape (resamples + 1,).
    :param confidence: level of the interval, such as 0.95.
    :return: with NaN ends when the figure was not defined on more than one resample in a hundred.
    """
    drawn = values[1:]
    defined = drawn[np.isfinite(drawn)]
    if not len(defined) or len(defined) < 0.99 * len(drawn) or not np.isfinite(values[0]):
        return ConfidenceInterval(value=float(values[0]), low=float("nan"), high=float("nan"))
    low, high = np.quantile(defined, [(1 - confidence) / 2, (1 + confidence) / 2])
    return ConfidenceInterval(value=float(values[0]), low=float(low), high=float(high))


def _draw(groups: np.ndarray, resamples: int, seed: int) -> Iterator[np.ndarray]:
    """Yield row weights of shape (b, n), a few resamples at a time, after the ones of the set itself."""
    yield np.ones((1, len(groups)), dtype=np.int32)
    entities = int(groups.max()) + 1 if len(groups) else 0
    alone = entities == len(groups) and bool((groups == np.arange(entities)).all())
    generator = np.random.default_rng(seed)
    block = max(1, _CELLS // max(1, len(groups)))
    for start in range(0, resamples, block):
        count = min(block, resamples - start)
        drawn = generator.integers(0, entities, size=(count, entities), dtype=np.int64)
        drawn += np.arange(count)[:, None] * entities
        weights = (
            np.bincount(drawn.ravel(), minlength=count * entities).reshape(count, entities).astype(np.int32)
        )
        yield weights if alone else weights[:, groups]
