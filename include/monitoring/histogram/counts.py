"""Counts of rows in the places of a profile: of one batch, or of as many as have been added up."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.data.arrow_numpy import to_arrow
from include.errors import DataError
from include.monitoring.histogram.binning import CategoricalColumn, Column, NumericColumn
from include.names import quoted, shown
from include.strict_json import to_exact_json, to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pyarrow as pa


@dataclass(frozen=True, eq=False, kw_only=True)
class Counts:
    """What was counted in the places of a profile.

    :param places: digest of the places, see :func:`digest_places`.
    :param rows: rows counted.
    :param columns: for each feature int64 of shape (places,).
    :param predictions: the same for the predictions; all zero where none were given.
    """

    places: str
    rows: int
    columns: Mapping[str, np.ndarray]
    predictions: np.ndarray

    def merge(self, other: Counts) -> Counts:
        """Add counts of the same profile. The order and the grouping of merges make no difference.

        :param other: counts in the same places.
        :raises DataError: when the places differ, so that the counts belong to another profile.
        """
        if self.places != other.places:
            wrong = sorted(
                name
                for name in self.columns.keys() | other.columns.keys()
                if _size(self, name) != _size(other, name)
            )
            raise DataError(
                "counts of two profiles can't be added: they differ in "
                f"{', '.join(map(shown, wrong)) or 'where their places lie'}; count every batch with the "
                "profile of the same model version"
            )
        return Counts(
            places=self.places,
            rows=self.rows + other.rows,
            columns={name: counts + other.columns[name] for name, counts in self.columns.items()},
            predictions=self.predictions + other.predictions,
        )

    def to_json(self) -> str:
        """Return the counts as JSON text, so that parts counted elsewhere can travel."""
        plain = {
            "places": self.places,
            "rows": self.rows,
            "columns": {name: counts.tolist() for name, counts in self.columns.items()},
            "predictions": self.predictions.tolist(),
        }
        return to_exact_json(plain, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Counts:
        """Build counts from what :meth:`to_json` returned.

        :param text: JSON text.
        :raises DataError: when it holds no counts.
        """
        import numpy as np

        try:
            plain: dict[str, Any] = json.loads(text)
            return cls(
                places=plain["places"],
                rows=plain["rows"],
                columns={name: np.array(counts, np.int64) for name, counts in plain["columns"].items()},
                predictions=np.array(plain["predictions"], np.int64),
            )
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise DataError(
                f"these are no counts of a batch ({type(error).__name__}: {error}): count the batch again"
            ) from error


def digest_places(columns: Mapping[str, Column], predictions: NumericColumn) -> str:
    """Return a digest of the places of a profile: counts with another one must not be mixed with them.

    :param columns: the places of each feature.
    :param predictions: the places of the predictions.
    """
    plain = [[[name, column.to_plain()] for name, column in columns.items()], predictions.to_plain()]
    return hashlib.sha256(to_json(plain, sort_keys=True).encode()).hexdigest()[:16]


def count_nothing(columns: Mapping[str, Column], predictions: NumericColumn, places: str) -> Counts:
    """Return counts of no rows.

    :param columns: the places of each feature.
    :param predictions: the places of the predictions.
    :param places: digest of the places.
    """
    import numpy as np

    return Counts(
        places=places,
        rows=0,
        columns={name: np.zeros(column.size, dtype=np.int64) for name, column in columns.items()},
        predictions=np.zeros(predictions.size, dtype=np.int64),
    )


def count_batch(
    batch: pa.RecordBatch | pa.Table,
    scores: np.ndarray | None,
    columns: Mapping[str, Column],
    predictions: NumericColumn,
    places: str,
) -> Counts:
    """Count a batch.

    :param batch: rows with at least the features, as a canonical snapshot has them: float64 and string.
    :param scores: predictions for these rows, shape (n,); None when there are none.
    :param columns: the places of each feature.
    :param predictions: the places of the predictions.
    :param places: digest of the places.
    :raises DataError: when a feature is missing or has another type, or scores and rows differ in number.
    """
    import numpy as np

    check_scores(scores, batch.num_rows)
    scored = predictions.count(to_arrow(np.asarray(scores, dtype=np.float64))) if scores is not None else None
    return Counts(
        places=places,
        rows=batch.num_rows,
        columns={name: column.count(_pick(batch, name, column)) for name, column in columns.items()},
        predictions=np.zeros(predictions.size, dtype=np.int64) if scored is None else scored,
    )


def _size(counts: Counts, name: str) -> int:
    """Return the number of places of a column, 0 where it is not counted."""
    return len(counts.columns.get(name, ()))


def check_scores(scores: np.ndarray | None, rows: int) -> None:
    """Check that there is one score for each row, or none at all.

    :param scores: predictions of any shape, or None.
    :param rows: rows of the batch.
    :raises DataError: when their numbers differ.
    """
    if scores is not None and scores.shape != (rows,):
        raise DataError(f"{scores.shape} scores were given for {rows} rows: expected one for each row")


def check_type(schema: pa.Schema, name: str, column: Column) -> None:
    """Check that a batch has a column, of the type that a canonical snapshot gives it.

    :param schema: the batch's schema.
    :param name: the column.
    :param column: its places.
    :raises DataError: when it is missing or of another type.
    """
    import pyarrow as pa

    if name not in schema.names:
        raise DataError(
            f"the batch has no column {quoted(name)}: found {', '.join(map(shown, schema.names))}; expected "
            "the features that the model was trained on"
        )
    found = schema.field(name).type
    expected = pa.string() if isinstance(column, CategoricalColumn) else pa.float64()
    if found != expected:
        raise DataError(
            f"column {quoted(name)} is of type {found}: expected {expected}, as in a canonical snapshot"
        )


def _pick(batch: pa.RecordBatch | pa.Table, name: str, column: Column) -> pa.Array:
    """Return one column of a batch after a look at its type."""
    import pyarrow as pa

    check_type(batch.schema, name, column)
    array = batch.column(name)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
