"""What ``model.yaml`` says about how Airflow runs a model's tasks, put into a DAG that is built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from include.errors import ConfigError

if TYPE_CHECKING:
    from airflow.sdk import DAG, BaseOperator

    from include.config.airflow_schema import AirflowSettings

POD = "pod_override"
_FIRST = 1_000_000  # what a rollback has on top of its model's priority: it never waits behind a training


# What a permission on a DAG comes to: on the DAG itself, and on its runs, which are a resource of their own.
_ON_RUNS = {"can_read": "can_read", "can_edit": "can_create", "can_delete": "can_delete"}


def access_control(settings: AirflowSettings) -> dict[str, dict[str, set[str]]] | None:
    """Return who may do what with a DAG, as its ``access_control``; None where nothing is said.

    :param settings: the section ``airflow`` of ``model.yaml``.
    """
    return {
        role: {"DAGs": set(granted), "DAG Runs": {_ON_RUNS[one] for one in granted}}
        for role, granted in settings.access.items()
    } or None


def apply_settings(dag: DAG, settings: AirflowSettings, *, urgent: bool = False) -> None:
    """Set pool, queue, priority and executor configuration of each task of a DAG.

    :param dag: the DAG of a model, with all of its tasks.
    :param settings: the section ``airflow`` of its ``model.yaml``.
    :param urgent: whether its tasks go before those of all other DAGs.
    :raises ConfigError: the executor's configuration names a pod that Kubernetes does not know.
    """
    for task in cast("list[BaseOperator]", dag.tasks):  # none is mapped
        apply_to_task(task, settings)
        if urgent:
            task.priority_weight += _FIRST


def apply_to_task(task: BaseOperator, settings: AirflowSettings) -> None:
    """Set pool, queue, priority and executor configuration of one task.

    :param task: the task.
    :param settings: as for :func:`apply_settings`, which also names the errors.
    """
    wanted = settings.of(task.task_id)
    if wanted.pool is not None:
        task.pool = wanted.pool
    if wanted.queue is not None:
        task.queue = wanted.queue
    if wanted.priority is not None:
        task.priority_weight = wanted.priority
    if wanted.executor_config:
        task.executor_config = _executor_config(wanted.executor_config)


def _executor_config(plain: dict[str, Any]) -> dict[str, Any]:
    """Return an executor's configuration, with a pod as the object that Kubernetes' executor asks for."""
    pod = plain.get(POD)
    if pod is None:
        return dict(plain)
    try:
        from airflow.providers.cncf.kubernetes.pod_generator import PodGenerator
    except ImportError as error:
        raise ConfigError(
            f"airflow.executor_config has {POD!r}, which needs apache-airflow-providers-cncf-kubernetes; "
            "install it where DAGs are parsed and where tasks run, or remove the key"
        ) from error
    try:
        return {**plain, POD: PodGenerator.deserialize_model_dict(pod)}
    except Exception as error:  # the client has errors of many kinds, and a word wrong is one model's
        raise ConfigError(f"airflow.executor_config.{POD} is not a pod: {error}") from error
