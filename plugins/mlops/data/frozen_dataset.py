"""Freeze a dataset: build it from the snapshots of a run, and keep it in the object store."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from include.data.dataset import build_dataset
from include.data.dataset_record import RECORD_FILE, TEST_FILE, TRAIN_FILE, Dataset

if TYPE_CHECKING:
    from include.config.schema import ModelConfig
    from include.data.splits import Holdout
    from include.lineage import Manifest
    from include.verdicts import Verdict
    from mlops.hooks.data_registry import DataRegistryHook


def freeze_dataset(
    registry: DataRegistryHook,
    config: ModelConfig,
    manifest: Manifest,
    holdout: Holdout | None,
    key: str,
) -> Dataset | Verdict:
    """Build a dataset and keep its files; return its record, or why there is nothing to freeze yet.

    :param registry: the data registry, which also knows the object store.
    :param config: the model's configuration.
    :param manifest: the snapshots of the run.
    :param holdout: whom the champion's training left out; None without a champion, or if nobody knows.
    :param key: the dataset's folder in the object store.
    :raises DataError: labels conflict, rows repeat, or time can't cure what is missing.
    """
    store = registry.store
    with tempfile.TemporaryDirectory(prefix="prepare-") as folder:
        scratch = Path(folder)
        features, labels = (
            {ref.partition: registry.local_path(ref, scratch) for ref in manifest.of(table)}
            for table in ("features", "labels")
        )
        dataset = build_dataset(
            features, labels, config, manifest.as_of, scratch / "dataset", champion_holdout=holdout
        )
        if isinstance(dataset, Dataset):
            for name in (TRAIN_FILE, TEST_FILE, RECORD_FILE):  # the record last: it says that all is there
                store.upload(scratch / "dataset" / name, store.resolve(f"{key}/{name}"))
    return dataset
