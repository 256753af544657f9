from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pendulum
import pytest
from airflow.sdk import DAG, BaseOperator

from include.config.load import load_model
from mlops.dag_factory.task_groups import learn_and_promote, learning_params, result_of
from tests.world import results as handed_on

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.adapter.conftest import TaskInstance

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]

KEY = "0e1" + "7" * 61
HANDED_ON: dict[tuple[str, str], Any] = {
    ("extract", "return_value"): handed_on.HANDED_ON["extracted"] | {"none": None},
    ("validate", "return_value"): handed_on.HANDED_ON["validated"],
    ("prepare", "return_value"): handed_on.HANDED_ON["dataset"] | {"nested": [1, {"a": True}]},
    ("check_new_data", "training_key"): "sha256:" + KEY,
    ("train", "return_value"): handed_on.HANDED_ON["trained"],
    ("evaluate", "return_value"): handed_on.HANDED_ON["evaluated"],
    ("evaluate", "run_url"): "http://127.0.0.1:5000/#/experiments/1/runs/2",
    ("gate", "verdict"): handed_on.HANDED_ON["verdict"],
    ("register", "return_value"): handed_on.HANDED_ON["registered"],
}
GIVEN = {
    "extracted": ("extract", "return_value"),
    "validated": ("validate", "return_value"),
    "dataset": ("prepare", "return_value"),
    "training_key": ("check_new_data", "training_key"),
    "trained": ("train", "return_value"),
    "evaluated": ("evaluate", "return_value"),
    "verdict": ("gate", "verdict"),
    "registered": ("register", "return_value"),
}


@pytest.fixture
def dag(model_folder: Path) -> DAG:
    with DAG(
        "m_training", schedule=None, params=learning_params(), render_template_as_native_obj=True
    ) as dag:
        learn_and_promote(model_folder, load_model(model_folder))
    return dag


@pytest.fixture
def render(dag: DAG, make_instance: Callable[..., TaskInstance]) -> Callable[..., BaseOperator]:
    """Return a function that renders a task's templates as Airflow does before it runs."""

    def render(task_id: str, **params: Any) -> BaseOperator:
        task = dag.get_task(task_id)
        context = {
            "ti": make_instance(handed_on=HANDED_ON),
            "params": {"as_of": None, "force": False, "dry_run": False, **params},
            "data_interval_end": pendulum.datetime(2005, 5, 31, tz="UTC"),
            "dag_run": SimpleNamespace(run_after=pendulum.datetime(2006, 1, 1, tz="UTC")),
        }
        task.render_template_fields(context)  # type: ignore[arg-type]
        return task

    return render


def test_the_template_of_a_result_brings_what_was_handed_on(
    make_instance: Callable[..., TaskInstance],
) -> None:
    with DAG("d", schedule=None, render_template_as_native_obj=True) as dag:
        task = BaseOperator(task_id="t")
    instance = make_instance(handed_on={("a", "return_value"): {"x": [1, None]}, ("a", "k"): 3.5})
    for template, value in (
        (result_of("a"), {"x": [1, None]}),
        (result_of("a", "k"), 3.5),
        (result_of("b"), None),
    ):
        rendered = task.render_template(template, {"ti": instance}, dag.get_template_env())  # type: ignore[arg-type]
        assert rendered == value
        assert type(rendered) is type(value)


def test_every_task_is_given_what_earlier_ones_handed_on(
    dag: DAG, render: Callable[..., BaseOperator]
) -> None:
    seen = set()
    for task_id in dag.task_ids:
        task = render(task_id)
        for field, source in GIVEN.items():
            if field in task.template_fields:
                assert getattr(task, field) == HANDED_ON[source], f"{task_id}.{field}"
                seen.add(field)
        task.pre_execute({})
    assert seen == set(GIVEN)


def test_what_a_task_is_given_comes_from_a_task_before_it(dag: DAG) -> None:
    for task in dag.tasks:
        before = task.get_flat_relative_ids(upstream=True)
        for field, (source, _) in GIVEN.items():
            if field in task.template_fields:
                assert source in before, f"{task.task_id} reads {field} of {source}, which may not have run"


def test_a_name_of_digits_stays_a_name(render: Callable[..., BaseOperator]) -> None:
    """Native rendering turns a text that looks like a number into one."""
    assert render("train").training_key == "sha256:" + KEY  # type: ignore[attr-defined]


def test_the_date_of_the_run_reaches_extract(render: Callable[..., BaseOperator]) -> None:
    assert render("extract").as_of == "2005-05-31"  # type: ignore[attr-defined]


def test_the_date_of_the_form_reaches_extract(render: Callable[..., BaseOperator]) -> None:
    assert render("extract", as_of="2005-10-11").as_of == "2005-10-11"  # type: ignore[attr-defined]


@pytest.mark.parametrize("value", [True, False])
def test_ticks_in_the_form_are_true_or_false(render: Callable[..., BaseOperator], value: bool) -> None:
    assert render("check_new_data", force=value).force is value  # type: ignore[attr-defined]
    assert render("gate", dry_run=value).preview is value  # type: ignore[attr-defined]


def test_decisions_lead_to_tasks_that_exist(dag: DAG, render: Callable[..., BaseOperator]) -> None:
    gate, check_new_data = render("gate"), render("check_new_data")
    assert {gate.promote, gate.alert} == gate.downstream_task_ids  # type: ignore[attr-defined]
    assert {check_new_data.follow} == check_new_data.downstream_task_ids  # type: ignore[attr-defined]


def test_it_begins_with_one_task_and_returns_it(model_folder: Path) -> None:
    with DAG("d", schedule=None, params=learning_params()) as dag:
        first = learn_and_promote(model_folder, load_model(model_folder))
    assert dag.roots == [first]


def test_alerts_of_a_rejection_lead_to_the_run(render: Callable[..., BaseOperator]) -> None:
    assert render("alert").url == HANDED_ON["evaluate", "run_url"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("params", [{"as_of": "31.05.2005"}, {"force": "yes"}, {"dry_run": 1}])
def test_the_form_refuses_what_it_did_not_ask_for(dag: DAG, params: dict[str, Any]) -> None:
    from airflow.sdk.exceptions import ParamValidationError

    (name,) = params
    with pytest.raises(ParamValidationError):
        dag.params.get_param(name).resolve(params[name])
