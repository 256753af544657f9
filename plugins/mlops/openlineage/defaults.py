"""Settings of OpenLineage that nobody gave: those with which no task waits for a backend that is down.

The provider's own let a task wait 9 s for each event. Airflow loads this project's plugin before the
provider's, in every process, so that what is put into the environment here is what the provider reads.
"""

from __future__ import annotations

import json
from configparser import RawConfigParser
from typing import TYPE_CHECKING

from include.strict_json import to_json
from mlops.openlineage.settings import complete

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_PREFIX = "AIRFLOW__OPENLINEAGE__"
_TRANSPORT = f"{_PREFIX}TRANSPORT"
_DEFAULTS = {"EXECUTE_IN_THREAD": "True", "EXECUTION_TIMEOUT": "5"}


def fill_settings(environment: MutableMapping[str, str], file: RawConfigParser) -> None:
    """Set in an environment what neither it nor Airflow's file of settings says.

    A transport is completed where it stands in the environment as it is. One that comes from a file, a
    command, a secrets backend or a connection may hold a password, and is left where it is.

    :param environment: the variables of this process, which are changed.
    :param file: what Airflow has read of ``airflow.cfg``.
    """
    for name, value in _DEFAULTS.items():
        variable = f"{_PREFIX}{name}"
        given = any(f"{variable}{ending}" in environment for ending in ("", "_CMD", "_SECRET"))
        if not given and not RawConfigParser.has_option(file, "openlineage", name.lower()):
            environment[variable] = value
    try:
        transport = json.loads(environment.get(_TRANSPORT, ""))
    except ValueError:
        return  # none, or one that the provider itself has to refuse
    if isinstance(transport, dict):
        environment[_TRANSPORT] = to_json(complete(transport))
