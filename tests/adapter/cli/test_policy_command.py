"""``bin/mlops policy``: what is remembered is shown, and forgotten with an entry in the ledger."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk.exceptions import ParamValidationError
from airflow.serialization.serialized_objects import DagSerialization

from include.errors import ConfigError, DataError
from mlops.api_server.trigger_form import register_formats
from mlops.cli import __main__ as command_line
from mlops.cli.policy import policy_table
from mlops.dag_factory.model_dags import as_of_param
from mlops.operators.extract import ExtractDataOperator
from mlops.run_context import as_of_date
from mlops.tracking import ledger as ledger_module

if TYPE_CHECKING:
    from pathlib import Path

    from tests.adapter.conftest import HttpServer

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(120)]

ASSETS = "/api/v2/assets?limit=1000&uri_pattern=mlops%3A%2F%2Fmodels%2Fcredit_risk"
STORE = "/api/v2/assets/7/state-store"
STATE = {"watermark": "2999-12-31", "last_retraining": None, "last_evidence": None, "pending": None}


@pytest.fixture
def airflow(http_server: HttpServer, state: Path, monkeypatch: pytest.MonkeyPatch) -> HttpServer:
    """Return an Airflow that knows two models and remembers something of one."""
    connection = {"conn_type": "http", "host": "127.0.0.1", "port": http_server.port, "login": "admin", "password": "p"}  # fmt: skip  # noqa: E501
    monkeypatch.setenv("AIRFLOW_CONN_AIRFLOW_API_DEFAULT", json.dumps(connection))
    kept = [
        {
            "key": "drift",
            "value": {"version": "3", "windows": {"2005-09-30": "quiet"}},
            "updated_at": "2026",
        },
        {"key": "policy", "value": STATE, "updated_at": "2026-11-26T10:00:00Z"},
        {"key": "somebody's", "value": 1, "updated_at": "2026"},
    ]
    tries = iter([(401, {}), *[None] * 9])
    found = {"assets": [
        {"id": 6, "uri": "mlops://models/credit_risk_2"}, {"id": 7, "uri": "mlops://models/credit_risk"},
    ]}  # fmt: skip
    http_server.answers |= {
        f"GET {ASSETS}": lambda body: next(tries) or found,
        f"GET {STORE}?limit=100": {"asset_state_store": kept, "total_entries": 3},
        f"DELETE {STORE}/policy": (204, b""),
        f"DELETE {STORE}/drift": (204, b""),
        "POST /auth/token": (201, {"access_token": "t"}),
    }
    return http_server


@pytest.fixture
def entries(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return what is written into the ledger."""
    written: list[Any] = []
    monkeypatch.setattr(
        ledger_module.Ledger,
        "record_planned",
        lambda self, number, verdict, **rest: (
            written.append(("planned", verdict)) or SimpleNamespace(run_id="r")
        ),
    )
    monkeypatch.setattr(
        ledger_module.Ledger,
        "record_applied",
        lambda self, entry, verdict: written.append(("applied", verdict)),
    )
    return written


def test_watermarks_are_shown(airflow: HttpServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["policy", "credit_risk"]) == 0
    said = capsys.readouterr().out
    assert "watermark" in said
    assert "2999-12-31" in said
    assert re.search(r"drift 2005-09-30 +no drift +against version 3", said), "in the word of today"
    assert ("/auth/token", {"username": "admin", "password": "p"}) in airflow.asked("POST")
    assert not airflow.asked("DELETE")


def test_a_reset_is_an_entry_in_the_ledger(
    airflow: HttpServer, entries: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["policy", "credit_risk", "--reset", "--yes"]) == 0
    assert [path for path, _ in airflow.asked("DELETE")] == [f"{STORE}/policy", f"{STORE}/drift"]
    assert [what for what, _ in entries] == ["planned", "applied"]
    verdict = entries[0][1]
    assert verdict.inputs["before"]["policy"] == STATE
    assert "watermark was 2999-12-31" in verdict.summary
    assert verdict.summary in capsys.readouterr().out


@pytest.mark.parametrize("answer", ["n\n", "y\n"])
def test_a_reset_as_json_asks_beside_what_it_prints(
    airflow: HttpServer, entries: list[Any], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], answer: str,
) -> None:  # fmt: skip
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    done = answer == "y\n"
    assert command_line.main(["policy", "credit_risk", "--reset", "--json"]) == (0 if done else 1)
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert (found["reset"], found["before"]["policy"]) == (done, STATE)
    assert "Forget all this of credit_risk?" in said.err


@pytest.mark.parametrize("answer", ["", "n\n", "no\n", "\n"])
def test_nothing_is_forgotten_without_a_yes(
    airflow: HttpServer, entries: list[Any], monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    assert command_line.main(["policy", "credit_risk", "--reset"]) == 1
    assert not airflow.asked("DELETE")
    assert entries == []


def test_a_model_that_airflow_does_not_know_is_named(
    airflow: HttpServer, capsys: pytest.CaptureFixture[str]
) -> None:
    airflow.answers["GET /api/v2/assets?limit=1000&uri_pattern=mlops%3A%2F%2Fmodels%2Fcredit"] = {
        "assets": []
    }
    assert command_line.main(["policy", "credit"]) == 1
    assert "Airflow knows no model 'credit'" in capsys.readouterr().err


class TestAsOf:
    def test_the_form_takes_no_date_that_has_not_come(self) -> None:
        register_formats()
        today = datetime.now(UTC).date()
        for value in (None, "2005-05-31", today.isoformat()):
            assert as_of_param().resolve(value) == value
        for value in ("2999-12-31", (today + timedelta(days=1)).isoformat()):
            with pytest.raises(ParamValidationError, match=r"is not a 'date up to today \(UTC\)'"):
                as_of_param().resolve(value)

    def test_airflows_server_checks_it_too(self) -> None:
        from airflow.sdk import DAG

        register_formats()
        dag = DAG("d", schedule=None, params={"as_of": as_of_param()})
        params = DagSerialization.from_dict(DagSerialization.to_dict(dag)).params
        params.deep_merge({"as_of": "2005-05-31"}).validate()
        with pytest.raises(Exception, match="date up to today"):
            params.deep_merge({"as_of": "2999-12-31"}).validate()

    def test_extract_refuses_it_before_anything_else(self, tmp_path: Path) -> None:
        operator = ExtractDataOperator(
            task_id="extract", model_folder=str(tmp_path / "none"), as_of="2999-12-31"
        )
        with pytest.raises(DataError, match="the as-of date 2999-12-31 is in the future"):
            operator.execute({})
        operator.as_of = "2005-05-31"
        with pytest.raises(ConfigError, match="the file is missing"):
            operator.execute({})

    def test_no_alert_is_opened_as_of_a_date_that_has_not_come(self) -> None:
        today = datetime.now(UTC).date().isoformat()
        assert as_of_date({"params": {"as_of": "2999-12-31"}}) == today  # type: ignore[typeddict-item]
        assert as_of_date({"params": {"as_of": "2005-05-31"}}) == "2005-05-31"  # type: ignore[typeddict-item]
        assert as_of_date({}) == ""


def test_a_damaged_memory_of_the_drift_check_is_shown_and_can_be_reset():
    for value in (
        {"version": "3"},
        {"version": "3", "windows": {"2005-09-30": "calm"}},
        {"format": 9},
        "text",
    ):
        said = policy_table({"drift": {"key": "drift", "value": value, "updated_at": "2026"}})
        assert "reset it with `bin/mlops policy MODEL --reset`" in said
