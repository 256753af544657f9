"""The watchdog's task in a world with a champion, a source and real stores."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from include.errors import TrackingError
from include.verdicts import Verdict
from mlops import object_keys
from mlops.alerts.open_alerts import OpenAlerts
from mlops.hooks.object_store import ObjectStoreHook
from mlops.operators import watch
from mlops.operators.watch import WatchOperator
from mlops.tracking.tags import VERSION
from tests.world.dag_run import AssetStates
from tests.world.edits import edit
from tests.world.world import connect_mlflow

if TYPE_CHECKING:
    from tests.world.dag_run import DagRun
    from tests.world.world import World

pytestmark = pytest.mark.integration

FIRST = datetime(2005, 6, 1, 0, 23, tzinfo=UTC)  # the day after the newest delivery
POLICY = "  policy: {windows: 3, breaches: 1, cooldown_days: 7, min_new_labels: 1000}\n"
QUIET = "  watchdog: {min_free: 0.000001, labels_late: 400}\n"


@dataclass
class Airflow:
    """What Airflow says of the model's DAGs: every scheduled run is there, and none is paused."""

    paused: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)

    def get_dag(self, dag_id: str) -> SimpleNamespace:
        return SimpleNamespace(is_paused=dag_id in self.paused)

    def get_task_states(
        self, dag_id: str, task_ids: list[str], logical_dates: list[datetime]
    ) -> dict[str, dict[str, str]]:
        if dag_id in self.missing:
            return {}
        return {f"scheduled__{moment.isoformat()}": {task_ids[0]: "success"} for moment in logical_dates}


@dataclass
class Watchdog:
    """The watchdog of one model, at whatever moment a test says."""

    folder: Any
    patch: pytest.MonkeyPatch
    airflow: Airflow = field(default_factory=Airflow)
    states: dict[str, Any] = field(default_factory=dict)

    def look(self, moment: datetime) -> dict[str, Any]:
        self.patch.setattr(watch, "datetime", SimpleNamespace(now=lambda zone: moment))
        task = WatchOperator(task_id=self.folder.name, model_folder=str(self.folder))
        instance = SimpleNamespace(
            get_dag=self.airflow.get_dag, get_task_states=self.airflow.get_task_states,
            dag_id="mlops_watchdog", run_id="scheduled__1", task_id=task.task_id, map_index=-1, log_url="",
        )  # fmt: skip
        context: dict[str, Any] = {"ti": instance, "asset_state_store": AssetStates(self.states)}
        task.pre_execute(context)
        found: dict[str, Any] = task.execute(context)
        task.post_execute(context, found)
        return found

    @property
    def open_alerts(self) -> list[str]:
        alerts = OpenAlerts(self.folder.name, ObjectStoreHook()).all()
        return sorted(known.headline for _, known in alerts)


@pytest.fixture
def watchdog(champion: DagRun, monkeypatch: pytest.MonkeyPatch) -> Watchdog:
    edit(champion.folder / "model.yaml", (POLICY, POLICY + QUIET))
    return Watchdog(champion.folder, monkeypatch)


def test_people_hear_once_of_what_stays_away_until_it_comes(watchdog: Watchdog) -> None:
    model, store = watchdog.folder.name, ObjectStoreHook()
    assert watchdog.look(FIRST) == {"silent": 0, "notified": 0, "unwatched": {}}
    late = FIRST + timedelta(days=1, hours=12)
    found = watchdog.look(late)
    assert (found["silent"], found["notified"]) == (1, 1), "nobody has scored the delivery"
    assert watchdog.open_alerts == [
        f"{model}: nothing scored: no version has scored the newest delivery, 2005-05-31"
    ]
    watchdog.airflow.missing = {f"{model}_monitoring"}
    watchdog.airflow.paused = {f"{model}_rollback"}
    assert watchdog.look(late + timedelta(hours=1))["notified"] == 1, "monitoring; of scoring people know"
    store.write_text(store.resolve(object_keys.predictions(model, "2005-05-31", "1", "0" * 32)), "scored")
    watchdog.airflow.missing = set()
    assert watchdog.look(late + timedelta(hours=2))["silent"] == 0
    assert watchdog.open_alerts == []
    assert watchdog.look(late + timedelta(hours=26))["notified"] == 1, "a rollback has been paused for a day"
    assert [line.split(": ")[1] for line in watchdog.open_alerts] == ["dag paused"]
    # what can't be found out is named, silences nothing else, and is retried
    connect_mlflow(watchdog.patch, port=9, timeout=1)
    watchdog.airflow.paused = set()
    with pytest.raises(TrackingError):
        watchdog.look(late + timedelta(hours=27))
    assert [line.split(": ")[1] for line in watchdog.open_alerts] == ["dag paused"], (
        "its rule needs the champion"
    )


def test_people_hear_of_a_half_made_decision(watchdog: Watchdog, world: World) -> None:
    verdict = Verdict(kind="promotion", decision="promote", subject="x", summary="version 2 is to serve")
    world.ledger.record_planned("d-1", verdict, plan={}, decided_by="test", tags={VERSION: "2"})
    soon = datetime.now(UTC)
    assert watchdog.look(soon)["silent"] == 0
    watchdog.look(soon + timedelta(hours=25))
    (line,) = [line for line in watchdog.open_alerts if "undecided" in line]
    assert line.endswith(
        "candidate undecided: the promotion of version 2 (d-1) is neither promoted nor rejected"
    )
