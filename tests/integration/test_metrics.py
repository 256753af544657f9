"""What arrives at a real receiver is what ledger, store and pages say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from include.monitoring.drift.report import DriftReport
from include.pages.entry import Entry
from include.pages.gauge_kinds import GAUGES
from include.pages.gauges import tag_of
from mlops.hooks.data_registry import DataRegistryHook
from mlops.hooks.object_store import ObjectStoreHook
from tests.world.dag_run import DagRun
from tests.world.otlp_receiver import otlp_receiver, sending_to
from tests.world.world import MODEL

if TYPE_CHECKING:
    from tests.world.world import World

pytestmark = pytest.mark.integration

MAY, JUNE = "2005-05-31", "2005-06-30"


def midnight(day: str) -> float:
    return datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()


def test_every_gauge_arrives_and_says_what_ledger_store_and_pages_say(
    world: World, champion: DagRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = champion.asset_states
    with otlp_receiver() as receiver:
        with sending_to(receiver, monkeypatch):
            for day in (MAY, JUNE):
                scoring = DagRun(world.folder, kind="scoring", as_of=day, run_id=day, asset_states=states)
                for task in ("extract", "score"):
                    scoring.run_task(task)
            monitoring = DagRun(world.folder, kind="monitoring", as_of=JUNE, asset_states=states)
            for task in ("extract", "drift_check", "performance_check"):
                monitoring.run_task(task)
        by_scoring = dict(receiver.gauges)
        promotion = world.candidate()
        promotion.asset_states = states
        with sending_to(receiver, monkeypatch):
            promotion.run_task("promote")
    model = ("model", MODEL)
    assert {name for name, _ in receiver.gauges} == set(GAUGES) - {"mlops.dag.last_success_timestamp_seconds"}
    assert all(model in tags for _, tags in receiver.gauges)

    (second, first) = world.ledger.entries(kind="promotion")
    for gauges, entry, version in ((by_scoring, first, 1), (receiver.gauges, second, 2)):
        assert gauges["mlops.champion.version", (model,)] == version
        assert gauges["mlops.champion.since_timestamp_seconds", (model,)] == entry.time / 1000
        assert gauges["mlops.ledger.promotions", (model,)] == version
        assert gauges["mlops.ledger.retrainings", (model,)] == version
        assert gauges["mlops.ledger.rollbacks", (model,)] == 0
    assert world.registry.aliases()["champion"] == "2"
    left = states.pop("page.promotion")
    promotion.run_task("promote")  # as after a crash between the promotion and what was left of it
    assert states["page.promotion"]["facts"] == left["facts"]

    page = Entry.from_dict(states["page.scoring"])
    assert receiver.gauges["mlops.delivery.newest_timestamp_seconds", (model,)] == midnight(JUNE)
    assert page.history[-1].day == JUNE
    assert receiver.gauges["mlops.delivery.rows", (model,)] == page.history[-1].figures["rows"]
    assert page.history[-1].figures["rows"] == DataRegistryHook().pointers(MODEL)["features", JUNE].rows

    store = ObjectStoreHook()
    checked = monitoring.results["drift_check"]
    report = DriftReport.from_dict(store.read_json(store.resolve(f"{checked['report_key']}/drift.json")))
    drift = {dict(tags)["column"]: v for (name, tags), v in receiver.gauges.items() if "severity" in name}
    assert drift.pop("predictions") == max(one.severity for one in report.predicted)
    assert drift == {tag_of(one.name): one.severity for one in report.columns}

    window = next(
        one for one in monitoring.results["performance_check"]["windows"] if one["partition"] == MAY
    )
    roc_auc = (("metric", "roc_auc"), model)
    last = next(one for one in Entry.from_dict(states["page.performance"]).history if one.day == MAY)
    for name, recorded, shown in (
        ("realised", window["metrics"]["roc_auc"]["value"], "value"),
        ("realised_low", window["metrics"]["roc_auc"]["low"], "low"),
        ("realised_high", window["metrics"]["roc_auc"]["high"], "high"),
        ("expected", window["reference"]["interval"]["value"], "expected"),
    ):
        told = receiver.gauges[f"mlops.performance.{name}", roc_auc]
        assert told == pytest.approx(recorded, abs=1e-9)
        assert told == pytest.approx(last.figures[shown], abs=1e-6)
    assert receiver.gauges["mlops.performance.window_timestamp_seconds", roc_auc] == midnight(MAY)
    estimated = checked["estimated"]["roc_auc"]
    assert receiver.gauges["mlops.performance.estimated", roc_auc] == estimated["value"]
    assert receiver.gauges["mlops.performance.estimated_low", roc_auc] == estimated["low"]


@pytest.mark.full  # CI has the promotion above, and the counts in tests/adapter/tracking
def test_a_rollback_is_sent_and_a_promotion_that_is_cleared_afterwards_changes_nothing(
    world: World, champion: DagRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    promotion, states = world.candidate(), champion.asset_states
    promotion.asset_states = states
    promotion.run_task("promote")
    conf = {"target": "1", "reason": "complaints"}
    rollback = DagRun(world.folder, kind="rollback", as_of=JUNE, conf=conf, asset_states=states)
    with otlp_receiver() as receiver:
        with sending_to(receiver, monkeypatch):
            rollback.run_task("rollback")
        before = dict(states)
        promotion.run_task("promote")
    assert states == before
    (entry,) = world.ledger.entries(kind="rollback")
    assert {name.removeprefix("mlops."): value for (name, _), value in receiver.gauges.items()} == {
        "champion.version": 1, "champion.since_timestamp_seconds": entry.time / 1000,
        "ledger.retrainings": 2, "ledger.promotions": 2, "ledger.rollbacks": 1,
    }  # fmt: skip
