"""``bin/mlops check``: try the connections to the stores."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from mlops.cli.connection_origin import connection_origin
from mlops.cli.exit_codes import ExitCode
from mlops.cli.local_connections import use_connections
from mlops.cli.output import show
from mlops.hooks.data_registry import DataRegistryHook
from mlops.hooks.mlflow import MlflowHook
from mlops.hooks.object_store import ObjectStoreHook
from mlops.openlineage.defaults import fill_settings
from mlops.openlineage.settings import PAGE, find_warnings

if TYPE_CHECKING:
    from collections.abc import Mapping


def run(*, as_json: bool = False) -> int:
    """Print one line per connection; return the exit code, which says whether one of them fails.

    :param as_json: whether to print JSON.
    """
    use_connections()
    found = []
    for hook in (MlflowHook(), DataRegistryHook(), ObjectStoreHook()):
        passed, message = hook.test_connection()
        found.append({
            "connection": hook.conn_id,
            "origin": connection_origin(hook.conn_id),
            "passed": passed,
            "message": message,
        })
    found += [
        {"connection": "openlineage", "origin": "", "passed": True, "message": f"warning: {warning}. {PAGE}"}
        for warning in _lineage_warnings()
    ]
    show(as_json, found, lambda: "\n".join(map(_line, found)))
    return ExitCode.DONE if all(one["passed"] for one in found) else ExitCode.DIFFERS


def _lineage_warnings() -> list[str]:
    """Return what in Airflow's settings would make tasks wait for a backend of OpenLineage."""
    from airflow.configuration import conf

    fill_settings(os.environ, conf)  # as Airflow's own processes do
    transport = conf.getjson("openlineage", "transport", fallback={})
    return find_warnings(
        transport if isinstance(transport, dict) else {},
        in_thread=conf.getboolean("openlineage", "execute_in_thread", fallback=False),
        execution_timeout=conf.getint("openlineage", "execution_timeout", fallback=10),
    )


def _line(found: Mapping[str, Any]) -> str:
    origin = f" ({found['origin']})" if found["origin"] else ""
    return f"{'ok ' if found['passed'] else 'NO '} {found['connection']}{origin}: {found['message']}"
