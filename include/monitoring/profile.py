"""The reference profile: what the training data and its predictions looked like, counted in fixed places.

It is built once at training and stored with the model version. A later batch is counted in the same places
(:meth:`Profile.count`), counts are added up (:meth:`Counts.merge`), and every statistic of drift follows
from two vectors of counts.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.data.arrow_numpy import to_numpy
from include.data.read_snapshot import stream_columns
from include.errors import DataError, ModelError
from include.monitoring.columns import NumericColumn, read_column
from include.monitoring.counts import Counts, count_batch, count_nothing
from include.monitoring.places import place_categories, place_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    import pyarrow as pa

    from include.config.schema import ModelConfig
    from include.monitoring.columns import Column

FORMAT = 1
_SAMPLE = 1 << 18  # values from which the edges of a column are taken


@dataclass(frozen=True, eq=False, kw_only=True)
class Profile:
    """The places of every feature and of the predictions, and how often training fell into them.

    :param model: the model's name.
    :param positives: training rows of class 1.
    :param columns: the places of each feature, in the order of the model's features.
    :param predictions: the places of the predictions.
    :param reference: the counts of the training data.
    """

    model: str
    positives: int
    columns: Mapping[str, Column]
    predictions: NumericColumn
    reference: Counts

    def empty(self) -> Counts:
        """Return counts of nothing, the neutral element of :meth:`Counts.merge`."""
        return count_nothing(self.columns, self.predictions)

    def count(self, batch: pa.RecordBatch | pa.Table, scores: np.ndarray | None = None) -> Counts:
        """Count a batch in the places of this profile.

        :param batch: rows with at least the features, as a canonical snapshot has them: float64 and string.
        :param scores: the model's predictions for these rows, shape (n,); None when there are none.
        :raises DataError: when a feature is missing or has another type, or scores and rows differ in number.
        """
        return count_batch(batch, scores, self.columns, self.predictions)

    def to_json(self) -> str:
        """Return the profile as JSON text; :meth:`from_json` reads every format ever written."""
        plain = {
            "format": FORMAT,
            "model": self.model,
            "rows": self.reference.rows,
            "positives": self.positives,
            "columns": {
                name: {**column.to_plain(), "counts": column.name_counts(self.reference.columns[name])}
                for name, column in self.columns.items()
            },
            "predictions": {
                **self.predictions.to_plain(),
                "counts": self.predictions.name_counts(self.reference.predictions),
            },
        }
        return json.dumps(plain, separators=(",", ":"), ensure_ascii=False, allow_nan=False)

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
        if found != FORMAT:
            raise ModelError(
                f"a reference profile of format {found!r} was found and format {FORMAT} is known: run the "
                "code that wrote it, or train the model again"
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
        """Build a profile from JSON values of format 1."""
        columns = {name: read_column(found) for name, found in plain["columns"].items()}
        predictions = read_column(plain["predictions"])
        if not isinstance(predictions, NumericColumn):
            raise TypeError("predictions are not numeric")
        return cls(
            model=plain["model"],
            positives=plain["positives"],
            columns=columns,
            predictions=predictions,
            reference=Counts(
                rows=plain["rows"],
                columns={
                    name: column.read_counts(plain["columns"][name]["counts"])
                    for name, column in columns.items()
                },
                predictions=predictions.read_counts(plain["predictions"]["counts"]),
            ),
        )


def build_profile(train: Path, config: ModelConfig, scores: np.ndarray) -> Profile:
    """Build the reference profile of a training set in two passes, one row group in memory at a time.

    The first pass settles the places (numbers: from every k-th row, about 260,000 in all), the second one
    counts.

    :param train: the training set.
    :param config: the model's configuration.
    :param scores: the model's predictions for it, shape (n,), in the order of its rows.
    :raises DataError: when the training set can't be read, or scores and rows differ in number.
    """
    import numpy as np

    columns = _settle_places(train, config, len(scores))
    predictions = place_numbers(scores[:: _stride(len(scores))])
    reference, positives, start = count_nothing(columns, predictions), 0, 0
    for group in stream_columns(train, config, (*config.feature_names, config.target.column)):
        stop = start + group.num_rows
        reference = reference.merge(count_batch(group, scores[start:stop], columns, predictions))
        positives += int(np.sum(to_numpy(group[config.target.column]), dtype=np.int64))
        start = stop
    if start != len(scores):
        raise DataError(
            f"{len(scores)} scores were given for {start} training rows: expected one for each row"
        )
    return Profile(
        model=config.name, positives=positives, columns=columns, predictions=predictions, reference=reference
    )


def _settle_places(train: Path, config: ModelConfig, rows: int) -> dict[str, Column]:
    """Sample the numbers and count the categories of a training set."""
    import numpy as np
    import pyarrow.compute as pc

    samples: dict[str, list[np.ndarray]] = {name: [np.empty(0)] for name in config.features.numeric}
    frequencies: dict[str, Counter[str]] = {name: Counter() for name in config.features.categorical}
    for group in stream_columns(train, config, config.feature_names):
        for name, sample in samples.items():
            sample.append(to_numpy(group[name].drop_null())[:: _stride(rows)].copy())
        for name, frequency in frequencies.items():
            found = pc.value_counts(group[name].drop_null())
            values, repeats = found.field("values").to_pylist(), found.field("counts").to_pylist()
            frequency.update(dict(zip(values, repeats, strict=True)))
    numeric: dict[str, Column] = {
        name: place_numbers(np.concatenate(sample)) for name, sample in samples.items()
    }
    return numeric | {name: place_categories(frequency) for name, frequency in frequencies.items()}


def _stride(rows: int) -> int:
    """Return every how many rows one is taken into the sample."""
    return max(1, math.ceil(rows / _SAMPLE))
