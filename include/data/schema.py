"""The columns of a table and the types that a canonical snapshot stores them in.

A snapshot holds the configured columns only, in the order entity, row key, time, numeric features,
categorical features, weight, ages of joined values, target (or the event that it follows from) and since when
it is known, each in one type, whatever the source looked like. So the same rows give the same bytes, and
readers never guess.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Literal, NamedTuple

from include.config.tasks import TASKS
from include.strict_json import to_json

if TYPE_CHECKING:
    from include.config.schema import ModelConfig

Kind = Literal[
    "integer",
    "string",
    "date",
    "timestamp",
    "number",
    "category",
    "target",
    "late_target",
    "event",
    "whole",
    "flag",
]

# Small enough that a scan of one column stays in the cache, large enough that page headers cost nothing.
ROWS_PER_GROUP = 131_072
COMPRESSION = "snappy"

ARROW_TYPES: dict[Kind, str] = {
    "integer": "int64",
    "string": "string",
    "date": "date32",
    "timestamp": "us, UTC",
    "number": "double",
    "category": "string",
    "target": "int8",
    "late_target": "int8",
    "event": "date32",
    "whole": "int64",
    "flag": "int8",
}

# A row says nothing without these: a missing value is a fault of the source. Elsewhere the data
# contract decides.
NEVER_MISSING: frozenset[Kind] = frozenset({"integer", "string", "date", "timestamp", "target"})

# Part of the digest: raised when snapshots are laid out or sources read in another way, so that those of
# before are converted again. 2: CSV is proven (rows were lost to bare quotes), booleans have one spelling.
_LAYOUT = 2


class Column(NamedTuple):
    """One column of a table.

    :param name: as in ``model.yaml`` and in the source.
    :param kind: what it holds: ``integer`` or ``string`` (the entity, the row key), ``date`` or
        ``timestamp`` (the time; a date also since when a label is known), ``number`` or ``category``
        (features, a weight, and the targets of other tasks than ``binary``), ``target``, ``late_target``
        where it stands among the features and is missing until it is known, or ``event``, the date of one,
        missing where there was none.
    :param zone: IANA name of the zone whose clocks a timestamp without one is read from.
    """

    name: str
    kind: Kind
    zone: str = "UTC"


def table_columns(config: ModelConfig, table: str) -> tuple[Column, ...]:
    """Return the columns of a table in their canonical order.

    :param config: the model's configuration. Without a labels table the target belongs to the features table.
    :param table: ``features`` or ``labels``.
    :raises ValueError: another table, or labels of a model that has no labels table.
    """
    entity = (Column(config.entity.column, config.entity.type),)
    row = (Column(config.row.key, config.row.type),) if config.row else ()
    time = (Column(config.time.column, config.time.type, config.time.timezone),)
    labels = config.source.labels
    if table == "labels" and labels is not None:
        known_on = (Column(labels.known_on, "date"),) if labels.known_on else ()
        return (*(row or entity), *time, _target(config, TASKS[config.task].stored), *known_on)
    if table != "features":
        raise ValueError(
            f"{config.name} has no table {table!r}; its tables: features, labels where configured"
        )
    features = (
        *(Column(name, "number") for name in config.features.numeric),
        *(Column(name, "category") for name in config.features.categorical),
        *(Column(name, "number") for name in config.weight_columns),
        *(Column(name, "number") for name in config.age_columns),
    )
    late = () if labels is not None else (_target(config, TASKS[config.task].stored_late),)
    return (*entity, *row, *time, *features, *late)


def _target(config: ModelConfig, kind: Kind) -> Column:
    """Return the column that labels follow from: of the kind that the task stores, or an event."""
    event = config.target.event
    return Column(event, "event") if event else Column(config.target.column, kind)


def labels_table(config: ModelConfig) -> Literal["features", "labels"]:
    """Return the table that holds a model's labels.

    :param config: the model's configuration.
    """
    return "features" if config.source.labels is None else "labels"


def named_by_knowledge(config: ModelConfig) -> bool:
    """Tell whether deliveries of labels are named by the day on which they were known.

    They are not where one table holds all labels and is cut by the time of the rows: a partition is then
    found changed when more is known about its rows.

    :param config: the model's configuration.
    """
    labels = config.source.labels
    cut = labels.partition_by if labels is not None else None
    return labels is not None and (cut is None or cut.column != config.time.column)


def schema_digest(columns: tuple[Column, ...]) -> str:
    """Return the sha256 of names, order and types: snapshots with another one have to be converted again.

    :param columns: what :func:`table_columns` returned.
    """
    types = [
        [column.name, ARROW_TYPES[column.kind], *([column.zone] if column.kind == "timestamp" else [])]
        for column in columns
    ]
    layout = [_LAYOUT, ROWS_PER_GROUP, COMPRESSION, types]
    return hashlib.sha256(to_json(layout, separators=(",", ":")).encode()).hexdigest()
