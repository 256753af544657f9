"""Private names of other projects: each one that is used, why, and that it is still there.

A public name is used wherever there is one. This is the list of all others.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path
from typing import NamedTuple

import pytest

import mlops

pytestmark = pytest.mark.adapter

ROOT = Path(mlops.__file__).parents[2]
FOLDERS = ("plugins", "include", "dags", "demo", "serving")
OWN = {"include", "mlops", "demo", "serving"}


class Private(NamedTuple):
    """A private name that is used.

    :param file: where it is used.
    :param name: the name, as it is written there.
    :param module: where it is defined.
    :param reason: why nothing public would do.
    """

    file: str
    name: str
    module: str
    reason: str


PRIVATE = [
    Private(
        "plugins/mlops/hooks/mlflow_server.py",
        "_request_header_provider_registry",
        "mlflow.tracking.request_header.registry",
        "MLflow finds header providers by the entry points of installed packages, and this repository is not "
        "one; its environment variables would put the password where every child process sees it",
    ),
    Private(
        "plugins/mlops/cli/local_connections.py",
        "_AIRFLOW_PROCESS_CONTEXT",
        "airflow.sdk.execution_time.supervisor",
        "without it a process outside of a task asks the environment for connections and not the database, "
        "and Airflow's own commands set it the same way",
    ),
    Private(
        "serving/frame.py",
        "_from_arrays",
        "pandas.core.frame",
        "the public constructor takes 0.6 ms for columns of text and numbers, a thirtieth of what a request "
        "of 1,000 rows takes, because it examines what they hold; tests compare the frames",
    ),
    # Not private by their names, but without a promise either.
    Private(
        "plugins/mlops/hooks/connected.py",
        "SUPERVISOR_COMMS",
        "airflow.sdk.execution_time.task_runner",
        "Airflow tells a task that a connection does not exist, also when its API server did not answer; the "
        "second answer tells which it was",
    ),
    Private(
        "plugins/mlops/by_hand/hand_run.py",
        "ExecutorSafeguard",
        "airflow.sdk.bases.operator",
        "Airflow's task runner sets it the same way; without it each task that is run by hand warns",
    ),
    Private(
        "plugins/mlops/alerts/send.py",
        "redact",
        "airflow.sdk.log",
        "imported there, not exported; its home is a module with an underscore",
    ),
    Private(
        "plugins/mlops/metrics/quiet_end.py",
        "flush_otel_metrics",
        "airflow.sdk._shared.observability.metrics.otel_logger",
        "Airflow runs it when a task's process ends, for 10 s where a receiver does not answer",
    ),
]


def used() -> set[tuple[str, str]]:
    """Return every private name of another project, with the file that uses it."""
    return {
        (path.relative_to(ROOT).as_posix(), name)
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        for name in private_names(ast.parse(path.read_text(encoding="utf-8")))
    }


def private_names(tree: ast.Module) -> set[str]:
    """Return the private names in a file that are not those of its own objects."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr) and not is_own(node.value):
            found.add(node.attr)
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] not in OWN:
            names = [*node.module.split("."), *(alias.name for alias in node.names)]
            found.update(name for name in names if is_private(name))
        elif isinstance(node, ast.Import):
            found.update(name for alias in node.names for name in alias.name.split(".") if is_private(name))
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            variable = node.slice.value  # os.environ["_NAME"]
            if isinstance(variable, str) and is_private(variable) and variable.isupper():
                found.add(variable)
    return found


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in {"_asdict", "_replace", "_"}


def is_own(value: ast.expr) -> bool:
    """Tell whether an expression is an object of the file's own: ``self``, ``cls``."""
    return isinstance(value, ast.Name) and value.id in {"self", "cls"}


def test_every_private_name_is_listed() -> None:
    listed = {(one.file, one.name) for one in PRIVATE}
    assert used() - listed == set(), "use a public name, or list it here with the reason"


@pytest.mark.parametrize("one", PRIVATE, ids=lambda one: one.name)
def test_a_listed_name_is_used_and_still_exists(one: Private) -> None:
    assert one.name in (ROOT / one.file).read_text(encoding="utf-8"), "no longer used: take it off the list"
    module = importlib.import_module(one.module)
    assert hasattr(module, one.name) or one.name in inspect.getsource(module), f"gone from {one.module}"


def test_a_registered_provider_is_asked_for_headers() -> None:
    from mlflow.tracking.request_header.registry import resolve_request_headers

    from mlops.hooks.mlflow_server import MlflowServer

    MlflowServer(tracking_uri="http://127.0.0.1:1", login="me", password="hunter2").connect()
    assert resolve_request_headers()["Authorization"] == "Basic bWU6aHVudGVyMg=="
    MlflowServer(tracking_uri="http://127.0.0.1:2").connect()
    assert "Authorization" not in resolve_request_headers(), "one server's password went to another"


def test_secrets_are_redacted() -> None:
    from airflow.sdk.log import mask_secret

    from mlops.alerts.send import redacted

    mask_secret("s3cr3t-of-a-connection")
    assert redacted("token s3cr3t-of-a-connection") == "token ***"
