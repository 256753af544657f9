"""``bin/mlops check``: try the connections to the stores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops.cli.connection_origin import connection_origin
from mlops.cli.exit_codes import ExitCode
from mlops.cli.local_connections import use_connections
from mlops.cli.output import show
from mlops.hooks.data_registry import DataRegistryHook
from mlops.hooks.mlflow import MlflowHook
from mlops.hooks.object_store import ObjectStoreHook

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
    show(as_json, found, lambda: "\n".join(map(_line, found)))
    return ExitCode.DONE if all(one["passed"] for one in found) else ExitCode.DIFFERS


def _line(found: Mapping[str, Any]) -> str:
    origin = f" ({found['origin']})" if found["origin"] else ""
    return f"{'ok ' if found['passed'] else 'NO '} {found['connection']}{origin}: {found['message']}"
