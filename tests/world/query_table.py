"""A table source over a query, without a model around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops.hooks.sources.base import TableSettings
from mlops.hooks.sources.query import QuerySource
from tests.world.model_config import make_config

if TYPE_CHECKING:
    from mlops.hooks.object_store import ObjectStoreHook

READS = "SELECT * FROM accounts WHERE as_of >= :from AND as_of < :to"


def query_table(
    query: str = READS,
    *,
    store: ObjectStoreHook | None = None,
    connection: str = "warehouse",
    column: str = "as_of",
    every: str = "month",
    model: dict[str, Any] | None = None,
    labels: bool = True,
    **table: Any,
) -> QuerySource:
    """Return the features of a small model: an entity, a date, a number and a category.

    :param query: the query.
    :param store: where notes are kept.
    :param connection: id of the Airflow connection.
    :param column: by which partitions are cut.
    :param every: how long they are.
    :param model: further keys of ``model.yaml`` that differ.
    :param labels: whether the model has a labels table.
    :param table: further keys of the table.
    """
    section = {
        "uri": None, "format": None, "sql": "queries/features.sql", "connection": connection,
        "partition_by": {"column": column, "every": every}, **table,
    }  # fmt: skip
    config = make_config(**{
        "source": {"features": section, **({} if labels else {"labels": None})},
        "features": {"numeric": ["amount"], "categorical": ["region"]},
        "sensitive": {"region": {}},
        **(model or {}),
    })
    config.attach_queries({"features": query})
    return QuerySource(TableSettings(config=config, name="features", store=store))
