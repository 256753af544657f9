"""What the drift check found in a delivery, kept: one that has not changed is not counted again.

A result follows from the delivery, the champion with its profile, its predictions, the settings and the code.
It is kept under a digest of all of these, once everything else is written, and believed as long as the report
lies in the object store and the window's MLflow run says that it is whole.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import include
from include.strict_json import to_json
from mlops import object_keys
from mlops.monitoring.computed import StoreMemory
from mlops.monitoring.drift_log import REPORT
from mlops.monitoring.window_run import find_window_run
from mlops.tracking.tags import section_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow.entities import Run
    from mlflow.entities.model_registry import ModelVersion

    from include.config.schema import ModelConfig
    from include.lineage import SnapshotRef
    from mlops.hooks.mlflow import MlflowHook
    from mlops.hooks.object_store import ObjectStoreHook

_FORMAT = 1
_SECTIONS = ("drift", "groups")
_CODE = ("config", "data", "evaluation", "monitoring", "scoring")  # folders of the core


class KnownDrift(NamedTuple):
    """A result of an earlier run.

    :param result: what the task returned.
    :param verdict: what it logged.
    """

    result: dict[str, Any]
    verdict: str


class DriftMemory:
    """Keeps the result of the drift check for one delivery and one champion.

    :param hook: the MLflow hook.
    :param store: the object store.
    :param config: the model's configuration.
    :param champion: the champion.
    :param ref: the delivery's snapshot.
    """

    def __init__(
        self,
        hook: MlflowHook,
        store: ObjectStoreHook,
        config: ModelConfig,
        champion: ModelVersion,
        ref: SnapshotRef,
    ) -> None:
        version = str(champion.version)
        self._hook, self._store, self._ref = hook, store, ref
        self._model, self._version = config.name, version
        self._memory = StoreMemory(store, config.name)
        self._report = f"{object_keys.monitoring(config.name, ref.partition, version, ref.md5)}/{REPORT}"
        predictions = object_keys.predictions(config.name, ref.partition, version, ref.md5)
        content = {
            "format": _FORMAT,
            "delivery": [ref.partition, ref.md5],
            "champion": [version, champion.run_id],
            "predictions": store.exists(store.resolve(predictions)),
            "settings": config.model_dump(mode="json"),
            "code": _code_digest(),
        }
        self._key = hashlib.sha256(f"drift {to_json(content, sort_keys=True)}".encode()).hexdigest()

    def recall(self) -> KnownDrift | None:
        """Return what was found before; None if nothing was, or if what was written about it is gone."""
        kept = self._memory.recall(self._key)
        if not (isinstance(kept, dict) and {"result", "verdict", "sections"} <= kept.keys()):
            return None
        if not self._store.exists(self._store.resolve(self._report)):
            return None
        run = find_window_run(self._hook, self._model, self._version, self._ref.partition, self._ref.md5)
        if run.info.run_id != kept["result"]["run_id"] or _whole(run) != kept["sections"]:
            return None
        result = {**kept["result"], "run_url": self._hook.run_url(run)}  # the address may have changed
        return KnownDrift(result=result, verdict=kept["verdict"])

    def keep(self, result: Mapping[str, Any], verdict: str) -> None:
        """Keep a result, after everything that it names was written.

        :param result: what the task returns.
        :param verdict: what it logs.
        """
        sections = _whole(self._hook.run(str(result["run_id"])))
        self._memory.keep(self._key, {"result": dict(result), "verdict": verdict, "sections": sections})


def _whole(run: Run) -> dict[str, str]:
    """Return which sections of a window's run are whole, each with the digest of its content."""
    names = {section: run.data.tags.get(section_digest(section)) for section in _SECTIONS}
    return {section: digest for section, digest in names.items() if digest}


@cache
def _code_digest() -> str:
    """Return a digest of the code that a result follows from."""
    digest, root = hashlib.sha256(), Path(include.__file__).parent
    for file in sorted(file for folder in _CODE for file in (root / folder).rglob("*.py")):
        digest.update(f"{file.relative_to(root)}\n".encode() + file.read_bytes())
    return digest.hexdigest()
