"""Gauges go where Airflow's own go, nowhere by default; a name from data breaks neither protocol nor log."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk._shared.observability.metrics.base_stats_logger import NoStatsLogger
from airflow.sdk._shared.observability.metrics.statsd_logger import get_statsd_logger
from airflow.sdk.observability import stats

from include.pages.gauges import Gauge, tag_of
from mlops.metrics.send import is_on, send_gauges
from mlops.page_state.keys import page_key
from mlops.page_state.remember import remember_on_page
from tests.adapter.pages.conftest import gate
from tests.adapter.pages.test_remember import context
from tests.world.dag_run import AssetStates

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.adapter

HOSTILE = [
    "a,model=other",
    "a:1|g",
    "a b",
    "a\nb:1|c",
    "Größe",
    "收入",
    "\ud800",
    "",
    "x" * 500,
    "{{ x }}",
    "others",
]


class Client:
    """As much of a client of StatsD as Airflow uses; it keeps what it would send."""

    lines: dict[str, float]

    def __init__(self, *_: Any) -> None:
        Client.lines = {}

    def gauge(self, stat: str, value: float, *_: Any) -> None:
        self.lines[stat] = value


@pytest.fixture
def statsd() -> Iterator[type[Client]]:
    """Airflow's StatsD with the tags of InfluxDB."""
    stats.initialize(
        factory=lambda: get_statsd_logger(
            stats_class=Client, influxdb_tags_enabled=True, statsd_influxdb_enabled=True
        ),
        export_legacy_names=False,
    )
    yield Client
    stats.initialize(factory=NoStatsLogger, export_legacy_names=False)


def remember(values: dict[str, Any], as_of: str = "2026-01-03", **noted: Any) -> None:
    remember_on_page(context(AssetStates(values), as_of), "/models/m", {"verdict": gate(), **noted}, {})  # type: ignore[arg-type]


def test_it_is_off_by_default_and_any_of_airflow_s_switches_turns_it_on(
    monkeypatch: pytest.MonkeyPatch, statsd: type[Client]
) -> None:
    assert not is_on()
    remember({}, tally={"promotions": 2})
    assert not hasattr(statsd, "lines")
    for switch in ("OTEL_ON", "STATSD_ON", "STATSD_DATADOG_ENABLED"):
        with monkeypatch.context() as patch:
            patch.setenv(f"AIRFLOW__METRICS__{switch}", "True")
            assert is_on()


def test_a_backfill_sends_nothing(monkeypatch: pytest.MonkeyPatch, statsd: type[Client]) -> None:
    monkeypatch.setenv("AIRFLOW__METRICS__STATSD_ON", "True")
    values: dict[str, Any] = {}
    remember(values, tally={"promotions": 2})
    assert statsd.lines == {"mlops.ledger.promotions,model=m": 2}
    remember(values, as_of="2025-12-01", tally={"promotions": 1})
    assert statsd.lines == {"mlops.ledger.promotions,model=m": 2}


def test_no_name_of_a_column_breaks_a_line_of_statsd(
    statsd: type[Client], caplog: pytest.LogCaptureFixture
) -> None:
    send_gauges(
        "m", [Gauge(name="mlops.drift.severity", value=1, tags={"column": tag_of(name)}) for name in HOSTILE]
    )
    assert len(statsd.lines) == len(HOSTILE)
    assert {line.count(",") for line in statsd.lines} == {2}
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("blocked", "left"), [("mlops.drift", ["mlops.delivery.rows,model=m"]), ("mlops", [])]
)
def test_airflow_s_block_list_leaves_out_what_it_names(blocked: str, left: list[str]) -> None:
    stats.initialize(
        factory=lambda: get_statsd_logger(
            stats_class=Client, influxdb_tags_enabled=True, statsd_influxdb_enabled=True,
            metrics_block_list=blocked,
        ),
        export_legacy_names=False,
    )  # fmt: skip
    send_gauges(
        "m", [Gauge(name="mlops.drift.severity", value=1), Gauge(name="mlops.delivery.rows", value=9)]
    )
    stats.initialize(factory=NoStatsLogger, export_legacy_names=False)
    assert sorted(Client.lines) == left


def test_what_fails_is_a_line_in_the_log_and_the_page_is_written(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise OSError("no socket")

    monkeypatch.setenv("AIRFLOW__METRICS__STATSD_ON", "True")
    monkeypatch.setattr(stats, "gauge", broken)
    values: dict[str, Any] = {}
    with caplog.at_level(logging.WARNING):
        remember(values, tally={"promotions": 2})
    assert "The metrics do not show this run: OSError: no socket" in caplog.text
    assert page_key("gate") in values
