"""The reference profile: what the training data and its predictions looked like, counted in fixed places.

It is built once at training (:mod:`include.monitoring.profile.build`) and stored with the model version. A
later batch is counted in the same places (:meth:`Profile.count`), counts are added up (:meth:`Counts.merge`),
and every statistic of drift follows from two vectors of counts.

Format 2 adds what each statistic comes to without drift. Format 1 is read for ever: its distributions are
made from the counts when they are needed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from include.errors import ModelError
from include.monitoring.histogram.binning import NumericColumn, read_column
from include.monitoring.histogram.counts import Counts, count_batch, count_nothing, digest_places
from include.monitoring.null.distribution import Null
from include.strict_json import to_exact_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pyarrow as pa

    from include.monitoring.histogram.binning import Column

FORMAT = 2
_READ = (1, FORMAT)


@dataclass(frozen=True, eq=False, kw_only=True)
class Profile:
    """The places of every feature and of the predictions, and how often training fell into them.

    :param model: the model's name.
    :param positives: training rows of class 1.
    :param columns: the places of each feature, in the order of the model's features.
    :param predictions: the places of the predictions.
    :param reference: the counts of the training data.
    :param nulls: for each feature what its statistics come to without drift.
    :param prediction_nulls: the same for the predictions.
    :param seed: seed of what is still drawn at a check: distributions that were not made at training.
    """

    model: str
    positives: int
    columns: Mapping[str, Column]
    predictions: NumericColumn
    reference: Counts
    nulls: Mapping[str, tuple[Null, ...]] = field(default_factory=dict)
    prediction_nulls: tuple[Null, ...] = ()
    seed: int = 0

    @cached_property
    def places(self) -> str:
        """Digest of the places, which counts carry along."""
        return digest_places(self.columns, self.predictions)

    def empty(self) -> Counts:
        """Return counts of nothing, the neutral element of :meth:`Counts.merge`."""
        return count_nothing(self.columns, self.predictions, self.places)

    def count(self, batch: pa.RecordBatch | pa.Table, scores: np.ndarray | None = None) -> Counts:
        """Count a batch in the places of this profile.

        :param batch: rows with at least the features, as a canonical snapshot has them: float64 and string.
        :param scores: the model's predictions for these rows, shape (n,); None when there are none.
        :raises DataError: when a feature is missing or has another type, or scores and rows differ in number.
        """
        return count_batch(batch, scores, self.columns, self.predictions, self.places)

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
                    **column.to_plain(),
                    "counts": column.name_counts(self.reference.columns[name]),
                    "nulls": [null.to_plain() for null in self.nulls.get(name, ())],
                }
                for name, column in self.columns.items()
            },
            "predictions": {
                **self.predictions.to_plain(),
                "counts": self.predictions.name_counts(self.reference.predictions),
                "nulls": [null.to_plain() for null in self.prediction_nulls],
            },
        }
        return to_exact_json(plain, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Profile:
        """Build a profile from what :meth:`to_json` returned.

        :param text: JSON text.
        :raises ModelError: when it is no profile, or one of a format that this code does not know.
        """
        try:
            plain = json.loads(text)
            found = plain["format"]
        except (ValueError, TypeError, KeyError) as error:
            raise ModelError(
                "this is no reference profile: expected JSON with a format; train the model again"
            ) from error
        if found not in _READ:
            raise ModelError(
                f"a reference profile of format {found!r} was found and formats 1 to {FORMAT} are known: run "
                "the code that wrote it, or train the model again"
            )
        try:
            return cls._from_plain(plain)
        except (ValueError, TypeError, KeyError) as error:
            raise ModelError(
                f"the reference profile is damaged ({type(error).__name__}: {error}): fetch it again from "
                "the model's run, or train the model again"
            ) from error

    @classmethod
    def _from_plain(cls, plain: dict[str, Any]) -> Profile:
        """Build a profile from JSON values of format 1 (without seed and nulls) or 2."""
        columns = {name: read_column(found) for name, found in plain["columns"].items()}
        predictions = read_column(plain["predictions"])
        if not isinstance(predictions, NumericColumn):
            raise TypeError("predictions are not numeric")
        first = plain["format"] == 1
        return cls(
            model=plain["model"],
            positives=plain["positives"],
            columns=columns,
            predictions=predictions,
            reference=Counts(
                places=digest_places(columns, predictions),
                rows=plain["rows"],
                columns={
                    name: column.read_counts(plain["columns"][name]["counts"])
                    for name, column in columns.items()
                },
                predictions=predictions.read_counts(plain["predictions"]["counts"]),
            ),
            nulls={} if first else {name: _read_nulls(plain["columns"][name]) for name in columns},
            prediction_nulls=() if first else _read_nulls(plain["predictions"]),
            seed=0 if first else plain["seed"],
        )


def _read_nulls(plain: Mapping[str, Any]) -> tuple[Null, ...]:
    """Return the distributions that are kept with a column."""
    return tuple(Null.from_plain(null) for null in plain["nulls"])
