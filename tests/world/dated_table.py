"""A table source over files that hold all partitions, without a model around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops.hooks.sources.base import TableSettings
from mlops.hooks.sources.dated_files import DatedFiles
from tests.world.model_config import make_config

if TYPE_CHECKING:
    from mlops.hooks.object_store import ObjectStoreHook


def dated_table(
    uri: str = "accounts.csv",
    *,
    store: ObjectStoreHook | None = None,
    column: str = "as_of",
    every: str = "month",
    model: dict[str, Any] | None = None,
    **table: Any,
) -> DatedFiles:
    """Return the features of a small model: an entity, a date, a number and a category.

    :param uri: of the file, or the folder.
    :param store: where notes are kept.
    :param column: by which partitions are cut.
    :param every: how long they are.
    :param model: further keys of ``model.yaml`` that differ.
    :param table: further keys of the table.
    """
    section = {
        "uri": uri, "format": "csv", "partition_by": {"column": column, "every": every}, **table,
    }  # fmt: skip
    config = make_config(**{
        "source": {"features": section},
        "features": {"numeric": ["amount"], "categorical": ["region"]},
        "sensitive": {"region": {}},
        **(model or {}),
    })
    return DatedFiles(TableSettings(config=config, name="features", store=store))
