"""What holds for every operator. What each one does is tested against real servers, in tests/integration."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk import BaseOperator, TriggerRule

from include.errors import InputError
from mlops.operators.base import DecisionOperator, ModelOperator
from mlops.operators.results import HAND_OVERS, check_hand_over
from mlops.run_context import PROJECT_ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]

MLOPS = PROJECT_ROOT / "plugins" / "mlops"
SHARED = {"base", "links", "results"}
FILES = [file for file in sorted((MLOPS / "operators").glob("[a-z]*.py")) if file.stem not in SHARED]
WHOLE = {field: dict.fromkeys(keys, "x") for field, keys in HAND_OVERS.items()}


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
    """Return the operator's own arguments; ``inspect`` sees through Airflow's wrapper."""
    parameters = inspect.signature(operator.__init__).parameters.values()
    return [parameter.name for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY]


def make(operator: type[BaseOperator], **changes: Any) -> BaseOperator:
    """Build a task whose fields are all different things."""
    fields = {name: changes.pop(name, f"<{name}>") for name in arguments_of(operator)}
    return operator(task_id="t", **fields, **changes)


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
    parameters = inspect.signature(operator.__init__).parameters
    for name, parameter in parameters.items():
        if name.endswith("_conn_id"):
            kind = name.removesuffix("_conn_id").replace("registry", "data_registry")
            assert parameter.default == f"{kind}_default"


@each_operator
def test_an_operator_can_be_stored_and_drawn(operator: type[BaseOperator]) -> None:
    """The DAG processor stores each task as JSON."""
    from airflow.sdk import DAG
    from airflow.serialization.serialized_objects import DagSerialization

    extra = {} if issubclass(operator, ModelOperator) else {"trigger_dag_id": "d", "trigger_run_id": "r"}
    with DAG("d", schedule=None) as dag:
        make(operator, **extra)
    stored = json.loads(json.dumps(DagSerialization.to_dict(dag)))
    again = DagSerialization.from_dict(stored)
    assert set(again.get_task("t").template_fields) == set(operator.template_fields)


@each_operator
def test_every_argument_is_described(operator: type[BaseOperator]) -> None:
    described = inspect.getdoc(operator) or ""
    for name in arguments_of(operator):
        assert f":param {name}:" in described, f"{operator.__name__}: describe {name}"


def read_keys(tree: ast.AST) -> set[tuple[str, str]]:
    """Return field and key of every ``self.field["key"]``."""
    return {
        (node.value.attr, node.slice.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Attribute)
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, str)
    }


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_an_operator_reads_is_checked_before(file: Path) -> None:
    for field, key in read_keys(ast.parse(file.read_text())):
        if field in HAND_OVERS:
            assert key in HAND_OVERS[field], f"{file.name} reads {field}[{key!r}]: add it to HAND_OVERS"


@pytest.mark.parametrize(
    ("field", "file"),
    [
        ("extracted", "operators/extract.py"),
        ("validated", "operators/validate.py"),
        ("dataset", "operators/prepare.py"),
        ("trained", "tracking/training_log.py"),
        ("evaluated", "operators/evaluate.py"),
        ("registered", "operators/register.py"),
    ],
)
def test_what_is_checked_is_what_the_task_before_returns(field: str, file: str) -> None:
    returned = [
        {key.value for key in node.value.keys if isinstance(key, ast.Constant)}
        for node in ast.walk(ast.parse((MLOPS / file).read_text()))
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Dict)
    ]
    assert any(set(HAND_OVERS[field]) <= keys for keys in returned), f"{file} does not return all of {field}"


def test_a_verdict_holds_what_is_checked() -> None:
    from include.verdicts import Verdict

    verdict = Verdict(kind="gate", decision="promote", subject="s", summary="s")
    check_hand_over("t", "verdict", verdict.to_dict())


@pytest.mark.parametrize("field", sorted(HAND_OVERS))
@pytest.mark.parametrize("value", [None, "text", [], 3, "{{ ti.xcom_pull() }}"])
def test_something_that_was_not_handed_on_is_named_with_the_remedy(field: str, value: object) -> None:
    with pytest.raises(InputError, match=rf"'t' was given .* as {field}; expected a mapping.*clear it"):
        check_hand_over("t", field, value)


@pytest.mark.parametrize(
    ("field", "key"), [(field, key) for field, keys in HAND_OVERS.items() for key in keys]
)
def test_each_missing_key_is_named_beside_what_is_there(field: str, key: str) -> None:
    value = {name: "x" for name in WHOLE[field] if name != key} | {"another": 1}
    with pytest.raises(InputError, match=rf"given {field} without {key}; it holds .*another"):
        check_hand_over("t", field, value)


@each_of_ours
def test_an_operator_starts_with_what_it_needs(operator: type[BaseOperator]) -> None:
    make(operator, **{name: WHOLE[name] for name in arguments_of(operator) if name in WHOLE}).pre_execute({})


@pytest.mark.parametrize(
    ("operator", "field"),
    [(operator, name) for operator in OURS for name in arguments_of(operator) if name in HAND_OVERS],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_an_operator_refuses_to_start_without(operator: type[BaseOperator], field: str) -> None:
    whole = {name: WHOLE[name] for name in arguments_of(operator) if name in WHOLE}
    with pytest.raises(InputError, match=f"as {field}"):
        make(operator, **(whole | {field: None})).pre_execute({})
    make(operator, **(whole | {field: None}), trigger_rule=TriggerRule.ALL_DONE).pre_execute({})


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
