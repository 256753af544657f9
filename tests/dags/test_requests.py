"""The DAG that does what a person asks for: nothing starts it by itself, and its form takes what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from airflow.sdk.exceptions import ParamValidationError

from mlops.requests import REQUESTS
from tests.dags.test_approval_and_rollback import build

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.dags


def test_it_is_one_task_that_a_person_starts(model_folder: Path) -> None:
    dag = build("requests", model_folder)
    assert dag.dag_id == "credit_risk_requests"
    assert [task.task_id for task in dag.tasks] == ["request"]
    assert not dag.schedule


def test_its_form_takes_what_can_be_asked_for_and_nothing_else(model_folder: Path) -> None:
    params = build("requests", model_folder).params
    for name in REQUESTS:
        assert params.get_param("request").resolve(name) == name
    for field, wrong in (("request", "promote"), ("subject", "../x"), ("subject", ""), ("reason", "  ")):
        with pytest.raises(ParamValidationError):
            params.get_param(field).resolve(wrong)
