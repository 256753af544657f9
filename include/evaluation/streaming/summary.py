"""What two passes over a stream found: each metric, and the gains between models.

Buckets take the place of entities, so the intervals are those of :mod:`include.evaluation.interval`, and the
bucket sums that a verdict keeps are the very ones that were added here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from include.config.metric_names import METRICS
from include.evaluation.buckets import BUCKETS
from include.evaluation.evidence import NEGATIVE, POSITIVE, Evidence, describe_entities, describe_weights
from include.evaluation.measures.base import Contributions
from include.evaluation.measures.calibration import average_surplus, weigh_bins
from include.evaluation.streaming.calibration import CALIBRATION
from include.evaluation.streaming.fixed_point import to_total
from include.evaluation.streaming.plan import WHOLE
from include.evaluation.streaming.second_pass import unit_of
from include.evaluation.streaming.weighing import WEIGHT_UNIT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.evaluation.streaming.first_pass import Lookup
    from include.evaluation.streaming.second_pass import BucketSums


@dataclass(frozen=True, kw_only=True, eq=False)
class Summary:
    """What was found in a stream.

    :param sums: what the second pass added up, over the whole stream.
    :param lookups: what the first pass tabulated.
    """

    sums: BucketSums
    lookups: Mapping[tuple[str, str], Lookup]

    def rows(self, cut: str = WHOLE, group: int = 0) -> int:
        """Return how many rows a group has."""
        return int(self.sums.labels[cut,][group].sum())

    def positives(self, cut: str = WHOLE, group: int = 0) -> int:
        """Return how many of them are of class 1."""
        return int(self.sums.labels[cut,][group, 1].sum())

    def labels(self, cut: str = WHOLE, group: int = 0) -> np.ndarray:
        """Return its rows by class and bucket, int64 of shape (2, buckets)."""
        found: np.ndarray = self.sums.labels[cut,][group]
        return found

    def weights(self, cut: str = WHOLE, group: int = 0) -> np.ndarray:
        """Return what its rows weigh by class and bucket, of mean 1 over the rows, of shape (2, buckets).

        The rows themselves, int64, where all count the same.
        """
        if not self.sums.weights:
            return self.labels(cut, group)
        units: np.ndarray = self.sums.weights[cut,][group]
        return units * (self.rows(cut, group) / max(to_total(units.sum(axis=0)), 1))

    def _unweigh(self, cut: str, group: int) -> float:
        """Return what sums of shares of the heaviest row's weight are multiplied by for weights of mean 1."""
        if not self.sums.weights:
            return 1.0
        total = to_total(self.sums.weights[cut,][group].sum(axis=0))
        return self.rows(cut, group) / max(total * WEIGHT_UNIT, WEIGHT_UNIT)

    def evidence(self, cut: str = WHOLE, group: int = 0) -> Evidence:
        """Return what its rows can tell: buckets stand for entities, so there may be more than it says."""
        negatives, positives = self.weights(cut, group)
        describe = describe_weights if self.sums.weights else describe_entities
        return Evidence(
            everyone=describe(negatives + positives),
            classes={POSITIVE: describe(positives), NEGATIVE: describe(negatives)},
        )

    def count_parted(self, *pair: str, cut: str = WHOLE, group: int = 0) -> int:
        """Return in how many buckets two models of a planned pair decide differently."""
        return int(np.count_nonzero(self.sums.differing[cut, *pair][group]))

    def count_deviating(self, model: str, answer: bool) -> int:
        """Return in how many buckets a model decides otherwise than always the same.

        :param model: the model.
        :param answer: whether the same is positive.
        """
        positive = self.sums.differing[WHOLE, model][0]
        return int(np.count_nonzero(self.labels().sum(axis=0) - positive if answer else positive))

    def metric(self, model: str, metric: str, cut: str = WHOLE, group: int = 0) -> Contributions:
        """Return a model's metric.

        :param model: the model.
        :param metric: the metric.
        :param cut: a cut that measures it.
        :param group: number of the group.
        :return: its value, NaN where it is not defined, and what each bucket contributes.
        """
        rows, found = self.rows(cut, group), self.sums.influences[cut, model, metric][group]
        lookup = self.lookups.get((cut, model))
        if not rows:
            return Contributions(value=float("nan"), sums=np.zeros(BUCKETS), rows=0)
        factor = self._unweigh(cut, group)
        if lookup and metric in lookup.values:
            value = float(lookup.values[metric][group])
            return Contributions(value=value, sums=found * (lookup.units[metric] * factor), rows=rows)
        unit = unit_of(metric)
        if lookup and metric == CALIBRATION and lookup.expected is not None:
            sizes = found[1] * WEIGHT_UNIT if self.sums.weights else found[1]
            error = _calibration_error(found[0] * unit, sizes, lookup.expected[group])
            return replace(error, sums=error.sums * factor, rows=rows)
        mean = to_total(found) * (unit * factor) / rows
        sums = found * (unit * factor) - mean * self.weights(cut, group).sum(axis=0)
        return Contributions(value=mean, sums=sums, rows=rows)

    def gain(self, better: str, worse: str, metric: str, cut: str = WHOLE, group: int = 0) -> Contributions:
        """Return how much better one model is than another: above 0 is better, whatever the metric.

        :param better: the model that is asked about.
        :param worse: the one it is compared with.
        :param metric: the metric.
        :param cut: a cut that measures it.
        :param group: number of the group.
        """
        if not METRICS[metric].higher_is_better:
            better, worse = worse, better
        one, other = (self.metric(model, metric, cut, group) for model in (better, worse))
        return one - other


def _calibration_error(surplus: np.ndarray, counts: np.ndarray, expected: np.ndarray) -> Contributions:
    """Return the calibration error as :mod:`include.evaluation.measures.calibration` has it.

    :param surplus: how far scores exceed labels, of shape (15, buckets).
    :param counts: rows, or what they weigh, of the same shape.
    :param expected: variance of the positives in each part of a calibrated model, of shape (15,).
    """
    sizes = counts.sum(axis=1)
    occupied = sizes > 0
    surplus, counts, sizes = surplus[occupied], counts[occupied], sizes[occupied]
    means = average_surplus(surplus.sum(axis=1), sizes)
    centred = surplus - means[:, None] * counts
    seen = np.count_nonzero(counts, axis=1)
    squares = (centred**2).sum(axis=1) * seen / np.maximum(seen - 1, 1)
    errors = np.sqrt(np.maximum(squares, expected[occupied])) / sizes
    found, rows = weigh_bins(sizes, means, errors), float(sizes.sum())
    sides = np.sign(means)[:, None]
    sums = (sides * surplus).sum(axis=0)
    sums -= counts.sum(axis=0) * (sums.sum() / rows)
    return Contributions(
        value=found.value, sums=sums, rows=round(rows), noise=found.noise, indistinct=found.indistinct
    )
