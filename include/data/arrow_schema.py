"""Arrow schemas of canonical snapshots; apart from the columns, which DAG parsing loads without Arrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from include.config.tasks import TASKS
from include.data.schema import ARROW_TYPES, Column
from include.names import internal

if TYPE_CHECKING:
    from include.config.schema import ModelConfig
    from include.data.schema import Kind


def arrow_schema(columns: tuple[Column, ...]) -> pa.Schema:
    """Return the Arrow schema of a canonical snapshot with these columns, every field nullable.

    :param columns: what :func:`include.data.schema.table_columns` returned.
    """
    return pa.schema([pa.field(column.name, _arrow_type(column.kind)) for column in columns])


def columns_schema(config: ModelConfig, columns: tuple[str, ...]) -> pa.Schema:
    """Return the Arrow schema that some columns have in a canonical snapshot.

    :param config: the model's configuration.
    :param columns: names of configured columns: entity, row key, time, target, event, since when a label is
        known, weight or features; or the one that a dataset has with each row's partition.
    """
    dates = (config.target.event, config.source.labels and config.source.labels.known_on)
    kinds: dict[str, Kind] = {
        **{name: "date" for name in dates if name},
        config.entity.column: config.entity.type,
        **({config.row.key: config.row.type} if config.row else {}),
        config.time.column: config.time.type,
        internal("partition"): "date",
        config.target.column: TASKS[config.task].stored,
        **dict.fromkeys((*config.watched_numbers, *config.weight_columns), "number"),
        **dict.fromkeys(config.features.categorical, "category"),
    }
    return arrow_schema(tuple(Column(name, kinds[name]) for name in columns))


def _arrow_type(kind: Kind) -> pa.DataType:
    """Return the type of a column; the aliases of Arrow know no timestamps with a zone."""
    unit, _, zone = ARROW_TYPES[kind].partition(", ")
    return pa.timestamp("us", zone) if zone else pa.type_for_alias(unit)
