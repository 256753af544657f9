"""Airflow's own application with the pages in it, users of three roles, and models in its database."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from include.pages.entry import Entry, Place
from include.pages.moment import History, moments
from include.verdicts import Reason, Verdict
from mlops.model_asset import SCHEME
from mlops.page_state.keys import history_key, page_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    Login = Callable[..., TestClient]

USERS = "ann:viewer,ben:user,eve:admin"
NOW = datetime(2026, 1, 5, 6, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>\"'&"


def gate(decision: str = "promote", text: str = "better by 0.01") -> Verdict:
    reason = Reason(rule="difference", passed=decision == "promote", found=text, required="> 0")
    return Verdict(
        kind="gate", decision=decision, subject="m", summary=text, reasons=(reason,),
        counterfactuals=("a loss below 0.01",),
    )  # fmt: skip


def _day(number: int) -> str:
    return (date(2026, 1, 1) + timedelta(days=number)).isoformat()


def entry(verdict: Verdict | None = None, days: int = 3, *, drawn: bool = True, **facts: Any) -> Entry:
    said = verdict.decision if verdict else "scored"
    figures = {"value": 0.9, "low": 0.88, "high": 0.92, "expected": 0.91, "rows": 100} if drawn else {}
    return Entry(
        as_of="2026-01-03", place=Place(dag_id="m_training", run_id="r1", task_id="gate"), verdict=verdict,
        facts=facts, history=moments([(_day(day), said, figures) for day in range(days)]),
    )  # fmt: skip


class Models:
    """Puts models into Airflow's metadata database, as its scheduler and the tasks would."""

    def add(
        self,
        name: str,
        entries: dict[str, Any],
        *,
        paused: bool = False,
        state: str = "success",
        lists: dict[str, Any] | None = None,
    ) -> None:
        """Add a model with its DAGs, a run of each, and what tasks left for the pages.

        :param entries: by kind; anything but an entry is written as it is.
        :param lists: what grows by a line at a time: key to value.
        """
        from airflow.models.asset import AssetModel
        from airflow.models.asset_state_store import AssetStateStoreModel
        from airflow.models.dag import DagModel
        from airflow.models.dagbundle import DagBundleModel
        from airflow.models.dagrun import DagRun
        from airflow.utils.session import create_session
        from airflow.utils.types import DagRunType

        with create_session() as session:
            if session.get(DagBundleModel, "dags") is None:
                session.add(DagBundleModel(name="dags"))
                session.flush()
            for kind in ("training", "scoring", "monitoring", "retraining", "rollback", "requests"):
                dag_id = f"{name}_{kind}"
                session.add(
                    DagModel(
                        dag_id=dag_id, is_paused=paused, is_stale=False, bundle_name="dags",
                        next_dagrun_create_after=NOW if kind == "training" else None,
                    )
                )  # fmt: skip
                session.flush()
                session.add(
                    DagRun(
                        dag_id=dag_id, run_id="r1", run_after=NOW, state=state, run_type=DagRunType.MANUAL,
                        logical_date=NOW,
                    )
                )  # fmt: skip
            model = AssetModel(name=name, uri=f"{SCHEME}{name}", group="mlops")
            session.add(model)
            session.flush()
            for key, one in (lists or {}).items():
                session.add(
                    AssetStateStoreModel(asset_id=model.id, key=key, value=json.dumps(one), updated_at=NOW)
                )
            for kind, found in entries.items():
                value = found.to_dict() if isinstance(found, Entry) else found
                written = {page_key(kind): value}
                if isinstance(found, Entry):
                    written[history_key(kind)] = History(moments=found.history).to_dict()
                for key, one in written.items():
                    session.add(
                        AssetStateStoreModel(
                            asset_id=model.id, key=key, value=json.dumps(one), updated_at=NOW
                        )
                    )


@pytest.fixture(scope="package")
def airflow_app(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """Airflow's whole application, made once; whoever asks has to be logged in."""
    settings = {
        "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",
        "CORE__SIMPLE_AUTH_MANAGER_USERS": USERS,
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(tmp_path_factory.mktemp("users") / "passwords.json"),
        "API_AUTH__JWT_SECRET": "what the tests sign with, and long enough for that: 0123456789 0123456789",
        "API__BASE_URL": "http://testserver/airflow/",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(f"AIRFLOW__{name}", value)
        from airflow import plugins_manager
        from airflow.api_fastapi.app import create_app, purge_cached_app

        plugins_manager.get_fastapi_plugins.cache_clear()
        purge_cached_app()
        yield create_app()
        purge_cached_app()


@pytest.fixture
def models(airflow_database: Path) -> Models:
    return Models()


@pytest.fixture
def login(airflow_app: FastAPI, airflow_database: Path) -> Login:
    """Return a client that is logged in as somebody; as nobody without a name."""
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from fastapi.testclient import TestClient

    roles = dict(user.split(":") for user in USERS.split(","))

    def client(name: str = "", **options: Any) -> TestClient:
        found = TestClient(airflow_app, base_url="http://testserver/airflow", root_path="/airflow", **options)
        if name:
            manager = airflow_app.state.auth_manager
            token = manager.generate_jwt(SimpleAuthManagerUser(username=name, role=roles[name]))
            found.headers["Authorization"] = f"Bearer {token}"
        return found

    return client
