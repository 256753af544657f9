"""What came of it: how well each model would have done on a delivery, by the labels that came later.

The best of several models on the rows that chose it is best by luck, too. So entities are halved: the best
model is chosen on one half and measured on the other, and the other way round (cross-fitting). Its gain over
the model that served is then an honest one, in sums over 1,024 buckets of entities that add up over
deliveries although the same entities return (:mod:`include.evaluation.buckets`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from include.config.metric_names import METRICS
from include.data.labelled_rows import label_rows
from include.data.labels import open_labels
from include.data.maturity import assess_labels
from include.data.schema import labels_table
from include.evaluation.buckets import BUCKETS, BucketedGain, add_up, assign_buckets, bucket_gain
from include.evaluation.influence import gain_of
from include.evaluation.metrics import MEASURES
from include.evaluation.tasks import EVALUATION_TASKS
from include.rounding import reaches
from include.scoring.predictions import read_scores

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.data.labelled_rows import LabelledRows
    from include.evaluation.measures.scored_rows import ScoredRows
    from include.lineage import SnapshotRef
    from include.replay.models import Models
    from include.replay.walked import Fitted

_FEWEST = 10  # entities of either class in each half
_MOST_BYTES = 1 << 28  # of predictions that are kept in memory


@dataclass(frozen=True, eq=False)
class _Truth:
    """The labelled rows of a delivery.

    :param rows: they, in the order of their row keys.
    """

    rows: LabelledRows

    @cached_property
    def buckets(self) -> np.ndarray:
        """The bucket of each row's entity."""
        return assign_buckets(self.rows.entities)

    def targets_of_entities(self, chosen: np.ndarray) -> np.ndarray:
        """Return the labels of some rows, each class of an entity once; of numbers, one for each entity.

        :param chosen: places of the rows, shape (n,).
        """
        targets, groups = self.rows.targets[chosen], self.rows.groups
        if groups is None:
            return np.asarray(targets)
        of = groups[chosen]
        same = of[None] if targets.dtype.kind == "f" else np.stack([of, targets])
        _, first = np.unique(same, axis=1, return_index=True)
        found: np.ndarray = targets[first]
        return found


