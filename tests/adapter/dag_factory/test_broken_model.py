from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from airflow.sdk import RetryAction

from include.errors import ConfigError
from mlops.dag_factory.broken_model import broken_model_dag
from mlops.defaults import RETRY_POLICY, Tag

if TYPE_CHECKING:
    from airflow.sdk import DAG

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]

ERROR = ConfigError(
    "include/models/m/model.yaml: gate.primary: 'rok_auc' is not a metric\ninclude/models/m/model.yaml: "
    "{{ x }} %s ```"
)


@pytest.fixture
def dag() -> DAG:
    return broken_model_dag("m_training", ERROR)


def test_its_documentation_is_the_list_of_issues(dag: DAG) -> None:
    assert str(ERROR) in str(dag.doc_md)
    assert "champion keeps serving" in str(dag.doc_md)


def test_it_fails_with_the_same_words_though_they_look_like_a_template(dag: DAG) -> None:
    (task,) = dag.tasks
    task.render_template_fields({})  # as Airflow does before it runs a task
    with pytest.raises(ConfigError) as caught:
        task.execute({})
    assert str(caught.value) == str(ERROR)


def test_it_fails_at_once_and_alerts(dag: DAG) -> None:
    (task,) = dag.tasks
    assert task.retry_policy is RETRY_POLICY
    assert RETRY_POLICY.evaluate(ERROR, 1, 4).action is RetryAction.FAIL
    assert task.on_failure_callback


def test_it_stands_out_among_the_dags(dag: DAG) -> None:
    assert {Tag.MLOPS, Tag.BROKEN} <= set(dag.tags)
    assert dag.catchup is False
    assert dag.max_active_runs == 1


def test_it_survives_serialisation(dag: DAG) -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    assert DagSerialization.from_dict(DagSerialization.to_dict(dag)).dag_id == "m_training"


def test_it_fails_daily_only_in_place_of_a_dag_with_a_schedule() -> None:
    assert broken_model_dag("m_monitoring", ERROR).schedule
    assert broken_model_dag("m_rollback", ERROR, daily=False).schedule is None
