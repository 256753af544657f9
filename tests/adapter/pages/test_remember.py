"""What tasks leave for the pages: never a reason to fail, and nothing to say where there are no pages."""

from __future__ import annotations

import logging
from copy import deepcopy
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from include.monitoring.drift.decision import ColumnStatus
from include.monitoring.drift.report import ColumnDrift, DriftReport, StatisticResult
from include.pages.accounts import PageAccounts
from include.pages.columns import ColumnDays
from include.pages.decisions import Decisions
from include.pages.entry import Entry
from include.pages.moment import History
from include.pages.overview import CHAMPION
from include.pages.quarantine import PageQuarantine
from include.promotion.probation.account import Account
from mlops.page_state.keys import (
    ACCOUNTS,
    COLUMNS,
    QUARANTINE,
    decisions_key,
    history_key,
    page_key,
)
from mlops.page_state.remember import remember_on_page
from mlops.tracking.tags import DATA_DIGEST, NEWEST_LABELS
from tests.adapter.pages.conftest import gate
from tests.world.dag_run import AssetStates

pytestmark = pytest.mark.adapter


def context(store: object = None, as_of: str = "2026-01-03") -> dict[str, Any]:
    run = SimpleNamespace(conf={"as_of": as_of}, run_after=None)
    found = {
        "ti": SimpleNamespace(dag_id="m_training", run_id="r1", task_id="gate"), "dag_run": run,
        "params": {"as_of": as_of},
    }  # fmt: skip
    return found if store is None else {**found, "asset_state_store": store}


def remember(store: object = None, as_of: str = "2026-01-03", kind: str = "gate") -> None:
    leave(store, as_of, verdict=replace(gate(), kind=kind))


def leave(store: object = None, as_of: str = "2026-01-03", **noted: Any) -> None:
    links = {"Model version": "https://mlflow/m/2"}
    remember_on_page(context(store, as_of), "/models/m", noted, links)  # type: ignore[arg-type]


def test_an_entry_and_its_days_are_left() -> None:
    values: dict[str, Any] = {}
    remember(AssetStates(values))
    remember(AssetStates(values))
    assert Entry.from_dict(values[page_key("gate")]).verdict == Entry.from_dict(values["page.gate"]).verdict
    (day,) = History.from_dict(values[history_key("gate")]).moments
    assert (day.day, day.said) == ("2026-01-03", "promote")


@pytest.mark.parametrize("found", [None, 3, {"format": 99}, {"moments": [["x"]]}])
def test_days_that_cannot_be_read_begin_anew(found: object, caplog: pytest.LogCaptureFixture) -> None:
    values: dict[str, Any] = {history_key("gate"): found}
    remember(AssetStates(values))
    assert len(History.from_dict(values[history_key("gate")]).moments) == 1
    assert caplog.text == ""


def test_a_backfill_leaves_what_the_page_shows_of_later_days() -> None:
    values: dict[str, Any] = {}
    remember(AssetStates(values))
    before = deepcopy(values)
    remember(AssetStates(values), as_of="2025-12-01")
    assert values == before
    remember(AssetStates(values), as_of="2026-01-04")
    assert values != before


def test_a_promotion_counts_whatever_day_it_is_about() -> None:
    values: dict[str, Any] = {}
    remember(AssetStates(values), kind="promotion")
    remember(AssetStates(values), as_of="2025-12-01", kind="promotion")
    assert Entry.from_dict(values[page_key("promotion")]).as_of == "2025-12-01"


