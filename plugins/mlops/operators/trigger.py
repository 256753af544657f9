"""Start a run of another DAG: once, whatever is retried."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.standard.operators.trigger_dagrun import DagIsPaused, TriggerDagRunOperator
from airflow.sdk.exceptions import AirflowRuntimeError

from include.errors import ConfigError
from mlops.operators.base import ModelOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

_NOT_FOUND = 404


class TriggerRunOperator(ModelOperator, TriggerDagRunOperator):
    """Airflow's ``TriggerDagRunOperator``, as monitoring needs it.

    The run id names the evidence, so a second trigger with the same evidence ends ``skipped``. A DAG that is
    paused or missing is somebody's decision or error, not an outage: the task fails at once and says what
    to do. A subclass says what it starts.

    :param kwargs: as of Airflow's operator: ``trigger_dag_id``, ``trigger_run_id`` (which follows from the
        evidence) and ``conf`` (params of the new run).
    """

    started: ClassVar[str]  # the note on the run that is started
    dag_file: ClassVar[str]  # the file that makes the DAG
    otherwise: ClassVar[str]  # what happens if nobody clears the task

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            logical_date=None,
            skip_when_already_exists=True,
            fail_when_dag_is_paused=True,
            note=self.started,
            **kwargs,
        )

    def execute(self, context: Context) -> None:
        """Start the run.

        :raises ConfigError: the DAG is paused, or there is none.
        """
        try:
            super().execute(context)
        except DagIsPaused as error:
            raise ConfigError(
                f"{self.trigger_dag_id} is paused, so run {self.trigger_run_id} was not started. Unpause it, "
                f"then clear this task; without that, {self.otherwise}. The evidence is kept."
            ) from error
        except AirflowRuntimeError as error:
            if _status(error) != _NOT_FOUND:
                raise
            raise ConfigError(
                f"there is no DAG {self.trigger_dag_id}, so run {self.trigger_run_id} was not started. Does "
                f"dags/{self.dag_file} parse (`airflow dags list-import-errors`)? Then clear this task."
            ) from error


def _status(error: AirflowRuntimeError) -> int | None:
    """Return the HTTP status behind an error of the execution API."""
    detail = getattr(getattr(error, "error", None), "detail", None) or {}
    return detail.get("status_code") if isinstance(detail, dict) else None
