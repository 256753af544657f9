from __future__ import annotations

import runpy
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk.exceptions import ParamValidationError

from include.config.load import load_model
from mlops.run_context import PROJECT_ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from airflow.sdk import DAG

pytestmark = pytest.mark.dags


def build(kind: str, folder: Path) -> DAG:
    dag: Any = runpy.run_path(str(PROJECT_ROOT / "dags" / f"{kind}.py"))[f"{kind}_dag"](
        folder, load_model(folder)
    )
    return dag


@pytest.fixture
def with_approval(model_folder: Path) -> Path:
    file = model_folder / "model.yaml"
    file.write_text(file.read_text().replace("approval: none", "approval: required"))
    return model_folder


@pytest.mark.parametrize("kind", ["training", "retraining"])
def test_an_approval_stands_between_registering_and_promoting(kind: str, with_approval: Path) -> None:
    dag = build(kind, with_approval)
    assert dag.get_task("register").downstream_task_ids == {"approve"}
    assert dag.get_task("approve").downstream_task_ids == {"promote"}
    assert "| approve |" in str(dag.doc_md)


@pytest.mark.parametrize("kind", ["training", "retraining"])
def test_a_run_lasts_as_long_as_people_may_take_to_answer(kind: str, with_approval: Path) -> None:
    approve = build(kind, with_approval).get_task("approve")
    assert approve.response_timeout == timedelta(hours=48)
    assert approve.defaults == ["Reject"], "no answer rejects"
    assert build(kind, with_approval).dagrun_timeout > approve.response_timeout


@pytest.mark.parametrize("kind", ["training", "retraining"])
def test_nobody_is_asked_where_model_yaml_does_not_say_so(kind: str, model_folder: Path) -> None:
    dag = build(kind, model_folder)
    assert not dag.has_task("approve")
    assert dag.get_task("register").downstream_task_ids == {"promote"}


def test_a_rollback_is_one_task_that_nothing_starts_by_itself(model_folder: Path) -> None:
    dag = build("rollback", model_folder)
    assert dag.dag_id == "credit_risk_rollback"
    assert [task.task_id for task in dag.tasks] == ["rollback"]
    assert not dag.schedule


def test_the_form_of_a_rollback_asks_for_a_reason(model_folder: Path) -> None:
    dag = build("rollback", model_folder)
    assert dag.params["target"] == "previous_champion"
    for reason in (None, "", "  ", "  \n "):
        with pytest.raises(ParamValidationError):
            dag.params.get_param("reason").resolve(reason)
    assert dag.params.get_param("reason").resolve("branches complain") == "branches complain"


def test_a_reason_stays_text_where_it_looks_like_something_else(model_folder: Path) -> None:
    dag = build("rollback", model_folder)
    task = dag.get_task("rollback")
    task.render_template_fields({"params": {"target": "3", "reason": "{'a': 1e3}", "only_from": None}})
    assert (task.target, task.reason, task.only_from) == ("3", "{'a': 1e3}", "")


def test_the_form_of_a_rollback_takes_a_version_to_leave(model_folder: Path) -> None:
    param = build("rollback", model_folder).params.get_param("only_from")
    assert param.resolve() is None
    assert param.resolve("12") == "12"
    with pytest.raises(ParamValidationError):
        param.resolve("previous_champion")
