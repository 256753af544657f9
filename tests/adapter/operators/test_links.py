from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from airflow.sdk import BaseOperator

from mlops.operators.base import ModelOperator
from mlops.operators.links import DataVersionLink, MlflowRunLink, ModelVersionLink
from mlops_plugin import MlopsPlugin

if TYPE_CHECKING:
    from airflow.sdk import BaseOperatorLink

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]

LINKS = [MlflowRunLink(), ModelVersionLink(), DataVersionLink()]
KEY = SimpleNamespace(dag_id="d", task_id="t", run_id="r", try_number=1)


def address(link: BaseOperatorLink, operator: BaseOperator) -> str:
    return link.get_link(operator, ti_key=KEY)  # type: ignore[arg-type]


@pytest.mark.parametrize("link", LINKS, ids=lambda link: link.name)
def test_a_button_leads_where_the_task_said(link: BaseOperatorLink) -> None:
    task = ModelOperator(task_id="t", model_folder="/m")
    task.link(link.name, "http://127.0.0.1:5000/#/x")
    assert address(link, task) == "http://127.0.0.1:5000/#/x"


@pytest.mark.parametrize("link", LINKS, ids=lambda link: link.name)
def test_a_task_that_made_nothing_has_no_address(link: BaseOperatorLink) -> None:
    assert address(link, ModelOperator(task_id="t", model_folder="/m")) == ""
    assert address(link, BaseOperator(task_id="t")) == ""


def test_each_button_has_an_address_of_its_own() -> None:
    task = ModelOperator(task_id="t", model_folder="/m")
    task.link(MlflowRunLink.name, "http://run")
    task.link(DataVersionLink.name, "http://data")
    assert [address(link, task) for link in LINKS] == ["http://run", "", "http://data"]


def test_two_tasks_do_not_share_their_addresses() -> None:
    first, second = (ModelOperator(task_id=name, model_folder="/m") for name in ("a", "b"))
    first.link(MlflowRunLink.name, "http://run")
    assert address(MlflowRunLink(), second) == ""


def test_the_api_server_knows_every_button() -> None:
    """It shows the links of a task only when a plugin registers their class."""
    registered = {type(link) for link in MlopsPlugin.operator_extra_links}
    assert registered == {type(link) for link in LINKS}
    assert len({link.name for link in LINKS}) == len(LINKS)
