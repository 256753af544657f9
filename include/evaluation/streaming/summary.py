"""What two passes over a stream found: each metric's value with bucket sums, and the gains between models.

Both have the form of :class:`include.evaluation.buckets.BucketedGain`, so the intervals, the gate's z and the
evidence of several exams are those of :mod:`include.evaluation.interval`, whatever the form it came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from include.config.metric_names import METRICS
from include.evaluation.buckets import BucketedGain
from include.evaluation.streaming.calibration import CALIBRATION
from include.evaluation.streaming.fixed_point import to_total
from include.evaluation.streaming.plan import WHOLE
from include.evaluation.streaming.second_pass import unit_of

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

    def differing(self, pair: tuple[str, str], cut: str = WHOLE, group: int = 0) -> np.ndarray:
        """Return the rows that two models of a planned pair decide differently, int64 of shape (buckets,)."""
        found: np.ndarray = self.sums.differing[cut, *pair][group]
        return found

    def single(self, model: str, metric: str, cut: str = WHOLE, group: int = 0) -> BucketedGain:
        """Return a model's metric.

        :param model: the model.
        :param metric: the metric.
        :param cut: a cut that measures it.
        :param group: number of the group.
        :return: its value and its influence by bucket; NaN where it is not defined.
        """
        rows, found = self.rows(cut, group), self.sums.influences[cut, model, metric][group]
        lookup = self.lookups.get((cut, model))
        if lookup and metric in lookup.values:
            value = float(lookup.values[metric][group])
            return BucketedGain(rows=rows, total=value * rows, sums=found * lookup.units[metric])
        unit = unit_of(metric)
        if metric == CALIBRATION:
            by_part = [to_total(part) for part in found]
            found = np.sign(by_part).astype(np.int64) @ found
        total = to_total(found) * unit
        mean = total / rows if rows else float("nan")
        by_bucket = self.labels(cut, group).sum(axis=0)
        sums = found * unit - mean * by_bucket if rows else np.zeros(len(by_bucket))
        return BucketedGain(rows=rows, total=total, sums=sums)

    def gain(self, better: str, worse: str, metric: str, cut: str = WHOLE, group: int = 0) -> BucketedGain:
        """Return how much better one model is than another: above 0 is better, whatever the metric.

        :param better: the model that is asked about.
        :param worse: the one it is compared with.
        :param metric: the metric.
        :param cut: a cut that measures it.
        :param group: number of the group.
        """
        if not METRICS[metric].higher_is_better:
            better, worse = worse, better
        one, other = (self.single(model, metric, cut, group) for model in (better, worse))
        return BucketedGain(rows=one.rows, total=one.total - other.total, sums=one.sums - other.sums)
