"""Walk through the past of a model: score, watch, decide, retrain and examine, day by day, in one process.

Each step is the function that the task of the DAG calls; what differs is only where things are kept: in
memory and in a local cache, and nowhere else. Nothing is promoted in a registry, nobody is notified, and
nothing is written to a ledger. As ``make replay`` does it on the live system, a day is: a training where
there is no champion yet, scoring of the newest delivery, monitoring, and the retraining that monitoring asks
for. A person who approves promotions, where ``model.yaml`` requires one, is taken to agree.

Example, with a model folder and deliveries as Arrow tables (or files) by the day on which they arrive::

    from include.replay.engine import replay_tables

    for day in replay_tables(folder, features={"2005-04-30": accounts}, labels={"2005-05-31": known}):
        print(day.day, day.quarantined, day.drift, day.statuses, day.policy)
        if day.retraining:
            print(day.retraining.result, day.retraining.verdict.summary)
        print(day.champion, day.notified, day.failures)

Deliveries that come late, twice, corrected, broken, or disappear are ``Arrival`` objects::

    cache = Cache(Path("scratch"))
    config = load_model(folder)
    deliveries = LocalDeliveries(config, [
        Arrival(table="features", partition="2005-04-30", content=accounts),
        Arrival(table="features", partition="2005-04-30", content=corrected, on="2005-05-03"),
        Arrival(table="labels", partition="2005-05-31", content=Path("labels.csv"), on="2005-06-02"),
    ], cache)
    replay = Replay(config, folder, deliveries, cache)
    days = list(replay.walk(every_day("2005-04-30", "2005-06-30")))
"""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from include.config.load import load_model
from include.monitoring.policy.missing import BROKEN
from include.promotion.probation.subject import ProbationDecision
from include.replay.alerts import Alerts
from include.replay.cache import Cache
from include.replay.day_runs import DayRuns, Tasks
from include.replay.deliveries import Calendar
from include.replay.learning import Learning
from include.replay.local_deliveries import LocalDeliveries
from include.replay.models import Models
from include.replay.outcome import Day, Kind
from include.replay.probation import Probations
from include.replay.runs import Runs
from include.replay.state import State
from include.replay.validating import Validating
from include.replay.watching import Watching

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    import pyarrow as pa

    from include.config.schema import ModelConfig
    from include.lineage import SnapshotRef
    from include.replay.day_runs import Known
    from include.replay.deliveries import Deliveries
    from include.replay.outcome import Trained, Watched
    from include.verdicts import Verdict


def replay_tables(
    folder: Path,
    *,
    features: Mapping[str, pa.Table | Path],
    labels: Mapping[str, pa.Table | Path] | None = None,
    views: Mapping[str, Mapping[str, pa.Table | Path]] | None = None,
    days: Iterable[str] | None = None,
    cache: Path | None = None,
) -> Iterator[Day]:
    """Walk through deliveries that each arrive on the day that names them.

    :param folder: a model folder.
    :param features: ISO date to Arrow table or CSV or Parquet file.
    :param labels: the same for labels; None where the features hold the target.
    :param views: view to the same, for a model that names views.
    :param days: the days to walk; by default those on which something arrives.
    :param cache: folder for what is computed; by default one that goes away at the end.
    :raises ConfigError: the folder is wrong.
    """
    config = load_model(folder)
    with tempfile.TemporaryDirectory(prefix="replay-") as scratch:
        kept = Cache(cache or Path(scratch))
        deliveries = LocalDeliveries.of_tables(config, features, labels or {}, kept, views)
        replay = Replay(config, folder, deliveries, kept)
        yield from replay.walk(days or replay.calendar.days)


def every_day(first: str, last: str) -> list[str]:
    """Return the ISO dates from one to another, both included."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [(start + timedelta(days=after)).isoformat() for after in range((end - start).days + 1)]


class Replay:
    """The past of one model under one configuration.

    :param config: the configuration; it need not be the one in the folder.
    :param folder: the model folder, with ``estimator.py`` and ``contract.yaml``.
    :param deliveries: what was delivered, and when.
    :param cache: where what was computed is kept.
    :param runs: on which days each DAG runs; by default training until there is a champion, and the others
        on every day.
    :param state: where to start; by default with nothing.
    :param released: digests of the snapshots that somebody released from quarantine.

    ``last_scored`` is the version and the snapshot of the predictions that were made last.
    """

    def __init__(
        self,
        config: ModelConfig,
        folder: Path,
        deliveries: Deliveries,
        cache: Cache,
        *,
        runs: Runs | None = None,
        state: State | None = None,
        released: Collection[str] = (),
    ) -> None:
        self.config = config
        self.calendar = Calendar(deliveries.versions)
        self.state = state or State()
        self.models = Models(config, folder, cache)
        self._runs = runs or Runs()
        self._tasks = Tasks(
            config=config,
            validating=Validating(config, folder, cache, deliveries.file, released),
            learning=Learning(config, self.models, cache, deliveries.file),
            watching=Watching(config, self.models, cache, deliveries.file),
            probations=Probations(config, self.models, deliveries.file),
        )
        self._before: Known = {}
        self.last_scored: tuple[str, SnapshotRef] | None = None

    def walk(self, days: Iterable[str]) -> Iterator[Day]:
        """Yield day after day.

        :param days: ISO dates, oldest first.
        """
        for day in days:
            yield self._walk(day)

    def _walk(self, day: str) -> Day:
        known, before, state = self.calendar.on(day), self._before, self.state
        alerts = Alerts(self.config.name, state.open_alerts)
        runs = DayRuns(tasks=self._tasks, state=state, day=day, known=known, alerts=alerts)
        trained: list[Trained] = []
        self._before = known
        if self._runs.trains(day, champion=state.champion is not None):
            trained.append(runs.learn(Kind.TRAINING))
        scored_by = state.champion
        scored = runs.score() if self._runs.scores(day) else None
        if scored is not None and scored_by is not None:
            self.last_scored = (scored_by, scored)
        watched = runs.watch() if self._runs.watches(day) else None
        if watched is not None and watched.run_id is not None and watched.run_id not in state.started:
            state.started.add(watched.run_id)
            trained.append(runs.learn(Kind.RETRAINING))
        if watched is not None and watched.probation is not None:
            self._roll_back(watched.probation, day)
        return Day(
            day=day,
            delivered=_names(
                key for key, one in known.items() if before.get(key) is not one and not one.gone
            ),
            quarantined=watched_broken(watched),
            scored=scored.partition if scored else None,
            scored_by=scored_by if scored else None,
            watched=watched,
            trained=tuple(trained),
            champion=state.champion,
            alerts=tuple(alerts.notices),
            failures=tuple(alerts.failures),
        )

    def _roll_back(self, probation: Verdict, day: str) -> None:
        """Run the rollback DAG where probation asks for it, and the same champion serves still."""
        inputs = probation.inputs
        if probation.decision == ProbationDecision.ROLL_BACK and inputs["version"] == self.state.champion:
            self.state.roll_back(inputs["displaced"], day)


def watched_broken(watched: Watched | None) -> tuple[str, ...]:
    """Return the deliveries that monitoring found to break their contract, as ``table/partition``."""
    missing = watched.missing if watched else ()
    return _names((one.table, one.partition) for one in missing if one.reason == BROKEN)


def _names(keys: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(sorted(f"{table}/{partition}" for table, partition in keys))
