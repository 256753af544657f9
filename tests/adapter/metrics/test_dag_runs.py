"""When a DAG of a model succeeded last is sent by who knows it, and nothing is sent of other DAGs."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from airflow._shared.observability.metrics.base_stats_logger import NoStatsLogger
from airflow.listeners.listener import ListenerManager
from airflow.models import DagRun
from airflow.observability import stats
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization
from airflow.utils.state import DagRunState

from include.pages.gauge_kinds import GAUGES
from mlops.metrics import dag_runs
from mlops_plugin import MlopsPlugin

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.adapter

ENDED = datetime(2026, 1, 1, 4, 30, tzinfo=UTC)


@pytest.fixture
def sent() -> Iterator[list[tuple[str, float, dict[str, str]]]]:
    """What the scheduler's process has counted."""
    found: list[tuple[str, float, dict[str, str]]] = []

    class Kept(NoStatsLogger):
        @classmethod
        def gauge(cls, stat: str, value: float, *_: Any, tags: Any = None, **__: Any) -> None:
            found.append((stat, value, tags))

    stats.initialize(factory=Kept, export_legacy_names=False)
    yield found
    stats.initialize(factory=NoStatsLogger, export_legacy_names=False)


def finish(dag_id: str, *tags: str, ended: datetime | None = ENDED, known: bool = True) -> None:
    """Let a run succeed, as the scheduler tells listeners."""
    run = DagRun(dag_id=dag_id, run_id="r", state=DagRunState.SUCCESS)
    run.end_date = ended
    if known:
        run.dag = DagSerialization.from_dict(
            DagSerialization.to_dict(DAG(dag_id, schedule=None, tags=list(tags)))
        )
    manager = ListenerManager()
    for one in MlopsPlugin.listeners:
        manager.add_listener(one)
    manager.hook.on_dag_run_success(dag_run=run, msg="")


def test_a_run_that_succeeded_is_sent_with_model_and_kind(sent: list[Any]) -> None:
    finish("credit_risk_scoring", "mlops", "scoring", "finance")
    assert sent == [(dag_runs.NAME, ENDED.timestamp(), {"model": "credit_risk", "kind": "scoring"})]
    assert set(sent[0][2]) == {"model", *GAUGES[dag_runs.NAME].tags}


@pytest.mark.parametrize(
    ("dag_id", "tags"),
    [
        ("daily_scoring", ("scoring",)),  # another team's
        ("watchdog", ("mlops",)),
        ("mlops_watchdog", ("mlops",)),
        ("m_scoring", ("mlops", "training")),
    ],
)
def test_of_other_dags_nothing_is_sent(dag_id: str, tags: tuple[str, ...], sent: list[Any]) -> None:
    finish(dag_id, *tags)
    assert sent == []


def test_a_run_that_somebody_marked_or_that_has_no_end_is_not_sent(
    sent: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    finish("m_scoring", known=False)
    finish("m_scoring", "mlops", "scoring", ended=None)
    assert sent == []
    assert caplog.text == ""


def test_what_fails_is_a_line_in_the_log_and_fails_no_run(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise OSError("no socket")

    monkeypatch.setattr(dag_runs.stats, "gauge", broken)
    with caplog.at_level(logging.WARNING):
        finish("m_scoring", "mlops", "scoring")
    assert "The metrics do not show this run: OSError: no socket" in caplog.text
