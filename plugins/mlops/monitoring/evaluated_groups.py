"""The groups of scored deliveries, and where a version's evaluation of the same groups is kept."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from include.data.dataset_files import file_digest
from include.data.dataset_record import TEST_FILE
from include.evaluation.record import Evaluation
from include.evaluation.scores_file import read_evaluated
from include.monitoring.performance.slice_source import Evaluated, GroupSource
from mlops import object_keys
from mlops.hooks.stored_records import read_record
from mlops.tracking.tags import DATASET

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.lineage import SnapshotRef
    from include.monitoring.performance.evaluate_window import EvaluatedVersion
    from include.monitoring.performance.evaluate_windows import Scored
    from mlops.hooks.data_registry import DataRegistryHook
    from mlops.tracking.model_registry import ModelRegistry

log = logging.getLogger(__name__)


class ScoredGroups:
    """Gives the groups of scored deliveries to :class:`WindowsEvaluation`; files are fetched when needed.

    :param config: the model's configuration.
    :param versions: the model's versions.
    :param registry: the data registry, which also knows the object store.
    :param scratch: folder for copies.
    """

    def __init__(
        self, config: ModelConfig, versions: ModelRegistry, registry: DataRegistryHook, scratch: Path
    ) -> None:
        self._config = config
        self._versions = versions
        self._registry = registry
        self._scratch = scratch

    def of(self, ref: SnapshotRef, version: EvaluatedVersion, scored: Scored) -> GroupSource:
        """Return the groups of a delivery that a version has scored."""
        return GroupSource(
            snapshot=scored.snapshot_md5,
            features=None if scored.restated else partial(self._registry.local_path, ref, self._scratch),
            version=f"{self._config.name} {version.version} {version.reference!r}",
            evaluated=partial(self._find_evaluated, version.version),
        )

    def _find_evaluated(self, number: str) -> Evaluated | None:
        """Return the test set of a version's evaluation with its scores; None where they are not kept."""
        store, version = self._registry.store, self._versions.version(number)
        dataset = version and version.tags.get(DATASET)
        if version is None or not dataset or not version.run_id:
            return None
        key = object_keys.evaluation(self._config.name, str(version.run_id))
        evaluation = read_record(store, f"{key}/evaluation.json", Evaluation.from_dict)
        paths = [store.resolve(f"{key}/scores.parquet"), store.resolve(f"{dataset}/{TEST_FILE}")]
        if evaluation is None or not all(map(store.exists, paths)):
            log.warning("Groups can't be compared: the evaluation of version %s is not kept whole", number)
            return None
        scores, test = (store.local_path(path, self._scratch) for path in paths)
        if file_digest(test) != evaluation.test_digest:
            log.warning("Groups can't be compared: version %s was evaluated on another test set", number)
            return None
        return Evaluated(test=test, scores=read_evaluated(scores))
