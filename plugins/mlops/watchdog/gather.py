"""Gather the facts about one model. Each is asked for by itself: one that is not known silences no other."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from airflow.sdk.exceptions import AirflowRuntimeError

from include.config.watchdog_schema import DagKind
from include.errors import InfrastructureError, MlopsError
from include.watchdog.channels import failing_channels
from include.watchdog.facts import SCHEDULED, WORK, Facts
from include.watchdog.look import KIND
from include.watchdog.rules.channel_failing import RULE as CHANNEL_FAILING
from include.watchdog.rules.every_run_skips import ticks_to_look_at
from mlops import object_keys
from mlops.alerts.channels import channel_name
from mlops.alerts.open_alerts import OpenAlerts
from mlops.hooks.object_path import strip_scheme
from mlops.hooks.sources.hook import SourceHook
from mlops.watchdog.airflow_runs import is_switched_off, scheduled_runs
from mlops.watchdog.decisions import find_approvals, find_champion, find_undecided

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from include.alerting.alert import OpenAlert
    from include.config.schema import ModelConfig
    from include.config.watchdog_schema import Watchdog
    from include.watchdog.facts import Waiting
    from include.watchdog.memory import Memory
    from mlops.hooks.data_registry import DataRegistryHook
    from mlops.hooks.object_store import ObjectStoreHook
    from mlops.tracking.ledger import Ledger
    from mlops.tracking.model_registry import ModelRegistry

log = logging.getLogger(__name__)
T = TypeVar("T")

_DAYS = {"day": 1, "week": 7, "month": 31}
_FEWEST_TICKS = 10


class Gatherer:
    """Asks everything that the rules need of one model.

    :param config: the model.
    :param settings: its ``monitoring.watchdog``.
    :param now: the moment, in UTC.
    :param instance: the task instance that asks Airflow.
    :param store: the object store.
    :param data_registry: makes the hook of the data registry.
    :param model_registry: the model's versions.
    :param ledger: the model's decisions.
    """

    def __init__(
        self, config: ModelConfig, settings: Watchdog, now: datetime, *, instance: Any,
        store: ObjectStoreHook, data_registry: Callable[[], DataRegistryHook],
        model_registry: ModelRegistry, ledger: Ledger,
    ) -> None:  # fmt: skip
        self.config = config
        self.settings = settings
        self.now = now
        self.instance = instance
        self.store = store
        self.data_registry = data_registry
        self.model_registry = model_registry
        self.ledger = ledger
        self.unknown: dict[str, str] = {}
        self.outage: InfrastructureError | None = None

    def gather(self, memory: Memory) -> Facts:
        """Return the facts, with what is remembered after this look.

        :param memory: what was remembered before it.
        """
        config = self.config
        features, labels = self._ask("features", self._partitions) or ((), None)
        if "features" in self.unknown:
            self.unknown["labels"] = self.unknown["features"]
        scored = self._ask("scored", self._newest_scored)
        paused = self._ask("dags", self._paused)
        known = not {"features", "scored"} & self.unknown.keys()
        newest = max(features, default="")
        facts = Facts(
            model=config.name,
            now=self.now,
            schedule=config.schedule,
            settings=self.settings,
            max_age_days=config.monitoring.policy.max_age_days,
            every=_DAYS[config.delivery_length],
            labels_delay=config.target.days_until_known,
            memory=memory.after(self.now, newest=newest, scored=scored if known else None, paused=paused),
            features=features,
            labels=labels,
            champion=self._ask("champion", lambda: find_champion(self.model_registry)),
        )
        open_alerts = self._ask("channels", self._open_alerts) or []
        approvals = self._ask("approvals", self._approvals) or ()
        channels = [channel_name(one) for one in config.alerts]
        return facts.with_more(
            runs=self._ask("runs", lambda: self._runs(facts)) or {},
            approvals=approvals,
            undecided=self._ask("undecided", lambda: self._undecided(approvals)) or (),
            channels=failing_channels(channels, open_alerts, f"{KIND}{CHANNEL_FAILING.name}"),
            storage=self._ask("storage", self._storage) or {},
            open_alerts=frozenset((one.kind.removeprefix(KIND), one.subject) for one in open_alerts),
            unknown=self.unknown,
        )

    def _ask(self, name: str, ask: Callable[[], T]) -> T | None:
        """Return a fact; if it can't be found out, note why and return None."""
        try:
            return ask()
        except (MlopsError, AirflowRuntimeError) as error:
            self.unknown[name] = f"{type(error).__name__}: {error}"
            if isinstance(error, InfrastructureError):
                self.outage = self.outage or error
            return None

    def _partitions(self) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
        """Return the partitions that are there, of features and of labels; none that is dated later."""
        found = SourceHook(self.config, self.store).partitions()
        today = self.now.date().isoformat()
        features, labels = (
            tuple(day for day in sorted(found.get(table, ())) if day <= today)
            for table in ("features", "labels")
        )
        return features, labels if self.config.source.labels is not None else None

    def _newest_scored(self) -> str:
        folder = self.store.resolve(object_keys.predictions_folder(self.config.name))
        return max((one.name for one in self.store.entries(folder) if one.is_folder), default="")

    def _paused(self) -> dict[str, bool]:
        return {
            kind: is_switched_off(self.instance, f"{self.config.name}_{kind}") for kind in get_args(DagKind)
        }

    def _runs(self, facts: Facts) -> dict[str, dict[datetime, str | None]]:
        if facts.schedule is None:
            return {}
        found = {}
        for kind in SCHEDULED:
            count = max(_FEWEST_TICKS, ticks_to_look_at(facts, kind))
            ticks = facts.due_ticks(kind, count)
            found[kind] = scheduled_runs(self.instance, f"{facts.model}_{kind}", WORK[kind], ticks)
        return found

    def _approvals(self) -> tuple[Waiting, ...]:
        return find_approvals(self.model_registry, self.ledger) if self.config.approval == "required" else ()

    def _undecided(self, approvals: tuple[Waiting, ...]) -> tuple[Waiting, ...]:
        return find_undecided(self.model_registry, self.ledger, approvals)

    def _open_alerts(self) -> list[OpenAlert]:
        return [known for _, known in OpenAlerts(self.config.name, self.store).all()]

    def _storage(self) -> dict[str, float]:
        """Return how much of each store's disk is free; of a bucket or a git server nobody can tell."""
        places = {
            "object store": strip_scheme(self.store.root) if self.store.root.protocol == "file" else "",
            "data registry": self.data_registry().remote,
        }
        found = {}
        for name, place in places.items():
            folder = next((one for one in [Path(place), *Path(place).parents] if one.is_dir()), None)
            if not place.startswith("/") or folder is None:
                log.info(
                    "Not watched: how full the %s is, since it is not on a disk that this task sees", name
                )
                continue
            usage = shutil.disk_usage(folder)
            found[name] = usage.free / usage.total
        return found
