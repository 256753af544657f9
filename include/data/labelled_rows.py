"""Which rows of a feature partition have a label, and which are held out. Rows of weight 0 are none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from include.data.arrow_numpy import to_mask, to_numpy
from include.data.dataset_record import Coverage
from include.data.days import days_of, first_day, to_text
from include.data.read_snapshot import read_columns
from include.data.splits import Holdout
from include.data.weights import read_weights
from include.errors import DataError
from include.names import shown

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from include.config.schema import ModelConfig
    from include.data.labels import Labels

_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class LabelledRows:
    """The rows of one partition that have a label, in the order of their row key.

    :param partition: the last day of their delivery.
    :param rows: places of the rows in the snapshot, int64 of shape (n,).
    :param targets: the label of each row as a number, of shape (n,), see :mod:`include.data.targets`.
    :param held_out: whether the entity belongs to the holdout, booleans of shape (n,).
    :param entities: ids of shape (n,).
    :param keys: row keys of shape (n,): the ids again, unless rows are events.
    :param weights: how much each row counts, above 0, float64 of shape (n,); None where all count the same.
    """

    partition: str
    rows: np.ndarray
    targets: np.ndarray
    held_out: np.ndarray
    entities: pa.Array
    keys: pa.Array
    weights: np.ndarray | None = None

    @cached_property
    def groups(self) -> np.ndarray | None:
        """Number of each row's entity, integers of shape (n,); None where no entity has two rows."""
        encoded = self.entities.dictionary_encode()
        return None if len(encoded.dictionary) == len(encoded) else to_numpy(encoded.indices)

    def pick(self, chosen: np.ndarray) -> LabelledRows:
        """Return some of the rows.

        :param chosen: booleans of shape (n,).
        """
        return LabelledRows(
            partition=self.partition,
            rows=self.rows[chosen],
            targets=self.targets[chosen],
            held_out=self.held_out[chosen],
            entities=self.entities.filter(to_mask(chosen)),
            keys=self.keys.filter(to_mask(chosen)),
            weights=None if self.weights is None else self.weights[chosen],
        )


def label_rows(
    partition: str,
    path: Path,
    labels: Labels | None,
    config: ModelConfig,
    *,
    holdout: Holdout | None = None,
    holds: str = "features",
) -> tuple[LabelledRows | None, Coverage]:
    """Find the label of each row of one partition.

    :param partition: the last day of the delivery.
    :param path: canonical snapshot of its features, or any other file with its row keys, entities and times.
    :param labels: what is known about it, or None.
    :param config: the model's configuration.
    :param holdout: whom the model in question was not trained on; what the configuration asks for by default.
    :param holds: what the file holds, for messages.
    :return: the rows with a label, or None when there are none, and how far the partition is covered.
    :raises DataError: when a key is missing or repeated, a row belongs to another partition, or has no
        weight.
    """
    entities, keys, weights = _read_keys(partition, path, config, holds)
    if labels is None:
        return None, Coverage(partition=partition, rows=len(keys), labelled=0, labels_without_features=0)
    order = pc.sort_indices(keys)
    ordered = keys.take(order)
    place = pc.index_in(ordered, value_set=labels.keys)
    labelled = place.is_valid()
    places = order.filter(labelled)
    whose = entities.take(places)
    rows = LabelledRows(
        partition=partition,
        rows=to_numpy(places).astype("int64"),
        targets=labels.targets[to_numpy(place.drop_null())],
        held_out=(holdout or Holdout.of(config)).select(whose),
        entities=whose,
        keys=ordered.filter(labelled),
    )
    seen = Coverage(
        partition=partition,
        rows=len(keys),
        labelled=len(rows.rows),
        labels_without_features=len(labels.targets) - len(rows.rows),
    )
    if weights is not None:
        rows = replace(rows, weights=weights[rows.rows]).pick(weights[rows.rows] > 0)
    return (rows if len(rows.rows) else None), seen


def _read_keys(
    partition: str, path: Path, config: ModelConfig, holds: str
) -> tuple[pa.Array, pa.Array, np.ndarray | None]:
    """Return ids, row keys and weights of one partition: each key once, each row of the partition's days."""
    entity, key, time = config.entity.column, config.row_key, config.time.column
    table = read_columns(path, config, (*config.row_columns, *config.weight_columns))
    for name in config.row_columns:
        if table[name].null_count:
            raise DataError(
                f"{holds} of {partition}: {table[name].null_count} of {len(table)} rows have no {shown(name)}"
                "; validate this partition and ask for it again"
            )
    first = first_day(partition, config)
    days = map(to_text, np.unique(days_of(table[time], config)).tolist())
    others = [day for day in days if not first <= day <= partition]
    if others:
        expected = f"= {partition}" if first == partition else f"from {first} to {partition}"
        raise DataError(
            f"{holds} of {partition} hold rows of {', '.join(sorted(others)[:_SHOWN])}: expected "
            f"{shown(time)} {expected} in every row, or rows of a later time could reach training; check "
            "the partition's source"
        )
    keys = table[key].combine_chunks()
    distinct = pc.value_counts(keys)
    if len(distinct) < len(keys):
        repeated = [pair["values"] for pair in distinct.to_pylist() if pair["counts"] > 1]
        raise DataError(
            f"{holds} of {partition}: {len(repeated)} values of {shown(key)} occur more than once (such "
            f"as {_listed(repeated)}): expected one row each; ask for a corrected delivery"
        )
    return table[entity].combine_chunks(), keys, read_weights(table, config, f"{holds} of {partition}")


def _listed(keys: list[int | str]) -> str:
    """Return some ids as people read them."""
    return ", ".join(shown(str(one)) for one in keys[:_SHOWN])
