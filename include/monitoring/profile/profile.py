"""The reference profile: histograms of the training data and of the predictions, with null distributions.

It is built once at training (:mod:`include.monitoring.profile.build`) and stored with the model version. A
later batch is counted in the same bins (:meth:`Profile.count`), counts are added up (:meth:`Counts.merge`),
and every statistic of drift follows from two vectors of counts. Profiles of every format ever written are
read (:mod:`include.monitoring.profile.formats`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from include.monitoring.histogram.binning import read_bins
from include.monitoring.histogram.counts import Counts, count_batch, count_nothing, digest_bins
from include.monitoring.histogram.numeric_bins import NumericBins
from include.monitoring.null.distribution import NullDistribution
from include.monitoring.profile.formats import FORMAT, read_profile
from include.strict_json import to_exact_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pyarrow as pa

    from include.monitoring.histogram.binning import Bins


@dataclass(frozen=True, eq=False, kw_only=True)
class Profile:
    """The bins of every feature and of the predictions, and how many training rows each of them holds.

    :param model: the model's name.
    :param positives: training rows of class 1.
    :param columns: the bins of each feature, in the order of the model's features.
    :param predictions: the bins of the predictions.
    :param reference: the counts of the training data.
    :param null_distributions: those of the statistics of each feature.
    :param prediction_null_distributions: those of the statistics of the predictions.
    :param seed: seed of what is still drawn at a check: distributions that were not made at training.
    """

    model: str
    positives: int
    columns: Mapping[str, Bins]
    predictions: NumericBins
    reference: Counts
    null_distributions: Mapping[str, tuple[NullDistribution, ...]] = field(default_factory=dict)
    prediction_null_distributions: tuple[NullDistribution, ...] = ()
    seed: int = 0

    @property
    def bins_digest(self) -> str:
        """Digest of the bins, which all counts in them carry along: those of the training data, too."""
        return self.reference.bins_digest

    def empty(self) -> Counts:
        """Return counts of nothing, the neutral element of :meth:`Counts.merge`."""
        return count_nothing(self.columns, self.predictions, self.bins_digest)

    def count(self, batch: pa.RecordBatch | pa.Table, scores: np.ndarray | None = None) -> Counts:
        """Count a batch in the bins of this profile.

        :param batch: rows with at least the features, as a canonical snapshot has them: float64 and string.
        :param scores: the model's predictions for these rows, shape (n,); None when there are none.
        :raises DataError: when a feature is missing or has another type, or scores and rows differ in number.
        """
        return count_batch(batch, scores, self.columns, self.predictions, self.bins_digest)

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
        predictions = NumericBins.from_plain(plain["predictions"])
        return cls(
            model=plain["model"],
            positives=plain["positives"],
            columns=columns,
            predictions=predictions,
            reference=Counts(
                bins_digest=digest_bins(columns, predictions),
                rows=plain["rows"],
                columns={
                    name: bins.read_counts(plain["columns"][name]["counts"]) for name, bins in columns.items()
                },
                predictions=predictions.read_counts(plain["predictions"]["counts"]),
            ),
            null_distributions={name: _read_nulls(plain["columns"][name]) for name in columns},
            prediction_null_distributions=_read_nulls(plain["predictions"]),
            seed=plain["seed"],
        )


def _read_nulls(plain: Mapping[str, Any]) -> tuple[NullDistribution, ...]:
    """Return the null distributions that are kept with a column."""
    return tuple(NullDistribution.from_plain(null) for null in plain["null_distributions"])
