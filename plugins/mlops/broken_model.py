"""What becomes of a model whose configuration is wrong: a DAG that says so, while all other models go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, BaseOperator

from include.errors import ConfigError
from mlops.alerts.callbacks import alert_on_failure
from mlops.defaults import RETRY_POLICY, Tag, timetable

if TYPE_CHECKING:
    from airflow.sdk import Context


class ReportBrokenModelOperator(BaseOperator):
    """Fails with what is wrong in the configuration.

    :param message: the mistakes, a line each. No template: it quotes what somebody wrote into a file, which
        may well look like one.
    """

    def __init__(self, *, message: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.message = message

    def execute(self, context: Context) -> None:  # noqa: ARG002 - Airflow's signature
        """Fail.

        :raises ConfigError: always.
        """
        raise ConfigError(self.message)


def broken_model_dag(dag_id: str, error: ConfigError, *, daily: bool = True) -> DAG:
    """Return a DAG in place of one that can't be built: it fails, says why, and alerts.

    Raising in the DAG file instead would take every other model's DAG down with it.

    :param dag_id: the id of the DAG that can't be built.
    :param error: what is wrong.
    :param daily: whether it fails once a day, in place of one with a schedule, or only when it is asked to
        run.
    """
    with DAG(
        dag_id=dag_id,
        description="model.yaml is wrong: see the documentation of this DAG",
        doc_md=f"### This model's configuration is wrong\n\n```\n{error}\n```\n\nThe champion serves on.",
        schedule=timetable("@daily" if daily else None),
        catchup=False,
        max_active_runs=1,
        default_args={
            "owner": "mlops",
            "retry_policy": RETRY_POLICY,
            "on_failure_callback": alert_on_failure,
        },
        tags=[Tag.MLOPS, Tag.BROKEN],
    ) as dag:
        ReportBrokenModelOperator(task_id="configuration", message=str(error))
    return dag
