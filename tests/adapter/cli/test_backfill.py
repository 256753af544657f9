"""`bin/mlops backfill`: in order, once a day, killed anywhere, and refused where it makes no sense."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from include.errors import ConfigError, InfrastructureError
from mlops.cli import backfill, dag_runs
from mlops.cli.airflow_api import AirflowApiError

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.adapter

DAYS = ["2005-05-31", "2005-06-30", "2005-07-31"]
EVIDENCE = "2005-06-30"  # the day on which monitoring starts a retraining


class Killed(BaseException):
    """What `kill -9` is to the process."""


class Airflow:
    """Runs by DAG and id; each ends when it is looked at twice.

    :param strike: number of the request at which the process dies.
    :param fails: DAG and run that fail the first time.
    :param rolls_back: whether probation starts a rollback on the day of :data:`EVIDENCE`, too.
    """

    url = "http://airflow"

    def __init__(
        self, strike: int | None = None, fails: tuple[str, str] | None = None, *, rolls_back: bool = False
    ) -> None:
        self.strike, self.fails = strike, fails
        self.follows = {"policy": ("retraining", RETRAINING)}
        if rolls_back:
            self.follows["probation"] = ("rollback", ROLLBACK)
        self.requests = 0
        self.looks: dict[tuple[str, str], int] = {}
        self.begun: list[tuple[str, str, str]] = []
        self.failed: set[tuple[str, str]] = set()
        self.paused = False

    def call(self, method: str, path: str, body: Any = None) -> Any:
        self.requests += 1
        if self.requests == self.strike:
            raise Killed
        _, dag, *rest = path.split("/")
        kind = dag.removeprefix("m_")
        if method == "POST" and rest == ["dagRuns"]:
            self.begin(kind, body["dag_run_id"], body["conf"]["as_of"])
            return {}
        if method == "POST":
            self.looks[kind, body["dag_run_id"]] = 0
            self.failed.remove((kind, body["dag_run_id"]))
            return {}
        if not rest:
            return {"is_paused": self.paused}
        return self.read(kind, rest)

    def begin(self, kind: str, run: str, as_of: str) -> None:
        if run.startswith(("backfill__", "scheduled__", "asset_triggered__")):
            raise AirflowApiError("a manual DAG run cannot use this id", 400)
        if (kind, run) in self.looks:
            raise AirflowApiError("it is there", 409)
        self.looks[kind, run] = 0
        self.begun.append((kind, run, as_of))
        going_on = [key for key in self.follows.values() if self.looks.get(key, 9) < 2 or key in self.failed]
        if kind in {"scoring", "monitoring"}:
            assert not going_on, f"{kind} as of {as_of} begins before {going_on} have ended"

    def read(self, kind: str, rest: list[str]) -> Any:
        key = (kind, rest[1])
        if key not in self.looks:
            raise AirflowApiError("no such run", 404)
        if len(rest) == 2:
            return {"state": self.look(key)}
        if len(rest) == 3:
            return {"task_instances": []}
        if rest[1].endswith(EVIDENCE) and rest[5].startswith("run_id") and rest[3] in self.follows:
            return {"value": self.follows[rest[3]][1]}
        raise AirflowApiError("nothing handed on", 404)

    def look(self, key: tuple[str, str]) -> str:
        self.looks[key] += 1
        if self.looks[key] < 2:
            return "running"
        if key == self.fails:
            self.fails = None
            self.failed.add(key)
        if key in self.failed:
            return "failed"
        if self.looks[key] == 2 and key[0] == "monitoring" and key[1].endswith(EVIDENCE):
            for follower in self.follows.values():
                if follower not in self.looks:
                    self.begin(*follower, EVIDENCE)
        return "success"


RETRAINING, ROLLBACK = "retrain__v1__evidence", "probation__evidence"
ORDER = [
    ("scoring", "past__2005-05-31", "2005-05-31"),
    ("monitoring", "past__2005-05-31", "2005-05-31"),
    ("scoring", "past__2005-06-30", "2005-06-30"),
    ("monitoring", "past__2005-06-30", "2005-06-30"),
    ("retraining", RETRAINING, "2005-06-30"),
    ("scoring", "past__2005-07-31", "2005-07-31"),
    ("monitoring", "past__2005-07-31", "2005-07-31"),
]


@pytest.fixture
def fill(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run the command in an Airflow, with a champion and three delivery days."""
    monkeypatch.setattr(backfill, "delivery_days", lambda model: DAYS)
    monkeypatch.setattr(backfill, "_require_champion", lambda model: None)
    monkeypatch.setattr(backfill, "_require_deliveries", lambda *rest: None)
    monkeypatch.setattr(dag_runs.time, "sleep", lambda seconds: None)

    def run(airflow: Airflow, **options: Any) -> int:
        monkeypatch.setattr(backfill, "airflow_api", lambda: airflow)
        return backfill.run(backfill.Options("m", **options))

    return run


