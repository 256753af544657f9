"""What a run works on: the manifest of its snapshots, and the frozen training and test set on local disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.data.dataset_files import check_frozen
from include.data.dataset_record import TEST_FILE, TRAIN_FILE
from include.lineage import Manifest
from mlops.hooks.stored_records import require_record

if TYPE_CHECKING:
    from pathlib import Path

    from mlops.hooks.object_store import ObjectStoreHook


def read_manifest(store: ObjectStoreHook, key: str) -> Manifest:
    """Return the manifest of a run.

    :param store: the object store.
    :param key: the manifest's object key, from ``extract``.
    """
    return require_record(store, key, Manifest.from_dict)


def training_set(store: ObjectStoreHook, dataset_key: str, digest: str, scratch: Path) -> Path:
    """Return the training set as a local file.

    :param store: the object store.
    :param dataset_key: the dataset's folder in the object store, from ``prepare``.
    :param digest: the digest under which the file was frozen.
    :param scratch: folder for a copy.
    :raises DataError: it is not what was frozen.
    """
    return _frozen_file(store, f"{dataset_key}/{TRAIN_FILE}", digest, scratch)


def frozen_test_set(store: ObjectStoreHook, dataset_key: str, digest: str, scratch: Path) -> Path:
    """Return the test set as a local file. Parameters and errors as for :func:`training_set`."""
    return _frozen_file(store, f"{dataset_key}/{TEST_FILE}", digest, scratch)


def _frozen_file(store: ObjectStoreHook, key: str, digest: str, scratch: Path) -> Path:
    local = store.local_path(store.resolve(key), scratch)
    check_frozen(local, digest)
    return local
