"""The reference profile: histograms of the training data and of the predictions, with null distributions.

It is built once at training (:mod:`include.monitoring.profile.build`) and stored with the model version. A
later batch is counted in the same bins (:meth:`Profile.count`), counts are added up (:meth:`Counts.merge`),
and every statistic of drift follows from two vectors of counts. Profiles of every format ever written are
read (:mod:`include.monitoring.profile.formats`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from include.data.arrow_numpy import to_arrow
from include.errors import DataError
from include.monitoring.histogram.binning import read_bins
from include.monitoring.histogram.counts import (
    Counts,
    check_scores,
    count_columns,
    count_nothing,
    digest_bins,
)
from include.monitoring.histogram.numeric_bins import NumericBins
from include.monitoring.null.distribution import NullDistribution
from include.monitoring.profile.formats import FORMAT, read_profile
from include.monitoring.tasks import MONITORED_TASKS
from include.names import shown
from include.strict_json import to_exact_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from include.monitoring.histogram.binning import Bins


@dataclass(frozen=True, eq=False, kw_only=True)
class Profile:
    """The bins of every feature and of the predictions, and how many training rows each of them holds.

    :param model: the model's name.
    :param positives: training rows of class 1.
    :param columns: the bins of each feature, in the order of the model's features.
    :param predictions: the bins of what is predicted: a number, or the most probable of three classes or
        more.
    :param reference: the counts of the training data.
    :param null_distributions: those of the statistics of each feature.
    :param prediction_null_distributions: those of the statistics of what is predicted.
    :param seed: seed of what is still drawn at a check: distributions that were not made at training.
    :param task: what is asked of a row.
    :param classes: the classes in the order of their probabilities, where there are more than two.
    :param probabilities: the bins of the probability of some of them.
    :param probability_null_distributions: those of the statistics of each.
    :param weight: the column by which rows count; empty where all count the same.
    """

    model: str
    positives: int
    columns: Mapping[str, Bins]
    predictions: Bins
    reference: Counts
    null_distributions: Mapping[str, tuple[NullDistribution, ...]] = field(default_factory=dict)
    prediction_null_distributions: tuple[NullDistribution, ...] = ()
    seed: int = 0
    task: str = "binary"
    classes: tuple[str, ...] = ()
    probabilities: Mapping[str, NumericBins] = field(default_factory=dict)
    probability_null_distributions: Mapping[str, tuple[NullDistribution, ...]] = field(default_factory=dict)
    weight: str = ""

    @property
    def bins_digest(self) -> str:
        """Digest of the bins, which all counts in them carry along: those of the training data, too."""
        return self.reference.bins_digest

    def empty(self) -> Counts:
        """Return counts of nothing, the neutral element of :meth:`Counts.merge`."""
        return count_nothing(self.columns, self.predictions, self.bins_digest, self.probabilities)

    def predicted(self, scores: np.ndarray) -> pa.Array:
        """Return what is predicted for each row, as a column of :attr:`predictions`.

        :param scores: the model's answers, of shape (n,) or (n, k).
        """
        return MONITORED_TASKS[self.task].predicted(scores, self.classes)

    def probability(self, scores: np.ndarray, name: str) -> pa.Array:
        """Return the probability of one of the classes that :attr:`probabilities` follows.

        :param scores: the model's answers, of shape (n, k).
        :param name: the class.
        """
        own: np.ndarray = np.ascontiguousarray(scores[:, self.classes.index(name)], dtype=np.float64)
        return to_arrow(own)

    def count(self, batch: pa.RecordBatch | pa.Table, scores: np.ndarray | None = None) -> Counts:
        """Count a batch in the bins of this profile.

        :param batch: rows with at least the features, as a canonical snapshot has them: float64 and string.
        :param scores: the model's predictions for these rows, of shape (n,) or (n, k); None when there are
            none.
        :raises DataError: when a feature is missing or has another type, scores and rows differ in number, or
            rows count by weight: what a row counts as shows when all rows of a delivery are there.
        """
        if self.weight:
            raise DataError(
                f"rows of this profile count by {shown(self.weight)}, and a part of a delivery can't say how "
                "much: count the whole file instead (include.monitoring.profile.count_file)"
            )
        check_scores(scores, batch.num_rows, len(self.classes))
        counted = replace(self.empty(), rows=batch.num_rows, columns=count_columns(batch, self.columns))
        if scores is None:
            return counted
        return replace(
            counted,
            predictions=self.predictions.count(self.predicted(scores)),
            probabilities={
                name: bins.count(self.probability(scores, name)) for name, bins in self.probabilities.items()
            },
        )

    def to_json(self) -> str:
        """Return the profile as JSON text; :meth:`from_json` reads every format ever written."""
        plain = {
            "format": FORMAT,
            "model": self.model,
            "rows": self.reference.rows,
            "positives": self.positives,
            "seed": self.seed,
            "columns": {
                name: {
                    **bins.to_plain(),
                    "counts": bins.name_counts(self.reference.columns[name]),
                    "null_distributions": [null.to_plain() for null in self.null_distributions.get(name, ())],
                }
                for name, bins in self.columns.items()
            },
            "predictions": {
                **self.predictions.to_plain(),
                "counts": self.predictions.name_counts(self.reference.predictions),
                "null_distributions": [null.to_plain() for null in self.prediction_null_distributions],
            },
            "task": self.task,
            "classes": list(self.classes),
            "weight": self.weight,
            "probabilities": {
                name: {
                    **bins.to_plain(),
                    "counts": bins.name_counts(self.reference.probabilities[name]),
                    "null_distributions": [
                        null.to_plain() for null in self.probability_null_distributions.get(name, ())
                    ],
                }
                for name, bins in self.probabilities.items()
            },
        }
        return to_exact_json(plain, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Profile:
        """Build a profile from what :meth:`to_json` returned.

        :param text: JSON text.
        :raises ModelError: when it is not a profile, or one of a format that this code does not know.
        """
        return read_profile(text, cls._from_plain)

    @classmethod
    def _from_plain(cls, plain: dict[str, Any]) -> Profile:
        """Build a profile from JSON values of the present format."""
        columns = {name: read_bins(found) for name, found in plain["columns"].items()}
        predictions = read_bins(plain["predictions"])
        if (predictions.kind == "categorical") != bool(plain["classes"]):
            raise ValueError(f"{predictions.kind} predictions of {len(plain['classes'])} classes")
        probabilities = {
            name: NumericBins.from_plain(found) for name, found in plain["probabilities"].items()
        }
        return cls(
            model=plain["model"],
            positives=plain["positives"],
            columns=columns,
            predictions=predictions,
            reference=Counts(
                bins_digest=digest_bins(columns, predictions, probabilities, plain["weight"]),
                rows=plain["rows"],
                columns={
                    name: bins.read_counts(plain["columns"][name]["counts"]) for name, bins in columns.items()
                },
                predictions=predictions.read_counts(plain["predictions"]["counts"]),
                probabilities={
                    name: bins.read_counts(plain["probabilities"][name]["counts"])
                    for name, bins in probabilities.items()
                },
            ),
            null_distributions={name: _read_nulls(plain["columns"][name]) for name in columns},
            prediction_null_distributions=_read_nulls(plain["predictions"]),
            seed=plain["seed"],
            task=plain["task"],
            classes=tuple(plain["classes"]),
            weight=plain["weight"],
            probabilities=probabilities,
            probability_null_distributions={
                name: _read_nulls(plain["probabilities"][name]) for name in probabilities
            },
        )


def _read_nulls(plain: Mapping[str, Any]) -> tuple[NullDistribution, ...]:
    """Return the null distributions that are kept with a column."""
    return tuple(NullDistribution.from_plain(null) for null in plain["null_distributions"])
