"""A path in an object store as text: for its file system, and for other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow.sdk import ObjectStoragePath


def strip_scheme(path: ObjectStoragePath) -> str:
    """Return a path as its file system lists it: ``/a/b`` for a folder, ``bucket/a/b`` for a bucket."""
    return str(path.path) if path.protocol == "file" else f"{path.bucket}/{path.key}"


def plain_uri(path: ObjectStoragePath) -> str:
    """Return a path as other programs write it, without the Airflow connection in it."""
    return f"{path.protocol}://{strip_scheme(path)}"