def test_days_are_done_in_order_and_a_retraining_is_waited_for(fill: Callable[..., int]) -> None:
    airflow = Airflow()
    assert fill(airflow) == 0
    assert airflow.begun == ORDER
    assert fill(airflow) == 0
    assert airflow.begun == ORDER, "what is done is not done again"


@pytest.mark.parametrize("rolls_back", [False, True])
def test_killed_at_any_request_it_goes_on_to_the_same_end(
    fill: Callable[..., int], *, rolls_back: bool
) -> None:
    undisturbed = Airflow(rolls_back=rolls_back)
    fill(undisturbed)
    assert [run for run in undisturbed.begun if run[0] != "rollback"] == ORDER
    for strike in range(1, undisturbed.requests + 1):
        airflow = Airflow(strike=strike, rolls_back=rolls_back)
        with pytest.raises(Killed):
            fill(airflow)
        assert fill(airflow) == 0
        assert airflow.begun == undisturbed.begun, f"killed at request {strike}"


@pytest.mark.parametrize("started", [("retraining", RETRAINING), ("rollback", ROLLBACK)])
def test_what_monitoring_started_and_failed_is_tried_again(
    fill: Callable[..., int], started: tuple[str, str]
) -> None:
    airflow = Airflow(fails=started, rolls_back=True)
    with pytest.raises(InfrastructureError, match=f"m_{started[0]} failed in run {started[1]}"):
        fill(airflow)
    assert ("scoring", "past__2005-07-31", "2005-07-31") not in airflow.begun
    assert fill(airflow) == 0
    assert not airflow.failed, "it was not tried again"


def test_a_run_that_failed_stops_it_and_is_tried_again(fill: Callable[..., int]) -> None:
    airflow = Airflow(fails=("monitoring", "past__2005-06-30"))
    with pytest.raises(InfrastructureError, match=r"m_monitoring failed in run past__2005-06-30.*log"):
        fill(airflow)
    assert ("scoring", "past__2005-07-31", "2005-07-31") not in airflow.begun
    assert fill(airflow) == 0
    assert airflow.begun == ORDER


def test_what_monitoring_started_and_somebody_deleted_is_not_waited_for(
    fill: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    airflow = Airflow()
    assert fill(airflow) == 0
    del airflow.looks["retraining", RETRAINING]
    assert fill(airflow) == 0
    assert "3 of 3 days are done" in capsys.readouterr().out
    airflow.looks["scoring", f"past__{EVIDENCE}"] = 0
    assert fill(airflow, since=EVIDENCE, until=EVIDENCE) == 0
    assert capsys.readouterr().out.count("it is gone: somebody deleted it") == 1


def test_a_dry_run_lists_and_starts_nothing(
    fill: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    airflow = Airflow()
    assert fill(airflow, dry_run=True, since="2005-06-01") == 0
    assert airflow.begun == []
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["day", "scoring", "monitoring", "started", "by", "it"],
        ["2005-06-30", "to", "do", "to", "do", "-"],
        ["2005-07-31", "to", "do", "to", "do", "-"],
    ]


def test_a_dry_run_shows_what_monitoring_started(
    fill: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    airflow = Airflow(fails=("retraining", RETRAINING), rolls_back=True)
    with pytest.raises(InfrastructureError):
        fill(airflow)
    capsys.readouterr()
    assert fill(airflow, dry_run=True, since=EVIDENCE, until=EVIDENCE) == 0
    row = capsys.readouterr().out.splitlines()[1]
    assert row.split(maxsplit=3) == [EVIDENCE, "success", "success", "retraining: failed, rollback: running"]


def test_it_is_refused_without_deliveries_or_with_a_paused_dag(fill: Callable[..., int]) -> None:
    with pytest.raises(ConfigError, match=r"Nothing was delivered to m from 2006-01-01 .* to 2005-07-31"):
        fill(Airflow(), since="2006-01-01")
    airflow = Airflow()
    airflow.paused = True
    with pytest.raises(ConfigError, match="m_scoring is paused"):
        fill(airflow)


def test_it_is_refused_without_a_champion(monkeypatch: pytest.MonkeyPatch) -> None:
    class Registry:
        def __init__(self, *rest: Any) -> None: ...

        def champion(self) -> None:
            return None

    monkeypatch.setattr(backfill, "ModelRegistry", Registry)
    monkeypatch.setattr(backfill, "MlflowHook", lambda: None)
    with pytest.raises(ConfigError, match=r"m has no champion yet.*m_training"):
        backfill._require_champion("m")


def test_it_is_refused_where_the_source_has_lost_a_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    class Registry:
        def pointers(self, model: str) -> dict[tuple[str, str], Any]:
            return {("features", day): model for day in (*DAYS, "2005-06-15", "2004-01-01")}

    monkeypatch.setattr(backfill, "DataRegistryHook", Registry)
    with pytest.raises(ConfigError, match=r"no longer holds what it delivered on 2005-06-15, "):
        backfill._require_deliveries("m", DAYS, DAYS)
