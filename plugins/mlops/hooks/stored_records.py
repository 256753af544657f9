"""Read the records of the object store; an error names the object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from include.errors import DataError
from mlops.hooks.object_path import plain_uri

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.sdk import ObjectStoragePath

    from mlops.hooks.object_store import ObjectStoreHook

T = TypeVar("T")


def read_record(store: ObjectStoreHook, key: str, build: Callable[[Any], T]) -> T | None:
    """Return a record, or None where there is none.

    :param store: the object store.
    :param key: its object key.
    :param build: makes the record from plain values, such as ``Evaluation.from_dict``.
    :raises DataError: it is damaged, or of a newer format than this code knows.
    """
    path = store.resolve(key)
    found = store.read_json(path)
    return None if found is None else _build(path, found, build)


def require_record(store: ObjectStoreHook, key: str, build: Callable[[Any], T]) -> T:
    """Return a record that an earlier task wrote; as :func:`read_record`.

    :raises DataError: it is not there, damaged, or of a newer format than this code knows.
    """
    path = store.resolve(key)
    return _build(path, store.require_json(path), build)


def _build(path: ObjectStoragePath, found: Any, build: Callable[[Any], T]) -> T:
    try:
        return build(found)
    except DataError as error:
        raise DataError(f"{plain_uri(path)}: {error}") from error
