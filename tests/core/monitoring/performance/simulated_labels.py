"""Performance without labels by drawing labels many times: slow, and the yardstick of the closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.evaluation.confidence_interval import ConfidenceInterval
from tests.core.monitoring.performance.weighted import prepare

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from include.monitoring.performance.calibration import Calibration

_CELLS = 1 << 20  # labels held at a time
_EDGE = 1e-9


def simulate_performance(
    scores: np.ndarray, metrics: Iterable[str], calibration: Calibration | None, *, draws: int, seed: int = 0
) -> dict[str, ConfidenceInterval]:
    """Return the mean of each metric over drawn labels, and what holds 95 % of them."""
    twice, target = np.concatenate([scores, scores]), np.repeat([1, 0], len(scores))
    statistics = {name: prepare(name, target, twice) for name in metrics}
    found: dict[str, list[np.ndarray]] = {name: [] for name in statistics}
    for labels in _draw_labels(scores, calibration, np.random.default_rng(seed), draws):
        weights = np.concatenate([labels, 1 - labels], axis=1)
        for name, statistic in statistics.items():
            found[name].append(statistic(weights))
    return {name: _describe(np.concatenate(values), 0.95) for name, values in found.items()}


def _draw_labels(
    scores: np.ndarray, calibration: Calibration | None, generator: np.random.Generator, times: int
) -> Iterator[np.ndarray]:
    """Yield labels, int32 of shape (b, n), a few draws at a time."""
    kept = np.clip(scores, _EDGE, 1 - _EDGE)
    odds = np.log(kept / (1 - kept))
    step = max(1, _CELLS // len(scores))
    for start in range(0, times, step):
        size = min(step, times - start)
        chances = scores if calibration is None else _recalibrate(scores, odds, calibration, generator, size)
        yield (generator.random((size, len(scores))) < chances).astype(np.int32)


def _recalibrate(
    scores: np.ndarray, odds: np.ndarray, calibration: Calibration, generator: np.random.Generator, size: int
) -> np.ndarray:
    """Return chances of shape (size, n): log odds moved by as much as their block was off.

    How much that was is drawn anew each time, because it was learned from so many rows only.
    """
    positives, rows = (np.array(part, dtype=np.float64) for part in (calibration.positives, calibration.rows))
    rates = np.clip(
        generator.beta(positives + 0.5, rows - positives + 0.5, (size, len(rows))), _EDGE, 1 - _EDGE
    )
    means = np.clip(calibration.scores, _EDGE, 1 - _EDGE)
    moved = np.log(rates / (1 - rates)) - np.log(means / (1 - means))
    block = np.searchsorted(np.array(calibration.cuts), scores, side="left")
    return np.asarray(1 / (1 + np.exp(-(odds + moved[:, block]))))


def _describe(values: np.ndarray, confidence: float) -> ConfidenceInterval:
    """Return the mean of the draws with the interval that holds ``confidence`` of them."""
    defined = values[np.isfinite(values)]
    if not len(defined) or len(defined) < 0.99 * len(values):
        return ConfidenceInterval(value=float("nan"), low=float("nan"), high=float("nan"))
    low, high = np.quantile(defined, [(1 - confidence) / 2, (1 + confidence) / 2])
    return ConfidenceInterval(value=float(defined.mean()), low=float(low), high=float(high))
