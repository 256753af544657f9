"""Which rows of a feature partition have a label, and which of them are held out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from include.data.arrow_numpy import to_mask, to_numpy
from include.data.dataset_record import Coverage
from include.data.read_snapshot import read_columns
from include.data.splits import Holdout
from include.errors import DataError
from include.names import shown

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import pyarrow as pa

    from include.config.schema import ModelConfig
    from include.data.labels import Labels

_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class LabelledRows:
    """The rows of one partition that have a label, in the order of their entity.

    :param partition: the observation date.
    :param rows: places of the rows in the snapshot, int64 of shape (n,).
    :param targets: the label of each row as a number, of shape (n,), see :mod:`include.data.targets`.
    :param held_out: whether the entity belongs to the holdout, booleans of shape (n,).
    :param entities: ids of shape (n,).
    """

    partition: str
    rows: np.ndarray
    targets: np.ndarray
    held_out: np.ndarray
    entities: pa.Array

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

    :param partition: the observation date.
    :param path: canonical snapshot of its features, or any other file with its entities and dates.
    :param labels: what is known about it, or None.
    :param config: the model's configuration.
    :param holdout: whom the model in question was not trained on; what the configuration asks for by default.
    :param holds: what the file holds, for messages.
    :return: the rows with a label, or None when there are none, and how far the partition is covered.
    :raises DataError: when an id is missing or repeated, or a row belongs to another date.
    """
    entities = _read_entities(partition, path, config, holds)
    if labels is None:
        return None, Coverage(partition=partition, rows=len(entities), labelled=0, labels_without_features=0)
    order = pc.sort_indices(entities)
    ordered = entities.take(order)
    place = pc.index_in(ordered, value_set=labels.entities)
    labelled = place.is_valid()
    rows = LabelledRows(
        partition=partition,
        rows=to_numpy(order.filter(labelled)).astype("int64"),
        targets=labels.targets[to_numpy(place.drop_null())],
        held_out=(holdout or Holdout.of(config)).select(ordered.filter(labelled)),
        entities=ordered.filter(labelled),
    )
    seen = Coverage(
        partition=partition,
        rows=len(entities),
        labelled=len(rows.rows),
        labels_without_features=len(labels.targets) - len(rows.rows),
    )
    return (rows if len(rows.rows) else None), seen


def _read_entities(partition: str, path: Path, config: ModelConfig, holds: str) -> pa.Array:
    """Return the ids of one partition, each present, once, and observed on the partition's date."""
    entity, time = config.entity.column, config.time.column
    table = read_columns(path, config, (entity, time))
    for name in table.column_names:
        if table[name].null_count:
            raise DataError(
                f"{holds} of {partition}: {table[name].null_count} of {len(table)} rows have no {shown(name)}"
                "; validate this partition and ask for it again"
            )
    others = [str(moment) for moment in pc.unique(table[time]).to_pylist() if moment.isoformat() != partition]
    if others:
        raise DataError(
            f"{holds} of {partition} hold rows of {', '.join(sorted(others)[:_SHOWN])}: expected "
            f"{shown(time)} = {partition} in every row, or rows of a later time could reach training; check "
            "the partition's source"
        )
    entities = table[entity].combine_chunks()
    distinct = pc.value_counts(entities)
    if len(distinct) < len(entities):
        repeated = [pair["values"] for pair in distinct.to_pylist() if pair["counts"] > 1]
        raise DataError(
            f"{holds} of {partition}: {len(repeated)} values of {shown(entity)} occur more than once (such "
            f"as {_listed(repeated)}): expected one row each; ask for a corrected delivery"
        )
    return entities


def _listed(entities: list[int | str]) -> str:
    """Return some ids as people read them."""
    return ", ".join(shown(str(one)) for one in entities[:_SHOWN])
