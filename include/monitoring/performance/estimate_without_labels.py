"""Estimate a champion's performance on a batch whose labels nobody knows yet, from its predictions alone.

If of all rows with a prediction of 0.3 three in ten are positive, predictions say how right they will be:
labels are drawn from them, and the metrics are computed as if those were the truth. This is confidence-based
performance estimation (CBPE in NannyML; Guillory et al. 2021, "Predicting with confidence on unseen
distributions", and Garg et al. 2022, "Leveraging unlabeled data to predict out-of-distribution performance",
study when it holds). It sees what a change of the features does. It can't see a change of what the features
mean for the label: that is the difference to the realised performance once labels are known, which is why
the two are shown side by side.

The interval holds both errors that can be known beforehand: that of the labels, and that of a calibration
which was learned from so many rows (its rates are drawn from their Beta posterior with Jeffreys' prior).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from include.config.metric_names import METRICS
from include.errors import DataError
from include.evaluation.confidence_interval import ConfidenceInterval
from include.evaluation.metrics import CODE
from include.evaluation.weighted import prepare
from include.monitoring.performance.computed_once import intervals_once
from include.records import RecordKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from include.monitoring.performance.computed_once import Memory

CALIBRATION = RecordKind(name="calibration of a version", remedy="train the model again with *force*")
_CODE = (__name__, "include.config.metric_names", "include.evaluation.weighted", *CODE)
_BLOCKS = 20
_DRAWS = 400
_FEWEST_DRAWS = 50
_CELLS = 1 << 20  # labels held at a time
_MOST_CELLS = 1 << 25  # labels drawn in all, more rows get fewer draws
_EDGE = 1e-9  # predictions are kept off 0 and 1 by this much, where log odds end


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What predictions were worth on labelled rows, by blocks of about as many rows each.

    :param cuts: increasing scores between the blocks, one fewer than blocks.
    :param scores: mean score of each block.
    :param positives: rows of class 1 in each block.
    :param rows: rows in each block.
    """

    cuts: tuple[float, ...]
    scores: tuple[float, ...]
    positives: tuple[int, ...]
    rows: tuple[int, ...]

    def to_plain(self) -> dict[str, Any]:
        """Return JSON values; :meth:`from_plain` reads them."""
        return CALIBRATION.stamp({
            name: list(getattr(self, name)) for name in ("cuts", "scores", "positives", "rows")
        })

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Calibration:
        """Build a calibration from what :meth:`to_plain` gave, in this version or an earlier one.

        :raises DataError: it is damaged, or of a newer format.
        """
        return CALIBRATION.read(
            plain,
            lambda fields: cls(**{
                name: tuple(fields[name]) for name in ("cuts", "scores", "positives", "rows")
            }),
        )


def fit_calibration(scores: np.ndarray, target: np.ndarray, blocks: int = _BLOCKS) -> Calibration:
    """Learn what predictions are worth from rows that the champion was not trained on.

    :param scores: predictions, float64 of shape (n,), at least one row.
    :param target: 0 or 1 of shape (n,).
    :param blocks: blocks of about equal size, at most; equal scores never part.
    """
    cuts = np.unique(np.quantile(scores, np.linspace(0, 1, blocks + 1)[1:-1], method="lower"))
    cuts = cuts[cuts < scores.max()]  # every cut is a score, so that no block is empty
    block = np.searchsorted(cuts, scores, side="left")
    rows = np.bincount(block)
    return Calibration(
        cuts=tuple(cuts.tolist()),
        scores=tuple((np.bincount(block, weights=scores) / rows).tolist()),
        positives=tuple(np.bincount(block, weights=target).astype(int).tolist()),
        rows=tuple(rows.tolist()),
    )


def estimate_performance(
    scores: np.ndarray,
    metrics: Iterable[str],
    *,
    seed: int,
    calibration: Calibration | None = None,
    confidence: float = 0.95,
    draws: int = _DRAWS,
    memory: Memory | None = None,
) -> dict[str, ConfidenceInterval]:
    """Estimate metrics of a batch from its predictions.

    :param scores: predictions, float64 of shape (n,).
    :param metrics: names of metrics; those that can't be estimated this way are left out.
    :param seed: seed of all draws.
    :param calibration: what predictions are worth; None takes them at their word.
    :param confidence: level of the interval in which the realised metric is expected.
    :param draws: how often labels are drawn; fewer where there are very many rows.
    :param memory: where estimates are kept that follow from the same predictions; None makes them anew.
    :return: each metric with its interval; NaN where it is not defined on enough draws.
    :raises DataError: when there is no row, or a prediction is not a probability.
    """
    if not len(scores):
        raise DataError("there are no predictions to estimate performance from: score the batch first")
    if not np.all((scores >= 0) & (scores <= 1)):
        raise DataError("a prediction is not a probability between 0 and 1: score the batch again")
    names = [name for name in metrics if name in METRICS and METRICS[name].estimable]
    times = int(np.clip(_MOST_CELLS // len(scores), _FEWEST_DRAWS, draws))

    def compute() -> dict[str, ConfidenceInterval]:
        twice, target = np.concatenate([scores, scores]), np.repeat([1, 0], len(scores))
        statistics = {name: prepare(name, target, twice) for name in names}
        found: dict[str, list[np.ndarray]] = {name: [] for name in names}
        for labels in _draw_labels(scores, calibration, np.random.default_rng(seed), times):
            weights = np.concatenate([labels, 1 - labels], axis=1)
            for name, statistic in statistics.items():
                found[name].append(statistic(weights))
        return {name: _describe(np.concatenate(values), confidence) for name, values in found.items()}

    return intervals_once(
        memory,
        compute,
        arrays={"scores": scores},
        settings={
            "metrics": names,
            "draws": times,
            "seed": seed,
            "confidence": confidence,
            "calibration": calibration.to_plain() if calibration else None,
        },
        modules=_CODE,
    )


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
