"""The frozen training and test set on local disk, checked against the digest they were frozen under."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mlops.hooks.object_store import ObjectStoreHook


def training_set(store: ObjectStoreHook, dataset: Mapping[str, Any], scratch: Path) -> Path:
    """Return the training set as a local file.

    :param store: the object store.
    :param dataset: what ``prepare`` returned.
    :param scratch: folder for a copy.
    :raises DataError: it is not what was frozen.
    """
    from include.data.dataset_record import TRAIN_FILE

    return _part(store, f"{dataset['place']}/{TRAIN_FILE}", dataset["train_digest"], scratch)


def frozen_test_set(store: ObjectStoreHook, dataset: Mapping[str, Any], scratch: Path) -> Path:
    """Return the test set as a local file. Parameters and errors as for :func:`training_set`."""
    from include.data.dataset_record import TEST_FILE

    return _part(store, f"{dataset['place']}/{TEST_FILE}", dataset["test_digest"], scratch)


def _part(store: ObjectStoreHook, place: str, digest: str, scratch: Path) -> Path:
    from include.data.dataset_files import check_frozen

    local = store.local_path(store.resolve(place), scratch)
    check_frozen(local, digest)
    return local
