"""What a user may see and do: Airflow's auth manager is asked, whichever one it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import GetUserDep  # noqa: TC002 - FastAPI reads the annotation
from fastapi import Depends

if TYPE_CHECKING:
    from airflow.api_fastapi.auth.managers.models.base_user import BaseUser


def readable_dags(user: GetUserDep) -> set[str]:
    """Return the ids of the DAGs that a user may read.

    :param user: who asks.
    """
    return set(get_auth_manager().get_authorized_dag_ids(user=user, method="GET"))


ReadableDags = Annotated[set[str], Depends(readable_dags)]


def may_trigger(user: BaseUser, dag_id: str) -> bool:
    """Tell whether a user may start runs of a DAG.

    :param user: who asks.
    :param dag_id: the DAG.
    """
    return get_auth_manager().is_authorized_dag(
        method="POST", access_entity=DagAccessEntity.RUN, details=DagDetails(id=dag_id), user=user
    )
