"""Enter an environment: from then on this process knows its connections, and no others."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mlops.cli.environments_known import CONNECTION, find_environment
from mlops.hooks.environment import ENVIRONMENT, current_environment

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from mlops.cli.environments_known import Environment

_ENTERED: list[Environment] = []
# What Airflow would ask for a connection besides the variables.
_ELSEWHERE = {"AIRFLOW__SECRETS__BACKEND": "", "AIRFLOW__WORKERS__SECRETS_BACKEND": ""}


def enter_environment(name: str, variables: MutableMapping[str, str] = os.environ) -> Environment:
    """Let this process know the connections of one environment, and no others.

    The command line calls it before it imports a command, and Airflow; so no command can leave it out.
    ``AIRFLOW_CONN_*`` variables of before are taken away, and neither a secrets backend nor Airflow's
    database is asked any more: a connection that the environment lacks is missing, and never another's.

    :param name: its name.
    :param variables: of the process; they are changed.
    :raises ConfigError: there is no such environment, or it is described wrongly.
    """
    chosen = find_environment(name, variables)
    connections = chosen.connections(variables)
    if not chosen.content.from_airflow:
        for variable in [one for one in variables if one.startswith(CONNECTION)]:
            del variables[variable]
        variables.pop("_AIRFLOW_PROCESS_CONTEXT", None)
        variables.pop("MLOPS_STATE", None)
        variables.update(_ELSEWHERE)
        variables.update(connections)
    variables[ENVIRONMENT] = name
    _ENTERED[:] = [chosen]
    return chosen


def entered_environment() -> Environment | None:
    """Return the environment that this process has entered, or None."""
    name = current_environment()
    return next((one for one in _ENTERED if one.name == name), None)
