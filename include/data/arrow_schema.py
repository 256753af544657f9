"""Arrow schemas of canonical snapshots; apart from the columns, which DAG parsing loads without Arrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from include.config.tasks import TASKS
from include.data.schema import ARROW_TYPES, Column

if TYPE_CHECKING:
    from include.config.schema import ModelConfig
    from include.data.schema import Kind


def arrow_schema(columns: tuple[Column, ...]) -> pa.Schema:
    """Return the Arrow schema of a canonical snapshot with these columns, every field nullable.

    :param columns: what :func:`include.data.schema.table_columns` returned.
    """
    return pa.schema([pa.field(name, pa.type_for_alias(ARROW_TYPES[kind])) for name, kind in columns])


def columns_schema(config: ModelConfig, columns: tuple[str, ...]) -> pa.Schema:
    """Return the Arrow schema that some columns have in a canonical snapshot.

    :param config: the model's configuration.
    :param columns: names of configured columns: entity, time, target or features.
    """
    kinds: dict[str, Kind] = {
        config.entity.column: config.entity.type,
        config.time.column: "date",
        config.target.column: TASKS[config.task].stored,
        **dict.fromkeys(config.features.numeric, "number"),
        **dict.fromkeys(config.features.categorical, "category"),
    }
    return arrow_schema(tuple(Column(name, kinds[name]) for name in columns))
