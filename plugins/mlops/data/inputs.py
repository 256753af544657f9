"""What a run works on: the manifest of its snapshots, and the frozen training and test set on local disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.lineage import Manifest
from mlops.hooks.stored_records import require_record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mlops.hooks.object_store import ObjectStoreHook


def read_manifest(store: ObjectStoreHook, extracted: Mapping[str, Any]) -> Manifest:
    """Return the manifest of a run.

    :param store: the object store.
    :param extracted: what ``extract`` returned.
    """
    return require_record(store, extracted["manifest"], Manifest.from_dict)


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


def _part(store: ObjectStoreHook, key: str, digest: str, scratch: Path) -> Path:
    from include.data.dataset_files import check_frozen

    local = store.local_path(store.resolve(key), scratch)
    check_frozen(local, digest)
    return local