def test_a_store_that_fails_is_a_line_in_the_log_and_fails_nothing(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def __getitem__(self, asset: object) -> object:
            raise ConnectionError("the API server is away")

    with caplog.at_level(logging.WARNING):
        remember(Broken())
    assert "The pages do not show this run: ConnectionError: the API server is away" in caplog.text


def test_by_hand_there_are_no_pages_and_nothing_is_said(caplog: pytest.LogCaptureFixture) -> None:
    remember()
    assert caplog.text == ""


def test_a_decision_is_left_with_its_task_and_links() -> None:
    values: dict[str, Any] = {}
    for _ in range(2):
        asked = replace(gate(), kind="promotion", inputs={"by": "ann"})
        leave(AssetStates(values), verdict=asked, result={"version": "2"})
    (one,) = Decisions.from_dict(values[decisions_key("promotion")]).decided
    assert (one.version, one.place.run_id, one.decision, one.by) == ("2", "r1", "promote", "ann")
    assert Entry.from_dict(values[page_key("promotion")]).links == {"Model version": "https://mlflow/m/2"}


def test_a_day_on_which_the_policy_leaves_everything_is_left_out_of_the_ledger() -> None:
    values: dict[str, Any] = {}
    leave(AssetStates(values), verdict=replace(gate("wait"), kind="policy"))
    assert decisions_key("policy") not in values
    leave(AssetStates(values), verdict=replace(gate("retrain"), kind="policy"))
    assert Decisions.from_dict(values[decisions_key("policy")]).decided[0].decision == "retrain"


def test_what_serves_is_left_with_what_it_learned_from() -> None:
    values: dict[str, Any] = {}
    tags = {NEWEST_LABELS: "2005-09-30", DATA_DIGEST: "abc", "other": "x"}
    version = SimpleNamespace(version=2, run_id="run", tags=tags)
    leave(AssetStates(values), serving=version)
    facts = Entry.from_dict(values[page_key(CHAMPION)]).facts
    assert facts == {"version": "2", "MLflow run": "run", "labels until": "2005-09-30", "data": "abc"}
    leave(AssetStates(values), serving=None)
    assert Entry.from_dict(values[page_key(CHAMPION)]).facts == facts


def test_an_older_delivery_changes_no_column(drift_report: DriftReport) -> None:
    values: dict[str, Any] = {}
    for day in ("2026-01-02", "2026-01-03", "2026-01-01"):
        leave(AssetStates(values), drift=drift_report, result={"partition": day})
    found = ColumnDays.from_dict(values[COLUMNS])
    assert [one.day for one in found.days] == ["2026-01-02", "2026-01-03"]
    assert [one.label for one in found.columns] == ["age"]
    assert found.days[-1].drifted == (True,)


def test_accounts_are_left(account: Account) -> None:
    values: dict[str, Any] = {ACCOUNTS: {"format": 99}}
    leave(AssetStates(values), accounts=[account])
    leave(AssetStates(values), accounts=[replace(account, state="kept")])
    (cells,) = PageAccounts.from_dict(values[ACCOUNTS]).rows.values()
    assert cells[-1].startswith("kept")


@pytest.fixture
def drift_report() -> DriftReport:
    result = StatisticResult(
        statistic="psi", effect=0.5, threshold=0.2, critical_value=0.1, p_value=0.0, rows=100,
        rows_needed=None, status=ColumnStatus.DRIFTED,
    )  # fmt: skip
    column = ColumnDrift(name="age", results=(result,), changes=(), importance=0.3)
    return DriftReport(
        subject="m", model="m", rows=100, columns=(column,), predictions=None, shift=None,
        false_discovery_rate=0.05, prediction_shift=0.02,
    )  # fmt: skip


@pytest.fixture
def account() -> Account:
    return Account(
        decision_id="1", version="2", displaced="1", promoted="2026-01-01", as_of="2026-01-03",
        metric="roc_auc", state="on probation",
    )  # fmt: skip


def test_a_window_keeps_what_the_version_before_was_found_to_do() -> None:
    values: dict[str, Any] = {}
    limits = {"primary": "roc_auc"}
    real = {"partition": "2026-01-01", "status": "good", "limits": limits, "rows": 9,
            "metrics": {"roc_auc": {"value": 0.9, "low": 0.8, "high": 1.0}}}  # fmt: skip
    nothing = {"partition": "2026-01-01", "status": "no predictions", "limits": limits, "rows": 0}
    waits = {"partition": "2026-01-02", "status": "not mature", "limits": limits, "rows": 9}
    result = {"windows": [nothing, waits], "earlier": [real]}
    leave(AssetStates(values), verdict=replace(gate("good"), kind="performance"), result=result)
    found = History.from_dict(values[history_key("performance")]).moments
    assert [(one.day, one.said, one.figures.get("value")) for one in found] == [
        ("2026-01-01", "good", 0.9), ("2026-01-02", "not mature", None),
    ]  # fmt: skip
    assert Entry.from_dict(values[page_key("performance")]).facts["metric"] == "roc_auc"


def test_deliveries_in_quarantine_are_left_until_somebody_releases_them() -> None:
    values: dict[str, Any] = {}
    ref = SimpleNamespace(md5="0b3c", path="m/features/2026-01-03.parquet")
    report = SimpleNamespace(summary=lambda lines: "a child among customers")
    bad = SimpleNamespace(ref=ref, report=report, usable=False, by_hand="")
    leave(AssetStates(values), checked=[bad, SimpleNamespace(ref=ref, usable=True)])
    (one,) = PageQuarantine.from_dict(values[QUARANTINE]).deliveries
    assert (one.md5, one.why) == ("0b3c", "a child among customers")
    released = replace(gate("release"), kind="release", inputs={"md5": "0b3c"})
    leave(AssetStates(values), verdict=released)
    assert PageQuarantine.from_dict(values[QUARANTINE]).deliveries == ()
