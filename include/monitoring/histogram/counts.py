"""Counts of rows in the bins of a profile: of one batch, or of as many as have been added up."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from include.errors import DataError
from include.names import quoted, shown
from include.strict_json import to_exact_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.monitoring.histogram.binning import Bins
    from include.monitoring.histogram.numeric_bins import NumericBins


@dataclass(frozen=True, eq=False, kw_only=True)
class Counts:
    """What was counted in the bins of a profile.

    :param bins_digest: digest of the bins, see :func:`digest_bins`.
    :param rows: rows counted.
    :param columns: for each feature int64 of shape (bins,).
    :param predictions: the same for what is predicted; all zero where no predictions were given.
    :param probabilities: the same for the probability of some classes, where there are more than two.
    """

    bins_digest: str
    rows: int
    columns: Mapping[str, np.ndarray]
    predictions: np.ndarray
    probabilities: Mapping[str, np.ndarray] = field(default_factory=dict)

    def merge(self, other: Counts) -> Counts:
        """Add counts of the same profile. The order and the grouping of merges make no difference.

        :param other: counts in the same bins.
        :raises DataError: when the bins differ, so that the counts belong to another profile.
        """
        if self.bins_digest != other.bins_digest:
            wrong = sorted(
                name
                for name in self.columns.keys() | other.columns.keys()
                if _size(self, name) != _size(other, name)
            )
            raise DataError(
                "counts of two profiles can't be added: they differ in "
                f"{', '.join(map(shown, wrong)) or 'where their bins lie'}; count every batch with the "
                "profile of the same model version"
            )
        return Counts(
            bins_digest=self.bins_digest,
            rows=self.rows + other.rows,
            columns={name: counts + other.columns[name] for name, counts in self.columns.items()},
            predictions=self.predictions + other.predictions,
            probabilities={
                name: counts + other.probabilities[name] for name, counts in self.probabilities.items()
            },
        )

    def to_json(self) -> str:
        """Return the counts as JSON text, so that parts counted elsewhere can travel."""
        plain = {
            "bins_digest": self.bins_digest,
            "rows": self.rows,
            "columns": {name: counts.tolist() for name, counts in self.columns.items()},
            "predictions": self.predictions.tolist(),
            "probabilities": {name: counts.tolist() for name, counts in self.probabilities.items()},
        }
        return to_exact_json(plain, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Counts:
        """Build counts from what :meth:`to_json` returned.

        :param text: JSON text.
        :raises DataError: when it does not hold counts.
        """
        try:
            plain: dict[str, Any] = json.loads(text)
            return cls(
                bins_digest=plain["bins_digest"],
                rows=plain["rows"],
                columns={name: np.array(counts, np.int64) for name, counts in plain["columns"].items()},
                predictions=np.array(plain["predictions"], np.int64),
                probabilities={
                    name: np.array(counts, np.int64)
                    for name, counts in plain.get("probabilities", {}).items()
                },
            )
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise DataError(
                f"these are not counts of a batch ({type(error).__name__}: {error}): count the batch again"
            ) from error


def digest_bins(
    columns: Mapping[str, Bins],
    predictions: Bins,
    probabilities: Mapping[str, NumericBins] | None = None,
    weight: str = "",
) -> str:
    """Return a digest of the bins of a profile: counts with another one must not be mixed with them.

    :param columns: the bins of each feature.
    :param predictions: the bins of what is predicted.
    :param probabilities: the bins of the probability of some classes; nothing without any.
    :param weight: the column by which rows count; empty where all count the same.
    """
    plain: list[Any] = [[[name, bins.to_plain()] for name, bins in columns.items()], predictions.to_plain()]
    if probabilities:
        plain.append([[name, bins.to_plain()] for name, bins in probabilities.items()])
    if weight:
        plain.append({"weight": weight})
    return hashlib.sha256(to_exact_json(plain, sort_keys=True).encode()).hexdigest()[:16]


def count_nothing(
    columns: Mapping[str, Bins],
    predictions: Bins,
    bins_digest: str,
    probabilities: Mapping[str, NumericBins] | None = None,
) -> Counts:
    """Return counts of no rows.

    :param columns: the bins of each feature.
    :param predictions: the bins of what is predicted.
    :param bins_digest: digest of the bins.
    :param probabilities: the bins of the probability of some classes.
    """
    return Counts(
        bins_digest=bins_digest,
        rows=0,
        columns={name: np.zeros(bins.size, dtype=np.int64) for name, bins in columns.items()},
        predictions=np.zeros(predictions.size, dtype=np.int64),
        probabilities={
            name: np.zeros(bins.size, dtype=np.int64) for name, bins in (probabilities or {}).items()
        },
    )


def count_columns(batch: pa.RecordBatch | pa.Table, columns: Mapping[str, Bins]) -> dict[str, np.ndarray]:
    """Count the features of a batch: int64 of shape (bins,) for each.

    :param batch: rows with at least the features, as a canonical snapshot has them: float64 and string.
    :param columns: the bins of each feature.
    :raises DataError: when a feature is missing or has another type.
    """
    return {name: bins.count(_pick(batch, name, bins)) for name, bins in columns.items()}


def _size(counts: Counts, name: str) -> int:
    """Return the number of bins of a column, 0 where it is not counted."""
    return len(counts.columns.get(name, ()))


def check_scores(scores: np.ndarray | None, rows: int, classes: int = 0) -> None:
    """Check that there is one score for each row, or one for each row and class, or none at all.

    :param scores: predictions of any shape, or None.
    :param rows: rows of the batch.
    :param classes: number of classes, where a row has a score for each of more than two; 0 otherwise.
    :raises DataError: when their numbers differ.
    """
    expected = (rows, classes) if classes else (rows,)
    if scores is not None and scores.shape != expected:
        each = "one for each row and class" if classes else "one for each row"
        raise DataError(f"{scores.shape} scores were given for {rows} rows: expected {each}")


def check_type(schema: pa.Schema, name: str, bins: Bins) -> None:
    """Check that a batch has a column, of the type that a canonical snapshot gives it.

    :param schema: the batch's schema.
    :param name: the column.
    :param bins: its bins.
    :raises DataError: when it is missing or of another type.
    """
    if name not in schema.names:
        raise DataError(
            f"the batch has no column {quoted(name)}: found {', '.join(map(shown, schema.names))}; expected "
            "the features that the model was trained on"
        )
    found = schema.field(name).type
    if found != bins.arrow_type:
        raise DataError(
            f"column {quoted(name)} is of type {found}: expected {bins.arrow_type}, as in a canonical "
            "snapshot"
        )


def _pick(batch: pa.RecordBatch | pa.Table, name: str, bins: Bins) -> pa.Array:
    """Return one column of a batch after a look at its type."""
    check_type(batch.schema, name, bins)
    array = batch.column(name)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
