from __future__ import annotations

import math
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk.exceptions import DownstreamTasksSkipped
from structlog.testing import capture_logs

from include.errors import ConfigError
from include.verdicts import Reason, Verdict
from mlops.operators.base import ModelOperator
from mlops.operators.decision import DecisionOperator
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping, Sequence
    from pathlib import Path

    from tests.adapter.conftest import TaskInstance

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]

VERDICT = Verdict(
    kind="gate", decision="promote", subject="m candidate", summary="Every rule holds.",
    reasons=(Reason(rule="floor", passed=True, found="0.9", required="0.8"),),
)  # fmt: skip
RUN = SimpleNamespace(run_after=datetime(2005, 5, 31, tzinfo=UTC))


class Decide(DecisionOperator):
    """Follows a given branch."""

    def __init__(self, *, branch: str | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.branch = branch

    def decide(self, context: Any) -> tuple[Verdict, str | None]:
        self.log.info("looked at everything")
        if self.branch == "fail":
            raise ConfigError("no such metric")
        return VERDICT, self.branch


@pytest.fixture
def decide(
    make_instance: Callable[..., TaskInstance], model_folder: Path, state: Path
) -> Callable[[str | None], tuple[Any, TaskInstance]]:
    """Return a function that runs a decision between two tasks: what Airflow is told to skip, and the
    instance."""
    from airflow.sdk import DAG
    from airflow.sdk.bases.operator import BaseOperator

    def run(branch: str | None) -> tuple[Any, TaskInstance]:
        with DAG("d", schedule=None):
            task = Decide(task_id="gate", model_folder=str(model_folder), branch=branch)
            task >> [BaseOperator(task_id="register"), BaseOperator(task_id="alert")]
        instance = make_instance(task=task)
        try:
            task.execute({"ti": instance, "task": task, "dag_run": RUN, "params": {}})
        except DownstreamTasksSkipped as skipped:
            return {name if isinstance(name, str) else name[0] for name in skipped.tasks}, instance
        return set(), instance

    return run


def test_the_other_branch_is_skipped(decide: Callable[[str | None], tuple[Any, TaskInstance]]) -> None:
    skipped, _ = decide("register")
    assert skipped == {"alert"}


def test_no_branch_skips_all_that_follows(decide: Callable[[str | None], tuple[Any, TaskInstance]]) -> None:
    skipped, _ = decide(None)
    assert skipped == {"register", "alert"}


def logged(entries: Sequence[MutableMapping[str, Any]]) -> list[str]:
    return [entry["event"] % entry.get("positional_args", ()) for entry in entries]


@pytest.mark.parametrize("branch", ["register", None])
def test_the_verdict_is_the_last_thing_in_the_log(
    decide: Callable[[str | None], tuple[Any, TaskInstance]], branch: str | None
) -> None:
    with capture_logs() as entries:
        decide(branch)
    messages = logged(entries)
    assert "looked at everything" in messages
    assert messages[-1] == VERDICT.to_text()
    assert messages.count(VERDICT.to_text()) == 1


def test_the_verdict_is_handed_on_as_plain_values(
    decide: Callable[[str | None], tuple[Any, TaskInstance]],
) -> None:
    _, instance = decide("register")
    assert instance.pushed["verdict"] == VERDICT.to_dict()


def test_a_decision_that_fails_has_no_verdict(
    decide: Callable[[str | None], tuple[Any, TaskInstance]],
) -> None:
    with capture_logs() as entries, pytest.raises(ConfigError, match="no such metric"):
        decide("fail")
    assert not [message for message in logged(entries) if "VERDICT" in message]


def test_a_task_sees_one_version_of_its_configuration_and_the_next_task_the_one_of_then(
    model_folder: Path,
) -> None:
    task = ModelOperator(task_id="t", model_folder=str(model_folder))
    assert task.config.window.min_rows == 1000
    file = model_folder / "model.yaml"
    file.write_text(file.read_text().replace("min_rows: 1000", "min_rows: 77"))
    assert task.config.window.min_rows == 1000
    task.pre_execute({})
    assert task.config.window.min_rows == 77
    file.write_text("name: broken\n")
    assert task.config.window.min_rows == 77


def test_no_number_that_is_none_leaves_a_task(
    make_instance: Callable[..., TaskInstance], model_folder: Path
) -> None:
    task = ModelOperator(task_id="t", model_folder=str(model_folder))
    instance = make_instance(task=task)
    task.push({"ti": instance}, "worst", {"low": math.inf, "ends": (1.0, math.nan)})  # type: ignore[arg-type]
    assert instance.pushed["worst"] == {"low": None, "ends": [1.0, None]}


class Look(ModelOperator):
    """Has inputs of its own."""

    def __init__(self, *, first: str, second: str = "b", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.first = first
        self.second = second


class LookAgain(Look):
    """Has one more."""

    def __init__(self, *, third: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.third = third


class LookOnly(Look):
    """Has no constructor of its own."""


def test_template_fields_follow_the_constructors() -> None:
    own = ModelOperator.template_fields
    assert own == ("model_folder", "mlflow_conn_id", "data_registry_conn_id", "object_store_conn_id")
    assert (*own, "first", "second") == Look.template_fields == LookOnly.template_fields
    assert LookAgain.template_fields == (*own, "first", "second", "third")


def test_hooks_are_made_once_for_a_task_and_anew_for_the_next(model_folder: Path) -> None:
    task = ModelOperator(task_id="t", model_folder=str(model_folder))
    first = (task.mlflow, task.store, task.data_registry, task.model_registry, task.ledger)
    assert all(
        one is two
        for one, two in zip(
            first,
            (task.mlflow, task.store, task.data_registry, task.model_registry, task.ledger),
            strict=True,
        )
    )
    task.mlflow_conn_id = "other"
    task.pre_execute({})  # type: ignore[typeddict-item]
    assert task.mlflow.conn_id == task.ledger.hook.conn_id == "other"


def test_everything_that_is_pushed_goes_through_one_place() -> None:
    """`xcom_push` writes NaN as it is; ModelOperator.push does not."""
    found = [
        f"{file.name}:{number}"
        for file in (ROOT / "plugins" / "mlops").rglob("*.py")
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if "xcom_push(" in line and "def xcom_push(" not in line  # by hand, a run has its own
        if file != ROOT / "plugins" / "mlops" / "operators" / "base.py"
    ]
    assert found == [], "use self.push(context, key, value)"
