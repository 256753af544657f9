"""The part of ``model.yaml`` that says how Airflow runs a model's tasks, and who may touch its DAGs.

Nothing of it bears on what is decided: it is in no digest, and no model is trained again when it changes.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from include.config.base import StrictModel

Permission = Literal["can_read", "can_edit", "can_delete"]
# Every task of a model's DAGs; `tests/dags` compares it with them.
TASK_IDS = (
    "extract",
    "validate",
    "prepare",
    "check_new_data",
    "train",
    "evaluate",
    "gate",
    "register",
    "approve",
    "promote",
    "smoke_test",
    "alert",
    "score",
    "drift_check",
    "performance_check",
    "policy",
    "retrain",
    "probation",
    "roll_back",
    "ask",
    "show_evidence",
    "rollback",
    "request",
)

_Name = Annotated[str, Field(pattern=r"^\S(.*\S)?$", max_length=256)]
_Priority = Annotated[int, Field(ge=1, le=1_000_000)]


class TaskSettings(StrictModel):
    """How Airflow runs tasks.

    :param pool: the pool whose slots they take; it has to exist in Airflow.
    :param queue: the queue of the workers that run them; None is the executor's default.
    :param priority: of two tasks that wait for a slot, the one with the higher figure goes first.
    :param executor_config: what the executor is given with them, such as ``pod_override`` for Kubernetes.
    """

    pool: _Name | None = None
    queue: _Name | None = None
    priority: _Priority | None = None
    executor_config: dict[str, JsonValue] = Field(default_factory=dict)


class AirflowSettings(TaskSettings):
    """How Airflow runs the tasks of a model.

    :param tasks: task id to settings that replace those of the model, in each of its DAGs.
    :param access: role to what it may do with the model's DAGs, where Airflow's auth manager knows roles.
    """

    tasks: dict[str, TaskSettings] = Field(default_factory=dict)
    access: dict[_Name, Annotated[tuple[Permission, ...], Field(strict=False, min_length=1)]] = Field(
        default_factory=dict
    )

    def of(self, task_id: str) -> TaskSettings:
        """Return the settings of one task: its own, and those of the model where it has none.

        :param task_id: id of the task.
        """
        own = self.tasks.get(task_id, TaskSettings())
        return TaskSettings(
            pool=own.pool or self.pool,
            queue=own.queue or self.queue,
            priority=own.priority or self.priority,
            executor_config={**self.executor_config, **own.executor_config},
        )
