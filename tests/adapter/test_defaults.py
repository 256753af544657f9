from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pendulum
import pytest
from airflow.sdk import RetryAction
from airflow.serialization.encoders import coerce_to_core_timetable
from airflow.timetables.base import TimeRestriction

import include.errors
from include.config.load import load_model
from mlops.defaults import RETRY_POLICY, default_args, timetable

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]

FAIL = {
    "InputError", "ConfigError", "DataError", "QuarantinedDataError", "ModelError", "RefusedError",
    "StaleDecisionError",
}  # fmt: skip
RETRY = {"InfrastructureError", "StorageError", "RegistryError", "TrackingError"}
RESTRICTION = TimeRestriction(earliest=None, latest=None, catchup=False)


def action(error: Exception) -> RetryAction:
    return RETRY_POLICY.evaluate(error, 1, 4, None).action


def test_every_error_of_the_family_is_decided_about() -> None:
    family = {
        name
        for name, value in vars(include.errors).items()
        if isinstance(value, type) and issubclass(value, include.errors.MlopsError)
    }
    assert family - {"MlopsError"} == FAIL | RETRY, "a new error: say here what Airflow does with it"


@pytest.mark.parametrize("name", sorted(FAIL))
def test_what_came_in_wrong_fails_at_once(name: str) -> None:
    assert action(getattr(include.errors, name)("x")) is RetryAction.FAIL


@pytest.mark.parametrize("name", sorted(RETRY))
def test_what_may_pass_is_retried(name: str) -> None:
    assert action(getattr(include.errors, name)("x")) is RetryAction.RETRY


@pytest.mark.parametrize("error", [ValueError("x"), MemoryError(), include.errors.MlopsError("x")])
def test_an_error_nobody_thought_of_is_left_to_the_number_of_retries(error: Exception) -> None:
    assert action(error) is RetryAction.DEFAULT


def test_the_policy_survives_serialisation() -> None:
    from airflow.sdk import ExceptionRetryPolicy

    stored = json.loads(json.dumps(RETRY_POLICY.serialize()))
    again = ExceptionRetryPolicy.deserialize(stored)
    assert again.evaluate(include.errors.DataError("x"), 1, 4).action is RetryAction.FAIL
    assert again.evaluate(include.errors.StorageError("x"), 1, 4).action is RetryAction.RETRY


def test_the_reason_tells_people_what_to_expect() -> None:
    decision = RETRY_POLICY.evaluate(include.errors.DataError("x"), 1, 4)
    assert "champion stays" in str(decision.reason)


@pytest.mark.parametrize("schedule", ["@daily", "@hourly", "0 6 * * 1", "@monthly"])
def test_a_dag_that_is_switched_on_waits_for_the_next_tick(schedule: str) -> None:
    """Airflow's own default would start one for the tick that is just over."""
    core = coerce_to_core_timetable(timetable(schedule))
    before = pendulum.now("UTC")
    info = core.next_dagrun_info(last_automated_data_interval=None, restriction=RESTRICTION)
    assert info is not None
    assert info.run_after >= before


def test_a_day_later_the_next_run_is_the_day_after() -> None:
    core = coerce_to_core_timetable(timetable("@daily"))
    first = core.next_dagrun_info(last_automated_data_interval=None, restriction=RESTRICTION)
    assert first is not None
    second = core.next_dagrun_info(last_automated_data_interval=first.data_interval, restriction=RESTRICTION)
    assert second is not None
    assert second.run_after - first.run_after == timedelta(days=1)


def test_schedules_are_in_utc() -> None:
    core = coerce_to_core_timetable(timetable("0 6 * * *"))
    info = core.next_dagrun_info(last_automated_data_interval=None, restriction=RESTRICTION)
    assert info is not None
    assert (info.run_after.in_timezone("UTC").hour, info.run_after.minute) == (6, 0)


def test_a_model_without_a_schedule_is_triggered_only() -> None:
    assert timetable(None) is None


def test_the_owner_of_the_model_owns_its_tasks(model_folder: Path) -> None:
    config = load_model(model_folder)
    arguments = default_args(config)
    assert arguments["owner"] == config.owner
    assert arguments["retry_policy"] is RETRY_POLICY
    assert callable(arguments["on_failure_callback"])


def test_retries_outlast_a_restart_of_a_server(model_folder: Path) -> None:
    arguments = default_args(load_model(model_folder))
    delays = [arguments["retry_delay"] * 2**n for n in range(arguments["retries"])]
    assert arguments["retry_exponential_backoff"]
    assert sum(delays, timedelta()) >= timedelta(minutes=5)
    assert arguments["max_retry_delay"] <= timedelta(minutes=15)
    assert arguments["execution_timeout"] is not None
