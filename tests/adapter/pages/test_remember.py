"""What tasks leave for the pages: never a reason to fail, and nothing to say where there are no pages."""

from __future__ import annotations

import logging
from copy import deepcopy
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from include.pages.entry import Entry, History
from mlops.page_state.remember import history_key, page_key, remember_on_page
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
    noted = {"verdict": replace(gate(), kind=kind)}
    remember_on_page(context(store, as_of), "/models/m", noted)  # type: ignore[arg-type]


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
