"""What the policy remembers, and the trigger form, at an Airflow API server as the demo starts it."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from demo import databases, servers
from demo.demo import dag_is_there
from demo.state import State
from mlops.cli.airflow_api import AirflowApi, AirflowApiError
from mlops.cli.policy import RememberedPolicy
from mlops.run_context import PROJECT_ROOT
from tests.world.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

# CI has the same against an API that answers as Airflow does, in tests/adapter/cli.
pytestmark = [pytest.mark.integration, pytest.mark.full, pytest.mark.long, pytest.mark.timeout(600)]

MODEL = "credit_risk"
WITH_A_DATE = ("training", "scoring", "monitoring", "retraining")
NEEDED = ["mlflow", "api-server", "dag-processor"]
POLICY = {"watermark": "2999-12-31", "last_retraining": "2005-07-30", "last_evidence": "e1", "pending": None}


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    """Return the state of a demo whose API server, DAG processor and MLflow run, and whose DAGs are known."""
    state = State(
        folder=tmp_path_factory.mktemp("demo") / "state", airflow_port=free_port(), mlflow_port=free_port()
    )
    servers.claim(state)
    since = datetime.now(UTC)
    databases.make(state, databases.missing(state))
    try:
        servers.start(state, NEEDED)
        deadline = time.monotonic() + 300
        while not known(state, since):
            assert set(servers.running(state)) == set(NEEDED)
            assert time.monotonic() < deadline, servers.last_lines(state.log("dag-processor"))
            time.sleep(1)
        yield state
    finally:
        servers.stop(state)


def known(state: State, since: datetime) -> bool:
    """Tell whether Airflow has parsed every DAG of the model."""
    api = AirflowApi(state.airflow_url, patience=0)
    try:
        return all(dag_is_there(api, f"{MODEL}_{kind}", since) for kind in (*WITH_A_DATE, "rollback"))
    except AirflowApiError:
        return False


@pytest.fixture
def api(state: State) -> AirflowApi:
    return AirflowApi(state.airflow_url)


@pytest.fixture
def remembered(api: AirflowApi) -> dict[str, Any]:
    """Let Airflow remember something of the model; return it."""
    kept = {
        "policy": POLICY,
        "drift": {"format": 1, "version": "3", "windows": {"2005-09-30": "matters"}},
    }
    asset = RememberedPolicy(api, MODEL)._asset()
    for key, value in kept.items():
        api.call("PUT", f"assets/{asset}/state-store/{key}", {"value": value})
    return kept


def mlops(state: State, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run ``bin/mlops`` as somebody in a terminal does beside that demo."""
    environment = {
        name: value for name, value in state.environment().items() if not name.startswith("AIRFLOW_")
    }
    return subprocess.run(
        [PROJECT_ROOT / "bin" / "mlops", *arguments],
        env={**environment, "VENV": sys.prefix}, input=typed, capture_output=True, text=True, timeout=200,
        check=False,
    )  # fmt: skip


def test_what_is_remembered_is_shown_and_forgotten_with_an_entry_in_the_ledger(
    state: State, api: AirflowApi, remembered: dict[str, Any]
) -> None:
    kept = RememberedPolicy(api, MODEL)
    shown = mlops(state, "policy", MODEL)
    assert shown.returncode == 0, shown.stderr
    for text in (
        "watermark",
        "2999-12-31",
        "2005-07-30",
        "drift 2005-09-30",
        "impactful drift",
        "against version 3",
    ):
        assert text in shown.stdout
    assert "INFO" not in shown.stdout

    refused = mlops(state, "policy", MODEL, "--reset", typed="n\n")
    assert refused.returncode == 1
    assert "nothing was changed" in refused.stdout
    assert {key: entry["value"] for key, entry in kept.entries().items()} == remembered

    reset = mlops(state, "policy", MODEL, "--reset", "--yes")
    assert reset.returncode == 0, reset.stderr
    assert "watermark was 2999-12-31" in reset.stdout
    assert kept.entries() == {}
    assert "nothing is remembered" in mlops(state, "policy", MODEL).stdout
    assert "policy reset" in mlops(state, "ledger", MODEL).stdout

    again = mlops(state, "policy", MODEL, "--reset", "--yes")
    assert again.returncode == 0
    assert "nothing is remembered" in again.stdout


@pytest.mark.full  # CI has the answer, in tests/adapter/cli
def test_a_model_that_airflow_does_not_know(state: State) -> None:
    for name in ("credit", "credit%risk", "Credit_Risk"):
        told = mlops(state, "policy", name)
        assert told.returncode == 1
        assert f"Airflow knows no model {name!r}" in told.stderr
        assert "Traceback" not in told.stderr


@pytest.mark.parametrize("kind", WITH_A_DATE)
def test_no_run_is_started_as_of_a_date_that_has_not_come(api: AirflowApi, kind: str) -> None:
    today = datetime.now(UTC).date()
    path = f"dags/{MODEL}_{kind}/dagRuns"
    for as_of in ("2999-12-31", (today + timedelta(days=2)).isoformat(), "31.12.2005", "2005-02-30"):
        with pytest.raises(AirflowApiError) as caught:
            api.call("POST", path, {"logical_date": None, "conf": {"as_of": as_of}})
        assert caught.value.status == 400, caught.value
        assert as_of in str(caught.value)
    assert api.call("GET", path)["dag_runs"] == []
    created = api.call("POST", path, {"logical_date": None, "conf": {"as_of": "2005-05-31"}})
    assert created["conf"]["as_of"] == "2005-05-31"
