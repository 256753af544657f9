"""What a version is known by elsewhere: digests of what it was made from, for those that only hear of it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from mlops.tracking.tags import MANIFEST, TEST_DIGEST, TRAINING_KEY

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

_TAGS = {"training_key": TRAINING_KEY, "test_set": TEST_DIGEST}


def version_digests(version: ModelVersion | None) -> dict[str, str]:
    """Return the digests of a version's training, its snapshots and its test set, and its training run.

    :param version: the version; None, and a version that was not registered by a DAG, has none.
    """
    if version is None:
        return {}
    found = {name: str(version.tags[tag]) for name, tag in _TAGS.items() if version.tags.get(tag)}
    if version.tags.get(MANIFEST):
        found["manifest"] = PurePosixPath(version.tags[MANIFEST]).stem
    if version.run_id:
        found["training_run"] = str(version.run_id)
    return found
