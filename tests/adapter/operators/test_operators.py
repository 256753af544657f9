"""What holds for every operator. What each one does is tested against real servers, in tests/integration."""

from __future__ import annotations

import importlib
import inspect
import json
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk import BaseOperator, TriggerRule

from include.errors import InputError
from mlops.operators.base import ModelOperator
from mlops.operators.decision import DecisionOperator
from mlops.operators.results.task_input import TaskInput
from mlops.run_context import PROJECT_ROOT
from tests.world.results import HANDED_ON, RESULTS, VERDICT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]

MLOPS = PROJECT_ROOT / "plugins" / "mlops"
SHARED = {"base", "decision", "links", "trigger"}
FILES = [file for file in sorted((MLOPS / "operators").glob("[a-z]*.py")) if file.stem not in SHARED]
OBJECTS = {**RESULTS, "verdict": VERDICT}


def operators_of(file: Path) -> list[type[BaseOperator]]:
    module = importlib.import_module(f"mlops.operators.{file.stem}")
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, BaseOperator) and value.__module__ == module.__name__
    ]


OPERATORS = [operator for file in FILES for operator in operators_of(file)]
OURS = [operator for operator in OPERATORS if issubclass(operator, ModelOperator)]
each_operator = pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.__name__)
each_of_ours = pytest.mark.parametrize("operator", OURS, ids=lambda operator: operator.__name__)


def arguments_of(operator: type[BaseOperator]) -> list[str]:
    """Return the operator's arguments, its own and those of our bases; ``inspect`` sees through Airflow's
    wrapper."""
    return [
        parameter.name
        for base in operator.__mro__
        if base.__module__.startswith("mlops.") and "__init__" in vars(base)
        for parameter in inspect.signature(base.__init__).parameters.values()
        if parameter.kind is parameter.KEYWORD_ONLY
    ]


def inputs_of(operator: type[BaseOperator]) -> list[str]:
    """Return the arguments in which an operator is given what earlier tasks handed on."""
    return [name for name in arguments_of(operator) if isinstance(getattr(operator, name, None), TaskInput)]


def make(operator: type[BaseOperator], **changes: Any) -> BaseOperator:
    """Build a task whose fields are all different things."""
    extra = (
        {"trigger_dag_id": "d", "trigger_run_id": "r"} if "trigger_dag_id" in operator.template_fields else {}
    )
    fields = {name: changes.pop(name, f"<{name}>") for name in arguments_of(operator)}
    return operator(task_id="t", **fields, **extra, **changes)


def handed_on(operator: type[BaseOperator]) -> dict[str, Any]:
    return {name: HANDED_ON[name] for name in inputs_of(operator)}


def test_there_is_one_operator_in_each_file() -> None:
    for file in FILES:
        assert len(operators_of(file)) == 1, f"{file.name}: one operator, one file"


@each_operator
def test_every_template_field_is_an_attribute(operator: type[BaseOperator]) -> None:
    fields = operator.template_fields
    assert len(set(fields)) == len(fields), "a field would be rendered twice"
    for argument in arguments_of(operator):
        assert argument in fields, f"{operator.__name__}: {argument} can't be a template"


@each_of_ours
def test_a_constructor_keeps_what_it_was_given_and_looks_at_nothing(operator: type[BaseOperator]) -> None:
    """Templates are not rendered yet, and neither folder nor connection has to exist."""
    task = make(operator)
    for name in arguments_of(operator):
        assert getattr(task, name) == f"<{name}>"


@each_of_ours
def test_connections_have_defaults_of_the_settings_file(operator: type[BaseOperator]) -> None:
    given = {name: f"<{name}>" for name in arguments_of(operator) if not name.endswith("_conn_id")}
    extra = (
        {"trigger_dag_id": "d", "trigger_run_id": "r"} if "trigger_dag_id" in operator.template_fields else {}
    )
    task: Any = operator(task_id="t", **given, **extra)
    connections = (task.mlflow_conn_id, task.data_registry_conn_id, task.object_store_conn_id)
    assert connections == ("mlflow_default", "data_registry_default", "object_store_default")


@each_of_ours
def test_hooks_use_the_connections_of_their_task(operator: type[BaseOperator]) -> None:
    task: Any = make(operator)
    assert task.mlflow.conn_id == task.model_registry.hook.conn_id == "<mlflow_conn_id>"
    assert task.store.conn_id == task.data_registry.store.conn_id == "<object_store_conn_id>"
    assert task.data_registry.conn_id == "<data_registry_conn_id>"


@each_operator
def test_an_operator_can_be_stored_and_drawn(operator: type[BaseOperator]) -> None:
    """The DAG processor stores each task as JSON."""
    from airflow.sdk import DAG
    from airflow.serialization.serialized_objects import DagSerialization

    with DAG("d", schedule=None) as dag:
        make(operator)
    stored = json.loads(json.dumps(DagSerialization.to_dict(dag)))
    again = DagSerialization.from_dict(stored)
    assert set(again.get_task("t").template_fields) == set(operator.template_fields)


@each_operator
def test_every_argument_is_described(operator: type[BaseOperator]) -> None:
    described = "".join(
        base.__doc__ or "" for base in operator.__mro__ if base.__module__.startswith("mlops.")
    )
    for name in arguments_of(operator):
        assert f":param {name}:" in described, f"{operator.__name__}: describe {name}"


@each_of_ours
def test_an_operator_reads_what_it_was_given(operator: type[BaseOperator]) -> None:
    task = make(operator, **handed_on(operator))
    task.pre_execute({})
    for name in inputs_of(operator):
        assert getattr(task, name) == OBJECTS[name]
    task.pre_execute({})  # a second run in the same process
    assert all(getattr(task, name) == OBJECTS[name] for name in inputs_of(operator))


@pytest.mark.parametrize(
    ("operator", "field"),
    [(operator, name) for operator in OURS for name in inputs_of(operator)],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_an_operator_refuses_to_start_without(operator: type[BaseOperator], field: str) -> None:
    whole = handed_on(operator)
    with pytest.raises(InputError, match=f"as {field}"):
        make(operator, **(whole | {field: None})).pre_execute({})
    make(operator, **(whole | {field: None}), trigger_rule=TriggerRule.ALL_DONE).pre_execute({})


def test_what_is_handed_on_is_read_by_some_operator() -> None:
    assert {name for operator in OURS for name in inputs_of(operator)} == set(HANDED_ON)


@pytest.mark.parametrize(
    "operator",
    [operator for operator in OURS if issubclass(operator, DecisionOperator)],
    ids=lambda operator: operator.__name__,
)
def test_a_decision_leaves_the_log_and_the_branch_to_the_base(operator: type[BaseOperator]) -> None:
    assert "execute" not in vars(operator), "implement decide(); execute() logs the verdict last"
    assert "choose_branch" not in vars(operator)


class TestStoppingATraining:
    """Airflow asks first, and kills later."""

    def train(self) -> Any:
        from mlops.operators.train import TrainModelOperator

        return make(TrainModelOperator)

    def test_its_run_is_marked_and_the_task_ends(self) -> None:
        closed: list[tuple[str, str]] = []

        class Hook:
            def close_run(self, run_id: str, status: str) -> None:
                closed.append((run_id, status))

        task = self.train()
        task._open = (Hook(), "run-1")
        with pytest.raises(SystemExit, match="run-1 is marked KILLED"):
            task.on_kill()
        assert closed == [("run-1", "KILLED")]

    def test_before_there_is_a_run_nothing_happens(self) -> None:
        self.train().on_kill()
