"""Who may do what in an Airflow with a login: the simple auth manager, but deleting is for administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager

if TYPE_CHECKING:
    from airflow.api_fastapi.auth.managers.base_auth_manager import ResourceMethod
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser


class CautiousAuthManager(SimpleAuthManager):
    """Airflow's simple auth manager, but only an administrator deletes.

    In Airflow's own, a user who may run a DAG may also delete it, its runs and their tasks, and with them the
    record of why a model serves. Here a user runs, clears, pauses and answers, but deletes no history.
    """

    def is_authorized_dag(
        self, *, method: ResourceMethod, user: SimpleAuthManagerUser, **details: Any
    ) -> bool:
        """Return whether a user may do something with DAGs, their runs, tasks or results."""
        if method == "DELETE" and (user.role or "").upper() != "ADMIN":
            return False
        return bool(super().is_authorized_dag(method=method, user=user, **details))
