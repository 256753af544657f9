"""A monitoring run of a replay: drift, windows and policy, each by the code that the tasks call."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from include.data.labels import what_day_decides
from include.data.run_snapshots import RunSnapshots
from include.monitoring.drift.check import check_drift
from include.monitoring.performance.evaluate_windows import WindowsEvaluation
from include.monitoring.performance.rules import find_status
from include.monitoring.policy.decide_day import NewestDrift, decide_day
from include.monitoring.policy.inputs import Champion
from include.monitoring.profile.count_file import count_file
from include.replay.cache import digest
from include.replay.outcome import Watched
from include.scoring.predictions import read_scores
from include.strict_json import plain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.lineage import Manifest, SnapshotRef
    from include.monitoring.drift.report import DriftReport
    from include.monitoring.performance.evaluate_windows import Outcome
    from include.monitoring.policy.missing import MissingDelivery
    from include.replay.cache import Cache
    from include.replay.models import Models
    from include.replay.state import State, Version


@dataclass(frozen=True, kw_only=True)
class Found:
    """Predictions of a replay, as :class:`include.monitoring.performance.evaluate_windows.Scored`."""

    file: Path
    object_key: str
    snapshot_md5: str
    restated: bool


class Watching:
    """Monitors as the tasks ``drift_check``, ``performance_check`` and ``policy`` do.

    What a day finds is kept in memory under all it follows from, so that a day on which nothing came costs
    next to nothing.

    :param config: the model's configuration.
    :param models: the fitted models.
    :param cache: keeps intervals.
    :param local: gives a snapshot as a local file.
    """

    def __init__(
        self, config: ModelConfig, models: Models, cache: Cache, local: Callable[[SnapshotRef], Path]
    ) -> None:
        self._config = config
        self._models = models
        self._cache = cache
        self._local = local
        self._refs: dict[str, SnapshotRef] = {}
        self._drift: dict[str, DriftReport] = {}
        self._windows: dict[str, Outcome] = {}

    def score(self, ref: SnapshotRef, state: State) -> bool:
        """Score a delivery with the champion, unless it was; return whether there is a champion.

        :raises ModelError: the champion can't score it.
        """
        if state.champion is None:
            return False
        self._refs[ref.md5] = ref
        scored = state.scored.setdefault(ref.partition, [])
        if (state.champion, ref.md5) not in scored:
            self._models.predictions(state.versions[state.champion].model, ref, self._local(ref))
            scored.append((state.champion, ref.md5))
        return True

    def watch(self, manifest: Manifest, missing: tuple[MissingDelivery, ...], state: State) -> Watched:
        """Check the newest delivery and all windows, and decide; what the policy remembers changes.

        :param manifest: the deliveries that can be used, features among them.
        :param missing: those that can't.
        :param state: the state of the replay.
        :raises InputError: as the task that would have failed.
        """
        config, champion = self._config, state.serving
        newest = manifest.of("features")[-1]
        report = self._check(newest, champion, state) if champion else None
        found = self._evaluate(manifest, champion, state)
        statuses = {one.performance.partition: str(find_status(one.performance)) for one in found.windows}
        day = decide_day(
            config,
            as_of=manifest.as_of,
            champion=Champion(
                version=champion.number, newest_labels=champion.newest_labels, trained=champion.as_of
            )
            if champion
            else None,
            windows=[{"partition": partition, "status": status} for partition, status in statuses.items()],
            newest=NewestDrift(
                partition=newest.partition,
                decision=report.decision.value if report else None,
                version=state.champion,
            ),
            remembered=state.remembered_drift(state.champion),
            missing=missing,
            new_labels=found.new_labels,
            state=state.policy,
            exists=state.started.__contains__,
        )
        state.policy = day.decision.state
        if day.drift is not None:
            state.drift = day.drift
        return Watched(
            partition=newest.partition,
            drift=report,
            windows=tuple(one.performance for one in found.windows),
            statuses=statuses,
            new_labels=found.new_labels,
            missing=missing,
            policy=day.decision.verdict,
            run_id=day.decision.run_id,
        )

    def _check(self, newest: SnapshotRef, champion: Version, state: State) -> DriftReport:
        """Return the report on a delivery; with its predictions, where the champion has made them."""
        limits = self._config.monitoring.drift
        scored = (champion.number, newest.md5) in state.scored.get(newest.partition, ())
        importance = dict(champion.importance) if champion.importance else None
        key = digest(
            "drift",
            champion.model,
            newest.md5,
            newest.partition,
            scored,
            importance,
            limits.model_dump(mode="json"),
        )
        if key not in self._drift:
            profile, snapshot = self._models.profile(champion.model), self._local(newest)
            scores = (
                read_scores(self._models.predictions(champion.model, newest, snapshot), self._config)
                if scored
                else None
            )
            self._drift[key] = check_drift(
                profile,
                count_file(snapshot, profile, scores),
                limits,
                importance=importance,
                subject=f"{self._config.name} {newest.partition}",
            )
        return self._drift[key]

    def _evaluate(self, manifest: Manifest, champion: Version | None, state: State) -> Outcome:
        """Return what is known of all windows, as of the manifest's day."""
        as_of = manifest.as_of
        key = self._windows_key(manifest, champion, state)
        if key not in self._windows:
            self._windows[key] = WindowsEvaluation(
                RunSnapshots(config=self._config, manifest=manifest, as_of=as_of, local=self._local),
                predictions=_Predictions(self, state),
                describe=lambda number: state.versions[number].evaluated(),
                memory=self._cache,
            ).evaluate(champion.evaluated() if champion else None)
        found = self._windows[key]
        return replace(
            found,
            windows=tuple(
                replace(one, performance=replace(one.performance, as_of=as_of)) for one in found.windows
            ),
        )

    def _windows_key(self, manifest: Manifest, champion: Version | None, state: State) -> str:
        """Return a digest of all that the windows follow from; of the day only whose labels are due."""
        days = [ref.partition for ref in manifest.of("features")]
        settings = self._config.model_dump(mode="json", include={"task", "target", "gate", "monitoring"})
        del settings["monitoring"]["drift"]
        settings["monitoring"]["policy"] = settings["monitoring"]["policy"]["windows"]
        return digest(
            "windows",
            manifest.digest,
            what_day_decides(days, self._config, manifest.as_of),
            settings,
            champion and plain(asdict(champion.evaluated())),
            champion and champion.model,
            [
                [day, version, state.versions[version].model, md5]
                for day in days
                for version, md5 in state.scored.get(day, ())
            ],
        )

    def predictions(self, ref: SnapshotRef, version: str, md5: str, state: State) -> Found:
        """Return what a version predicted about a snapshot, which may be an older one of the delivery."""
        scored = self._refs[md5]
        file = self._models.predictions(state.versions[version].model, scored, self._local(scored))
        return Found(file=file, object_key=file.name, snapshot_md5=md5, restated=md5 != ref.md5)


class _Predictions:
    """The predictions of a replay, as the performance check asks for them."""

    def __init__(self, watching: Watching, state: State) -> None:
        self._watching = watching
        self._state = state

    def versions(self, partition: str) -> list[str]:
        """Return the versions that have scored a delivery, oldest first."""
        return sorted({version for version, _ in self._state.scored.get(partition, ())}, key=int)

    def of(self, ref: SnapshotRef, version: str) -> Found | None:
        """Return what a version predicted about a delivery; of its present content, if there is any."""
        made = [md5 for number, md5 in self._state.scored.get(ref.partition, ()) if number == version]
        if not made:
            return None
        return self._watching.predictions(ref, version, ref.md5 if ref.md5 in made else made[-1], self._state)
