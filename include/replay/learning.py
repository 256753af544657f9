"""A training run of a replay: prepare, new-data check, train, evaluate, gate. Each step is the task's own."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.data.dataset import build_dataset
from include.data.dataset_record import TEST_FILE, TRAIN_FILE, Dataset
from include.data.labels import what_day_decides
from include.data.material import teaches_the_same
from include.data.splits import Holdout
from include.promotion import gate, retrain_needed
from include.promotion.retrain_needed import NewDataDecision, training_key
from include.replay.cache import digest
from include.replay.comparing import Comparing
from include.replay.examining import Examining
from include.replay.outcome import Result, Trained
from include.replay.state import Version
from include.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.config.schema import ModelConfig
    from include.lineage import Manifest, SnapshotRef
    from include.replay.cache import Cache
    from include.replay.models import Models
    from include.replay.outcome import Kind
    from include.replay.state import State

_RESULTS = {
    gate.GateDecision.PROMOTE: Result.PROMOTED,
    gate.GateDecision.REJECT: Result.REJECTED,
    gate.GateDecision.BLOCK: Result.BLOCKED,
}


class Learning:
    """Trains and decides as the tasks from ``prepare`` to ``promote`` do.

    :param config: the model's configuration.
    :param models: fits and keeps models.
    :param cache: keeps datasets and evaluations.
    :param local: gives a snapshot as a local file.

    ``task`` names the step that a run is in, or has failed in.
    """

    def __init__(
        self, config: ModelConfig, models: Models, cache: Cache, local: Callable[[SnapshotRef], Path]
    ) -> None:
        self._config = config
        self._models = models
        self._cache = cache
        self._local = local
        self._examining = Examining(config, models, Comparing(config, models, cache))
        self.task = "prepare"
        self._spent = 0.0

    def run(self, kind: Kind, manifest: Manifest, state: State) -> Trained:
        """Train on what a manifest lists, and let the gate decide; a promotion changes the state.

        :param kind: training or retraining.
        :param manifest: what was known.
        :param state: the state of the replay.
        :raises InputError: as the task that would have failed.
        """
        config, day, self.task = self._config, manifest.as_of, "prepare"
        champion = state.serving
        self._spent = 0.0
        folder, prepared = self._prepare(manifest, champion)
        if isinstance(prepared, Verdict):
            return Trained(kind=kind, result=Result.WAIT, verdict=prepared)
        key = training_key(prepared.train_digest, config.digest, self._models.code)
        rejected = state.rejected.get((key, prepared.test_digest))
        alike = self._alike(key, prepared, state)
        verdict = retrain_needed.decide(
            prepared.test_partitions[-1],
            key,
            champion=retrain_needed.Known(
                version=champion.number, key=champion.training_key, newest=champion.newest_labels
            )
            if champion
            else None,
            alike=alike,
            rejected_by=rejected,
            rolled_back_by=next(
                (state.rolled_back[one] for one in (key, *alike) if one in state.rolled_back), None
            ),
            subject=f"{config.name} as of {day}",
        )
        if verdict.decision != NewDataDecision.TRAIN:
            return Trained(kind=kind, result=Result.NOTHING_NEW, verdict=verdict)
        self.task = "train"
        model = self._models.fit(folder / TRAIN_FILE, prepared.train_digest)
        self._models.build_profile(model, folder / TRAIN_FILE)
        self.task = "evaluate"
        candidate = Version(
            number="",
            model=model,
            as_of=day,
            training_key=key,
            learned=prepared,
            newest_labels=prepared.test_partitions[-1],
            holdout=prepared.holdout and prepared.holdout.arc,
        )
        sat = self._examining.sit(candidate, folder / TEST_FILE, prepared, state)
        self.task = "gate"
        verdict = self._examining.decide(sat, state)
        result, version = _RESULTS[gate.GateDecision(verdict.decision)], None
        if result is Result.PROMOTED:
            version = state.promote(verdict.inputs["chosen_run"], day)
        elif result is Result.REJECTED:
            state.rejected.setdefault((key, prepared.test_digest), f"replay-{day}")
        return Trained(
            kind=kind,
            result=result,
            verdict=verdict,
            model=model,
            candidate=sat.name,
            evaluation=sat.evaluation,
            version=version.number if version else None,
            test_digest=prepared.test_digest,
            newest_labels=candidate.newest_labels,
            holdout=candidate.holdout,
            cpu=self._spent + sat.cpu + self._models.cost(model),
        )

    def _alike(self, key: str, prepared: Dataset, state: State) -> list[str]:
        """Return the keys of the champion and of versions rolled back from that learned the same."""
        champion = state.serving
        if champion is None or champion.training_key == key:
            return []
        left = [one for one in state.versions.values() if one.training_key in state.rolled_back]
        return [
            training_key(one.learned.train_digest, self._config.digest, self._models.code)
            for one in (champion, *left)
            if one.learned is not None and teaches_the_same(prepared, one.learned)
        ]

    def _prepare(self, manifest: Manifest, champion: Version | None) -> tuple[Path, Dataset | Verdict]:
        """Return the folder and the record of a frozen dataset, or why there is none yet.

        Of the day only matters which labels are due, so that two days of one knowledge share a dataset.
        """
        config = self._config
        holdout = champion.holdout if champion else None
        key = digest(
            "dataset",
            what_day_decides([ref.partition for ref in manifest.snapshots], config, manifest.as_of),
            manifest.digest,
            [config.data_digest, config.name, config.gate.min_rows, config.gate.min_positives],
            [one and asdict(one) for one in (Holdout.of(config, holdout), holdout)],
        )
        folder = self._cache.folder / "datasets" / key

        def build() -> dict[str, Any]:
            folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=f".{key[:8]}-", dir=folder.parent) as scratch:
                features, labels = (
                    {ref.partition: self._local(ref) for ref in manifest.of(table)}
                    for table in ("features", "labels")
                )
                made = Path(scratch) / "dataset"
                found = build_dataset(
                    features, labels, config, manifest.as_of, made, champion_holdout=holdout
                )
                if isinstance(found, Dataset):
                    with contextlib.suppress(OSError):  # another process was quicker, with the same content
                        made.replace(folder)
            return {"wait": found.to_dict()} if isinstance(found, Verdict) else {"dataset": found.to_dict()}

        found = self._cache.value("prepared", key, build)
        self._spent += self._cache.cost("prepared", key)
        if "wait" in found:
            wait = Verdict.from_dict(found["wait"])
            return folder, replace(wait, subject=f"{config.name} as of {manifest.as_of}")
        if not folder.exists():
            build()
        return folder, replace(Dataset.from_dict(found["dataset"]), as_of=manifest.as_of)