class Hindsight:
    """Compares models on past deliveries.

    :param config: the model's configuration in force.
    :param models: the fitted models.
    :param fitted: what is known of each, by name.
    :param local: gives a snapshot as a local file.
    :param labels: deliveries of the table that holds the labels, labels or features: the newest version of
        each that is known by now, not the one that was scored.
    :param as_of: ISO date up to which labels are known.
    """

    def __init__(
        self,
        config: ModelConfig,
        models: Models,
        fitted: Mapping[str, Fitted],
        *,
        local: Callable[[SnapshotRef], Path],
        labels: Mapping[str, SnapshotRef],
        as_of: str,
    ) -> None:
        self._config = config
        self._task = EVALUATION_TASKS[config.task]
        self._models = models
        self._fitted = fitted
        self._local = local
        self._labels = {day: local(ref) for day, ref in labels.items()}
        self._as_of = as_of
        self._truths: dict[str, _Truth | None] = {}
        self._scores: dict[tuple[str, str], np.ndarray] = {}
        self._regrets: dict[tuple[str, str, frozenset[str]], BucketedGain | None] = {}
        self._gains: dict[tuple[str, str, str], BucketedGain | None] = {}

    @property
    def metric(self) -> str:
        """The metric that models are compared in."""
        return self._config.gate.primary

    def regret(self, ref: SnapshotRef, served: str, available: Collection[str]) -> BucketedGain | None:
        """Return what the best available model would have gained over the one that served.

        :param ref: the delivery.
        :param served: name of the model that served.
        :param available: names of the models that there were, that one among them.
        :return: above 0 where another one was better; None as long as its labels are not known.
        """
        key = (ref.md5, served, frozenset(available))
        if key not in self._regrets:
            self._regrets[key] = self._cross_fit(ref, served, sorted(key[2]))
        return self._regrets[key]

    def gain(self, ref: SnapshotRef, better: str, worse: str) -> BucketedGain | None:
        """Return how much better one model would have been than another; None as :meth:`regret`."""
        key = (ref.md5, better, worse)
        if key not in self._gains:
            usable = self._usable(ref, (better, worse))
            self._gains[key] = None if usable is None else self._measure(ref, better, worse, usable)
        return self._gains[key]

    def _cross_fit(self, ref: SnapshotRef, served: str, available: list[str]) -> BucketedGain | None:
        usable = self._usable(ref, available)
        if usable is None:
            return None
        truth, rows = usable
        even = truth.buckets[rows] % 2 == 0
        found = []
        for chosen, measured in ((rows[even], rows[~even]), (rows[~even], rows[even])):
            best = self._best(ref, truth, chosen, available=available, served=served)
            found.append(self._measure(ref, best, served, (truth, measured)))
        return add_up(found)

    def _best(
        self, ref: SnapshotRef, truth: _Truth, rows: np.ndarray, *, available: list[str], served: str
    ) -> str:
        """Return the best model on some rows; the one that served where others only equal it."""
        metric = METRICS[self._config.gate.primary]
        sign = 1 if metric.higher_is_better else -1
        values = {
            model: sign * MEASURES[metric.name].influence(self._scored(ref, model, truth, rows)).value
            for model in available
        }
        best = max(values.values())
        unit = metric.unit(*values.values())
        return next((model for model in (served, *available) if reaches(values[model], best, unit)), served)

    def _measure(
        self, ref: SnapshotRef, better: str, worse: str, usable: tuple[_Truth, np.ndarray]
    ) -> BucketedGain:
        truth, rows = usable
        gain = gain_of(
            self._config.gate.primary,
            self._scored(ref, better, truth, rows),
            self._scored(ref, worse, truth, rows),
        )
        return bucket_gain(gain, truth.buckets[rows])

    def _scored(self, ref: SnapshotRef, model: str, truth: _Truth, rows: np.ndarray) -> ScoredRows:
        """Return some rows of a delivery with what a model says of them."""
        answers = self._score(ref, model, truth)[rows]
        weights = None if truth.rows.weights is None else truth.rows.weights[rows]
        return self._task.scored(truth.rows.targets[rows], answers, None, self._config, weights)

    def _usable(self, ref: SnapshotRef, models: Collection[str]) -> tuple[_Truth, np.ndarray] | None:
        """Return the labels, and the rows whose answer none of some models knows; None if they are few."""
        truth = self._truth(ref)
        if truth is None:
            return None
        usable = np.ones(len(truth.rows.targets), dtype=bool)
        for name in models:
            model = self._fitted[name]
            if model.newest_labels >= ref.partition:
                if model.holdout is None:
                    return None
                usable &= model.holdout.select(truth.rows.entities)
        rows = np.flatnonzero(usable)
        for half in (0, 1):
            target = truth.targets_of_entities(rows[truth.buckets[rows] % 2 == half])
            if self._task.count_scarce(target, self._config) < _FEWEST:
                return None
        return truth, rows

    def _truth(self, ref: SnapshotRef) -> _Truth | None:
        """Return the labelled rows of a delivery once its labels are mature."""
        if ref.md5 not in self._truths:
            self._truths[ref.md5] = self._find_truth(ref)
        return self._truths[ref.md5]

    def _find_truth(self, ref: SnapshotRef) -> _Truth | None:
        config, path = self._config, self._local(ref)
        if labels_table(config) == "features" and ref.partition not in self._labels:
            return None
        known = open_labels({labels_table(config): self._labels}, config, self._as_of)
        rows, seen = label_rows(ref.partition, path, known.of(ref.partition), config)
        maturity = assess_labels(
            ref.partition, rows=seen.rows, labelled=seen.labelled, as_of=self._as_of, config=config
        )
        return _Truth(rows) if rows is not None and maturity.mature else None

    def _score(self, ref: SnapshotRef, model: str, truth: _Truth) -> np.ndarray:
        """Return a model's scores of the labelled rows of a delivery."""
        key = (ref.md5, model)
        if key not in self._scores:
            if sum(one.nbytes for one in self._scores.values()) > _MOST_BYTES:
                self._scores.clear()
            scores = read_scores(self._models.predictions(model, ref, self._local(ref)), self._config)
            self._scores[key] = scores[truth.rows.rows]
        return self._scores[key]


def weigh(parts: Collection[tuple[float, BucketedGain]]) -> BucketedGain:
    """Return a sum of gains, each times its weight, as one gain with the sums of its buckets.

    :param parts: weight and gain; the weights of a mean add up to 1.
    """
    sums, total = np.zeros(BUCKETS), 0.0
    for weight, gain in parts:
        sums += weight * gain.sums / gain.rows
        total += weight * gain.value
    return BucketedGain(rows=1, total=total, sums=sums)
