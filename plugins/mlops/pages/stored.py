"""What stands in the asset state store of a model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from airflow.models.asset import AssetModel
from airflow.models.asset_state_store import AssetStateStoreModel
from sqlalchemy import select

from include.errors import DataError
from include.records import Record
from mlops.model_asset import SCHEME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

T = TypeVar("T", bound=Record)


def is_of(model: str | None) -> ColumnElement[bool]:
    """Return the condition that an asset stands for a model.

    :param model: this one; None for any.
    """
    if model is not None:
        return AssetModel.uri == f"{SCHEME}{model}"
    nodes = AssetModel.uri.like(f"{SCHEME}%/%")  # of a model's graph, such as its predictions
    return AssetModel.uri.startswith(SCHEME) & ~nodes


def values_under(
    session: Session, kinds: Mapping[str, str], model: str | None
) -> Iterator[tuple[str, str, Any, datetime]]:
    """Yield model, kind, value and time of what stands under some keys.

    :param session: of the metadata database.
    :param kinds: key to what it is called here.
    :param model: only of this one; None for any.
    """
    query = (
        select(
            AssetModel.uri, AssetStateStoreModel.key, AssetStateStoreModel.value,
            AssetStateStoreModel.updated_at,
        )
        .join(AssetStateStoreModel, AssetStateStoreModel.asset_id == AssetModel.id)
        .where(is_of(model))
        .where(AssetStateStoreModel.key.in_(kinds))
    )  # fmt: skip
    for uri, key, value, written in session.execute(query):
        yield uri.removeprefix(SCHEME), kinds[key], value, written


def read_value(value: Any, kind: type[T]) -> tuple[T | None, str]:
    """Return a record, or why it is none.

    :param value: what stands there.
    :param kind: of record.
    """
    try:
        return kind.from_dict(json.loads(value) if isinstance(value, str) else value), ""
    except (DataError, ValueError, RecursionError) as error:
        return None, " ".join(str(error).split())
