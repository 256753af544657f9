"""How often intervals of estimated performance hold the realised metric, while features drift.

``PYTHONPATH=. python -m benchmarks.estimates [runs]`` prints the tables of docs/estimated-performance.md. A
model predicts four classes (too boldly), or a number whose errors grow with one of ten features. What that is
worth is learned from a test set; then a delivery comes whose features have drifted, with the same link of
features and target.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

from include.config.metric_names import METRICS
from include.evaluation.measures.scored_classes import ScoredClasses
from include.evaluation.metrics import MEASURES
from include.monitoring.performance.class_calibration import fit_class_calibration
from include.monitoring.performance.class_chances import ClassChances
from include.monitoring.performance.expected_around import describe_expected
from include.monitoring.performance.expected_classes import expect_classes
from include.monitoring.performance.loss_learning import learn_losses
from include.monitoring.performance.losses import LOSSES

NUMBERS, CLASSES = ("rmse", "mae"), ("log_loss", "accuracy", "f1_macro", "roc_auc_macro")
DRIFTS = (0.0, 0.5, 1.0, 2.0)
LEARNED, DELIVERED, LEVEL = 2_000, 1_000, 0.95


def draw_numbers(
    rng: np.random.Generator, rows: int, drift: float
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Return features, targets and predictions; one feature has drifted by so many standard deviations."""
    found = rng.normal(size=(rows, 10))
    found[:, 0] += drift
    scale = np.exp(0.5 * found[:, 0])
    target = 50 + 5 * found[:, 0] + found[:, 1] + scale * rng.normal(size=rows)
    features = pd.DataFrame(found, columns=[f"f{place}" for place in range(10)])
    return features, target, 50 + 5 * found[:, 0] + 0.8 * found[:, 1]


def draw_classes(rng: np.random.Generator, rows: int, drift: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the scores of a model that is half as bold again as it should be, and classes."""
    odds = 1.2 * rng.normal(size=(rows, 4)) + (0.6, 0.3, 0.0, -0.6)
    odds[:, 3] += drift
    chances = np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)
    target = np.minimum((chances.cumsum(axis=1) < rng.random((rows, 1))).sum(axis=1), 3)
    bold = np.exp(1.5 * odds)
    return bold / bold.sum(axis=1, keepdims=True), target.astype(np.int16)


def try_numbers(seed: int, drift: float) -> dict[str, tuple[bool, float]] | None:
    """Return whether each interval held, and its half width as a share; None where nothing is estimated."""
    rng = np.random.default_rng(seed)
    features, target, predicted = draw_numbers(rng, LEARNED, 0.0)
    model = learn_losses(features, target, predicted, np.arange(LEARNED), quantile=0.5, seed=seed)
    features, target, predicted = draw_numbers(rng, DELIVERED, drift)
    found = {}
    for name, (value, spread) in (model.expect(features, predicted) if model else {}).items():
        losses = LOSSES[name].of_rows(target, predicted, 0.5)
        if name not in NUMBERS or losses is None:
            continue
        if not np.isfinite(value):
            return None
        real, reach = float(losses.mean() ** LOSSES[name].power), spread.reach(LEVEL)
        low, high = MEASURES[name].scale.around(value, reach)
        found[name] = (low <= real <= high, reach / value)
    return found


def try_classes(seed: int, drift: float) -> dict[str, tuple[bool, float]]:
    """Return whether each interval held, and its half width."""
    rng = np.random.default_rng(seed)
    calibration = fit_class_calibration(*draw_classes(rng, LEARNED, 0.0))
    scores, target = draw_classes(rng, DELIVERED, drift)
    chances, found = ClassChances(scores, calibration), {}
    for name in CLASSES:
        one = expect_classes(name, scores, chances.mean)
        (variance,) = chances.variances([one.slopes])
        interval = describe_expected(name, one.value, variance, LEVEL)
        real = MEASURES[name].influence(ScoredClasses(target, scores)).value
        found[name] = (interval.low <= real <= interval.high, (interval.high - interval.low) / 2)
    return found


def main(runs: int) -> None:
    """Print both tables."""
    for names, attempt in ((CLASSES, try_classes), (NUMBERS, try_numbers)):
        print("| drift | estimated | " + " | ".join(names) + " |\n" + "|---" * (len(names) + 2) + "|")
        for drift in DRIFTS:
            known = [one for seed in range(runs) if (one := attempt(seed, drift)) is not None]
            cells = [
                f"{np.mean([one[name][0] for one in known]):.3f} "
                f"(± {np.mean([one[name][1] for one in known]):.3f}"
                f"{'' if not METRICS[name].in_unit_of_target else ' of it'})"
                if known
                else "-"
                for name in names
            ]
            print(f"| {drift:g} | {len(known)} of {runs} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
