"""Which environment this process works in, and the marks by which a hook makes sure that it is there.

A process works in one environment, named in ``MLOPS_ENVIRONMENT``, or in none. Each hook looks at the mark
before it reads or writes anything else, so whoever uses a hook can't forget it: a task, a command, a page.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from include.deployment.mark import MARK_TAG, Mark, check_mark
from include.errors import ConfigError
from mlops.hooks.mlflow_errors import error_code
from mlops.hooks.object_path import plain_uri

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from airflow.sdk import ObjectStoragePath

    from mlops.hooks.dvc.git import Git
    from mlops.hooks.mlflow_rest import MlflowRest

ENVIRONMENT = "MLOPS_ENVIRONMENT"
MARK_FILE = "environment.json"
"""In an object store, below its root."""
MARK_EXPERIMENT = "environment"
"""In MLflow; its tag :data:`MARK_TAG` has the name. Experiments of models have a ``/`` in theirs."""
_TAGS = "refs/tags/environment/"  # in a data registry, followed by the name


def current_environment() -> str | None:
    """Return the environment in which this process works; None where none was chosen."""
    return os.environ.get(ENVIRONMENT) or None


def check_mlflow(rest: Any, *, uri: str, connection: str) -> None:
    """Make sure that an MLflow server belongs to this process's environment.

    :param rest: MLflow's client, or what stands for it.
    :param uri: the server.
    :param connection: id of the connection that led there.
    :raises ConfigError: it belongs to another one, or to none.
    """
    if expected := current_environment():
        check_mark(_marked_mlflow(rest), expected, where=f"MLflow at {uri}", connection=connection)


def check_store(root: ObjectStoragePath, read: Callable[[ObjectStoragePath], Any], connection: str) -> None:
    """Make sure that an object store belongs to this process's environment.

    :param root: its root.
    :param read: returns the JSON document of a path, or None.
    :param connection: id of the connection that led there.
    :raises ConfigError: it belongs to another one, or to none.
    """
    if current_environment():
        check_store_mark(read(root / MARK_FILE), plain_uri(root), connection)


def check_store_mark(found: Any, uri: str, connection: str) -> None:
    """Make sure that the mark of an object store is that of this process's environment.

    :param found: the mark as JSON values; None where there is none.
    :param uri: the store's root.
    :param connection: id of the connection that led there.
    :raises ConfigError: it is another one's, or there is none.
    """
    if expected := current_environment():
        name = None if found is None else Mark.from_dict(found).environment
        check_mark(name, expected, where=f"The object store {uri}", connection=connection)


def check_registry(git: Git, remote: str, connection: str) -> None:
    """Make sure that a data registry belongs to this process's environment.

    :param git: runs git.
    :param remote: the git remote.
    :param connection: id of the connection that led there.
    :raises ConfigError: it belongs to another one, to several, or to none.
    """
    if expected := current_environment():
        names = _marked_registry(git, remote)
        others = [name for name in names if name != expected]
        found = others[0] if others else expected if names else None
        check_mark(found, expected, where=f"The data registry {remote}", connection=connection)


def mark_mlflow(client: Any, name: str) -> None:
    """Mark an MLflow server that has no mark; where there is one, it stays."""
    try:
        client.create_experiment(MARK_EXPERIMENT, tags={MARK_TAG: name})
    except Exception as error:
        if error_code(error) != "RESOURCE_ALREADY_EXISTS":
            raise
        if _marked_mlflow(client) is None:
            raise ConfigError(
                f"MLflow has an experiment {MARK_EXPERIMENT!r} without the tag {MARK_TAG}: rename it, or "
                f"restore it if it was deleted. That name holds the mark of the environment."
            ) from error


def mark_registry(git: Git, remote: str, name: str) -> None:
    """Mark a data registry that has no mark by a tag on an empty commit; where there is one, it stays."""
    if _marked_registry(git, remote):
        return
    with tempfile.TemporaryDirectory(prefix="mark-") as folder:
        here = Path(folder)
        git("init", "--quiet", folder)
        tree = git("write-tree", cwd=here).strip()
        who = ["-c", "user.name=mlops", "-c", "user.email=mlops@localhost"]
        commit = git(*who, "commit-tree", tree, "-m", f"environment {name}", cwd=here).strip()
        git("push", "--quiet", remote, f"{commit}:{_TAGS}{name}", cwd=here)


def _marked_mlflow(rest: MlflowRest | Any) -> str | None:
    found = rest.get_experiment_by_name(MARK_EXPERIMENT)
    return None if found is None else found.tags.get(MARK_TAG)


def _marked_registry(git: Git, remote: str) -> list[str]:
    """Return the environments that a data registry is marked as: one, or none."""
    lines = git("ls-remote", remote, f"{_TAGS}*").splitlines()
    return sorted(line.rpartition(_TAGS)[2].removesuffix("^{}") for line in lines)
