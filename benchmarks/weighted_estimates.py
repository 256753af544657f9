"""How often estimates without labels hold the realised metric where a weight goes with the label.

Run it from the repository with ``python -m benchmarks.weighted_estimates``. Weights are lognormal(0.5), and
four times as large where the label is 1. Compared are the estimate as it is made, one whose calibration was
learned by row, and one that knows no weights.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np

from include.evaluation.measures.scored import Scored
from include.evaluation.metrics import MEASURES
from include.monitoring.performance.calibration import fit_calibration
from include.monitoring.performance.estimate_without_labels import estimate_performance

METRICS = ("log_loss", "brier", "accuracy", "average_precision", "roc_auc")
WAYS = ("nothing", "the estimate, not the calibration", "both, as here")
LEARNED, DELIVERED, RUNS = 3_000, 1_000, 150
ODDS = (-0.5, -3.0)  # of a positive, on average: 40 % and 8 % of the rows


class Rows(NamedTuple):
    """Rows of a delivery: scores, labels and weights, each of shape (n,)."""

    scores: np.ndarray
    target: np.ndarray
    weights: np.ndarray


def draw(seed: int, rows: int, odds: float) -> Rows:
    """Draw rows whose scores are right by row.

    :param seed: seed of all draws.
    :param rows: how many.
    :param odds: mean logarithm of the odds of a positive.
    """
    rng = np.random.default_rng(seed)
    own = rng.normal(odds, 1.2, rows)
    target = (rng.random(rows) < 1 / (1 + np.exp(-own))).astype(np.int8)
    return Rows(1 / (1 + np.exp(-own)), target, rng.lognormal(0, 0.5, rows) * (1 + 3 * target))


def measure(odds: float, runs: int = RUNS) -> dict[str, dict[str, float]]:
    """Return by what counts by weight, and metric, the share of intervals that hold the realised figure."""
    held = {way: dict.fromkeys(METRICS, 0) for way in WAYS}
    for run in range(runs):
        past, now = draw(1_000 + run, LEARNED, odds), draw(5_000 + run, DELIVERED, odds)
        by_row = fit_calibration(past.scores, past.target)
        by_weight = fit_calibration(past.scores, past.target, past.weights)
        found = {
            WAYS[0]: estimate_performance(now.scores, METRICS, calibration=by_row),
            WAYS[1]: estimate_performance(now.scores, METRICS, weights=now.weights, calibration=by_row),
            WAYS[2]: estimate_performance(now.scores, METRICS, weights=now.weights, calibration=by_weight),
        }
        rows = Scored(now.target, now.scores, None, now.weights)
        for name in METRICS:
            real = MEASURES[name].influence(rows).value
            for way, figures in found.items():
                held[way][name] += figures[name].low <= real <= figures[name].high
    return {way: {name: count / runs for name, count in own.items()} for way, own in held.items()}


def main() -> None:
    """Print the table that docs/estimated-performance.md shows."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    print(f"| positives | what counts by weight | {' | '.join(METRICS)} |")
    print("|---" * (len(METRICS) + 2) + "|")
    for odds in ODDS:
        share = f"{100 * draw(0, 1_000_000, odds).target.mean():.0f} %"
        for way, own in measure(odds, runs).items():
            print(f"| {share} | {way} | {' | '.join(f'{own[name]:.2f}' for name in METRICS)} |", flush=True)


if __name__ == "__main__":
    main()
