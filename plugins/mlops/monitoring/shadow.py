"""The shadow: the version that a promotion displaced scores the same deliveries, while probation lasts.

It comes after the champion, whose predictions are there by then, and what goes wrong with it is a warning.
"""

from __future__ import annotations

import logging
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from include.promotion.alias_plan import CHAMPION
from include.scoring.predictions import read_stamp
from include.scoring.sample import read_sample
from mlops import object_keys
from mlops.monitoring.scored_files import list_scored, scored_partitions
from mlops.tracking.accounts import find_promotions, read_account
from mlops.tracking.ledger import Ledger
from mlops.tracking.model_loading import load_model
from mlops.tracking.model_registry import ModelRegistry

if TYPE_CHECKING:
    from include.config.schema import ModelConfig
    from include.lineage import SnapshotRef
    from include.scoring.predictions import Stamp
    from include.scoring.sample import SampledRows
    from mlops.hooks.data_registry import DataRegistryHook
    from mlops.hooks.mlflow import MlflowHook
    from mlops.monitoring.scored_files import ScoredFile

log = logging.getLogger(__name__)

CAUGHT_UP = 2  # earlier deliveries that one run scores at most


@dataclass(frozen=True, kw_only=True)
class Shadow:
    """The version that scores along.

    :param version: its number in the model registry.
    :param run_id: the MLflow run it came from.
    :param since: as-of date of the promotion that displaced it (ISO); later deliveries are scored.
    :param overdue: deliveries whose labels never came, which don't count.
    """

    version: str
    run_id: str
    since: str
    overdue: int


def find_shadow(hook: MlflowHook, config: ModelConfig, champion: str) -> Shadow | None:
    """Return the version that the promotion of the champion displaced; None without a probation.

    The ledger says which one that is: the alias ``previous_champion`` may point elsewhere by now.

    :param hook: the MLflow hook.
    :param config: the model's configuration.
    :param champion: the version that serves.
    """
    if config.probation is None:
        return None
    registry, entries = ModelRegistry(hook, config.name), Ledger(hook, config.name).entries()
    lives = find_promotions(entries, registry, registry.aliases().get(CHAMPION), on=True)
    if not lives or not lives[0].open or lives[0].move.version != champion:
        return None
    move = lives[0].move
    version = registry.version(move.displaced)
    if version is None:
        log.warning(
            "Version %s, which version %s displaced, was deleted: nothing is scored beside the champion",
            move.displaced, champion,
        )  # fmt: skip
        return None
    account = next((read_account(entry) for entry in entries if entry.decision_id == move.decision_id), None)
    return Shadow(
        version=move.displaced,
        run_id=str(version.run_id),
        since=move.as_of,
        overdue=account.overdue if account else 0,
    )


class ShadowScoring:
    """Scores deliveries with a shadow.

    :param registry: the data registry, which also knows the object store.
    :param config: the model's configuration, with a probation.
    :param shadow: the shadow.
    :param run_key: the Airflow task, the same in every try.
    """

    def __init__(self, registry: DataRegistryHook, config: ModelConfig, shadow: Shadow, run_key: str) -> None:
        if config.probation is None:
            raise ValueError("a shadow needs a probation")
        self._registry = registry
        self._config = config
        self._shadow = shadow
        self._run_key = run_key
        self._rows = config.probation.rows
        self._deliveries = config.probation.deliveries

    def score(self, ref: SnapshotRef, champion: Stamp, kept: SampledRows | None) -> list[str]:
        """Score the newest delivery, and earlier ones that only the champion has scored.

        :param ref: the newest delivery.
        :param champion: the stamp of the champion's predictions for it.
        :param kept: its rows, where the champion scored it just now.
        :return: the deliveries that were scored now.
        """
        store, model = self._registry.store, self._config.name
        files = list_scored(store, model, scored_partitions(store, model, self._shadow.since))
        ours = {(one.partition, one.md5) for one in files if one.version == self._shadow.version}
        theirs = {(one.partition, one.md5): one for one in files if one.version == champion.version}
        both = {partition for partition, _ in ours & theirs.keys()}
        left = self._deliveries + self._shadow.overdue - len(both)
        done: list[str] = []
        if left <= 0:
            log.info("Version %s has scored as many deliveries as probation looks at", self._shadow.version)
            return done
        newest = (ref.partition, ref.md5[:16])
        if newest not in ours and ref.partition > self._shadow.since:
            done += self._score(ref.md5, champion, kept)
        missed = [one for key, one in theirs.items() if key not in ours and key != newest]
        missed = [one for one in missed if one.partition not in both]
        for one in missed[-CAUGHT_UP:][: left - len(done)]:
            stamp = self._read_stamp(one)
            done += self._score(stamp.snapshot_md5, stamp, None)
        return done

    def _read_stamp(self, one: ScoredFile) -> Stamp:
        store = self._registry.store
        with tempfile.TemporaryDirectory(prefix="shadow-") as folder:
            return read_stamp(store.local_path(store.resolve(one.key), Path(folder)))

    def _score(self, md5: str, champion: Stamp, kept: SampledRows | None) -> list[str]:
        """Make the shadow's file of one delivery, unless an earlier try was lost over it; return which."""
        store, model, version = self._registry.store, self._config.name, self._shadow.version
        partition = champion.partition
        mark = store.resolve(object_keys.shadow_attempt(model, partition, version, md5))
        if not store.create_json(mark, {"run": self._run_key}):
            if (store.read_json(mark) or {}).get("run") == self._run_key:
                log.warning(
                    "An earlier try of this task was lost while version %s scored %s: it is not tried again "
                    "here; the next run does", version, partition,
                )  # fmt: skip
                return []
            store.write_json(mark, {"run": self._run_key})
        try:
            self._write(md5, champion, kept)
        finally:
            store.remove(mark)
        return [partition]

    def _write(self, md5: str, champion: Stamp, kept: SampledRows | None) -> None:
        config, store, version = self._config, self._registry.store, self._shadow.version
        stamp = replace(
            champion, version=version, training_run=self._shadow.run_id, airflow_run=self._run_key
        )
        with tempfile.TemporaryDirectory(prefix="shadow-") as folder:
            scratch = Path(folder)
            if kept is None:
                snapshot = self._registry.local_copy(md5, scratch, what=f"features of {champion.partition}")
                kept = read_sample(snapshot, config, champion.partition, wanted=self._rows)
            make = object_keys.predictions if kept.complete else object_keys.sampled_predictions
            key = make(config.name, champion.partition, version, md5)
            model = load_model(f"models:/{config.name}/{version}", config.estimator.trusted_types)
            rows = kept.score(model, config, scratch / "predictions.parquet", stamp)
            store.create_file(scratch / "predictions.parquet", store.resolve(key))
        log.info(
            "Version %s scored %d rows of %s beside the champion: %s", version, rows, champion.partition, key
        )
