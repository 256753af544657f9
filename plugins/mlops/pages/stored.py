"""What stands in the asset state store of a model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from airflow.models.asset import AssetModel

from include.errors import DataError
from include.records import Record
from mlops.model_asset import SCHEME

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

T = TypeVar("T", bound=Record)


def is_of(model: str | None) -> ColumnElement[bool]:
    """Return the condition that an asset stands for a model.

    :param model: this one; None for any.
    """
    if model is not None:
        return AssetModel.uri == f"{SCHEME}{model}"
    nodes = AssetModel.uri.like(f"{SCHEME}%/%")  # of a model's graph, such as its predictions
    return AssetModel.uri.startswith(SCHEME) & ~nodes


def read_value(value: Any, kind: type[T]) -> tuple[T | None, str]:
    """Return a record, or why it is none.

    :param value: what stands there.
    :param kind: of record.
    """
    try:
        return kind.from_dict(json.loads(value) if isinstance(value, str) else value), ""
    except (DataError, ValueError, RecursionError) as error:
        return None, " ".join(str(error).split())
