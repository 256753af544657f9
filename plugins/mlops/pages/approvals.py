"""Questions of models that wait for an answer, as Airflow has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.models.hitl import HITLDetail
from airflow.models.taskinstance import TaskInstance
from airflow.utils.state import TaskInstanceState
from sqlalchemy import select

from include.pages.entry import Place
from include.pages.known import Approval
from mlops.pages.dag_names import model_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.orm import Session

_WAITING = (TaskInstanceState.AWAITING_INPUT, TaskInstanceState.DEFERRED)
_MOST = 200


def read_approvals(session: Session, dag_ids: Collection[str]) -> dict[str, list[Approval]]:
    """Return what waits for an answer, oldest first, by model.

    :param session: of the metadata database.
    :param dag_ids: of the DAGs that may ask.
    """
    query = (
        select(
            HITLDetail.subject, HITLDetail.created_at,
            TaskInstance.dag_id, TaskInstance.run_id, TaskInstance.task_id,
        )
        .join(TaskInstance, TaskInstance.id == HITLDetail.ti_id)
        .where(HITLDetail.responded_at.is_(None))
        .where(TaskInstance.state.in_(_WAITING))
        .where(TaskInstance.dag_id.in_(dag_ids))
        .order_by(HITLDetail.created_at)
        .limit(_MOST)
    )  # fmt: skip
    found: dict[str, list[Approval]] = {}
    for subject, since, dag_id, run_id, task_id in session.execute(query):
        if (of_model := model_of(dag_id)) is not None:
            place = Place(dag_id=dag_id, run_id=run_id, task_id=task_id)
            approval = Approval(subject=subject, since=since, place=place)
            found.setdefault(of_model[0], []).append(approval)
    return found
