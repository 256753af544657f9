"""The DAG in place of one whose model has a wrong configuration: it says so, and all other models go on."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, BaseOperator

from include.errors import ConfigError
from include.media import log_lines, markdown_code
from mlops.alerts.callbacks import alert_on_failure
from mlops.defaults import RETRY_POLICY, Tag, timetable

if TYPE_CHECKING:
    from airflow.sdk import Context

_LONGEST_NAME = 100  # of a folder, in the id of a DAG, which has 250 characters at most
_LONGEST_MESSAGE = 20_000
_NAME = re.compile(rf"[A-Za-z0-9_.-]{{1,{_LONGEST_NAME}}}")
_OTHER = re.compile(r"[^A-Za-z0-9_.-]")


class ReportBrokenModelOperator(BaseOperator):
    """Fails with what is wrong in the configuration.

    :param message: the configuration errors, a line each. No template: it quotes what somebody wrote into a
        file, which may well look like one.
    """

    def __init__(self, *, message: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.message = message

    def execute(self, context: Context) -> None:  # noqa: ARG002 - Airflow's signature
        """Fail.

        :raises ConfigError: always.
        """
        raise ConfigError(self.message)


def dag_prefix(folder_name: str) -> str:
    """Return what stands before the kind in the id of a broken model's DAGs: the folder's name, where it can.

    Of any other name (``credit_risk copy``) the letters that Airflow takes stay, and a digest keeps it apart
    from its neighbours.

    :param folder_name: name of the model folder, in whatever characters.
    """
    if _NAME.fullmatch(folder_name):
        return folder_name
    digest = hashlib.sha256(folder_name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{_OTHER.sub('_', folder_name)[:_LONGEST_NAME]}_{digest}"


def broken_model_dag(dag_id: str, error: ConfigError, *, daily: bool = True) -> DAG:
    """Return a DAG in place of one that can't be built: it fails, says why, and alerts.

    Raising in the DAG file instead would take every other model's DAG down with it.

    :param dag_id: the id of the DAG that can't be built.
    :param error: what is wrong.
    :param daily: whether it fails once a day, in place of one with a schedule, or only when it is asked to
        run.
    """
    text = log_lines(str(error))[:_LONGEST_MESSAGE]
    with DAG(
        dag_id=dag_id,
        auto_register=False,  # it is put where Airflow looks by hand, as every other one
        description="model.yaml is wrong: see the documentation of this DAG",
        doc_md="### This model's configuration is wrong\n\n"
        f"{markdown_code(text)}\n\nThe champion keeps serving.",
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
        ReportBrokenModelOperator(task_id="configuration", message=text)
    return dag
