"""What Airflow says of other DAGs, as a task sees it."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
from airflow.sdk.execution_time.comms import ErrorResponse

from include.config.schedule import PRESETS, ticks_before
from mlops.defaults import timetable
from mlops.watchdog.airflow_runs import is_switched_off, scheduled_runs

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.adapter

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def refusing(status: int) -> Callable[[str], Any]:
    def get_dag(dag_id: str) -> Any:
        detail = {"status_code": status, "message": "no"}
        raise AirflowRuntimeError(ErrorResponse(error=ErrorType.API_SERVER_ERROR, detail=detail))

    return get_dag


def test_a_dag_that_airflow_does_not_know_is_off() -> None:
    assert is_switched_off(SimpleNamespace(get_dag=refusing(404)), "lending_scoring")
    assert is_switched_off(SimpleNamespace(get_dag=lambda _: SimpleNamespace(is_paused=True)), "x")
    assert not is_switched_off(SimpleNamespace(get_dag=lambda _: SimpleNamespace(is_paused=False)), "x")
    with pytest.raises(AirflowRuntimeError):
        is_switched_off(SimpleNamespace(get_dag=refusing(503)), "lending_scoring")


def test_runs_are_found_by_the_moments_of_their_schedule() -> None:
    ticks = ticks_before("30 5 * * *", NOW, 3)
    asked: dict[str, Any] = {}

    def get_task_states(**question: Any) -> dict[str, dict[str, Any]]:
        asked.update(question)
        return {
            "scheduled__2026-11-27T05:30:00+00:00": {"score": "skipped"},
            "scheduled__2026-11-28T05:30:00+00:00": {"score": None},
            "manual__by me": {"score": "success"},
        }

    found = scheduled_runs(
        SimpleNamespace(get_task_states=get_task_states), "lending_scoring", "score", ticks
    )
    assert found == {ticks[1]: "skipped", ticks[2]: None}
    assert asked == {"dag_id": "lending_scoring", "task_ids": ["score"], "logical_dates": ticks}
    assert scheduled_runs(SimpleNamespace(), "lending_scoring", "score", []) == {}, (
        "all runs would be asked for"
    )


@pytest.mark.parametrize("schedule", [*PRESETS, "30 5 * * mon-fri", "*/15 0-6 1,15 * *", "0 0 L * *"])
def test_the_moments_are_those_that_airflow_gives_its_runs(schedule: str) -> None:
    import pendulum
    from airflow.models.dagrun import DagRun
    from airflow.serialization.decoders import decode_timetable
    from airflow.serialization.encoders import encode_timetable
    from airflow.timetables.base import TimeRestriction
    from airflow.utils.types import DagRunType

    built = decode_timetable(encode_timetable(timetable(schedule)))
    before = ticks_before(schedule, NOW, 3)
    restriction = TimeRestriction(earliest=pendulum.instance(before[0]), latest=None, catchup=True)
    info, ids = None, []
    for _ in before:
        info = built.next_dagrun_info(
            last_automated_data_interval=info and info.data_interval, restriction=restriction
        )
        assert info is not None
        assert info.logical_date == info.run_after
        ids.append(
            DagRun.generate_run_id(
                run_type=DagRunType.SCHEDULED, logical_date=info.logical_date, run_after=info.run_after
            )
        )
    assert ids == [f"scheduled__{tick.isoformat()}" for tick in before]
