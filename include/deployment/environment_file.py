"""What ``config/environments/<name>.yaml`` may say: which connections an environment consists of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, ValidationError

from include.config.base import ConnectionId, StrictModel, Text
from include.config.config_errors import ConfigIssue, config_error, one_of
from include.config.schema_errors import schema_issues
from include.config.yaml_file import read_yaml
from include.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

AIRFLOW = "airflow"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LAST_PORT = 65535

Port = Annotated[int, Field(ge=1, le=_LAST_PORT)]


class Embedded(StrictModel):
    """An environment on this machine, which ``make environments`` starts.

    :param state: its folder, from the project's root.
    :param mlflow_port: port of its MLflow server on 127.0.0.1.
    """

    state: Text
    mlflow_port: Port


class ConnectionSettings(StrictModel):
    """One connection, as in ``airflow_settings.yaml``; ``${NAMES}`` come from the process's environment."""

    conn_id: ConnectionId
    conn_type: Text
    conn_host: str | None = None
    conn_schema: str | None = None
    conn_login: str | None = None
    conn_password: str | None = None
    conn_port: int | str | None = None
    conn_extra: dict[str, Any] | None = None


class EnvironmentFile(StrictModel):
    """The content of the file.

    :param embedded: set where the environment is this machine's own.
    :param connections: those in place of the ones of ``airflow_settings.yaml`` with the same id; or
        ``airflow``, where an Airflow knows them all: on its workers.
    """

    embedded: Embedded | None = None
    connections: Literal["airflow"] | Annotated[tuple[ConnectionSettings, ...], Field(strict=False)] = ()

    @property
    def from_airflow(self) -> bool:
        """Whether Airflow's own connections are meant."""
        return self.connections == AIRFLOW


def read_environment(path: Path) -> EnvironmentFile:
    """Return the validated content of an environment's file.

    :param path: the file.
    :raises ConfigError: one line for each error: file and line, key, what was found, what is allowed.
    """
    source = read_yaml(path)
    try:
        found = EnvironmentFile.model_validate(source.content)
    except ValidationError as error:
        raise config_error(path, map(source.located, schema_issues(error, EnvironmentFile))) from error
    if found.from_airflow and found.embedded is not None:
        issue = ConfigIssue(
            ("connections",), "an embedded environment brings its own; leave one of the two out"
        )
        raise config_error(path, [source.located(issue)])
    return found


def check_name(name: str, known: Iterable[str]) -> str:
    """Return the name of an environment.

    :param name: as it was given.
    :param known: the environments that there are.
    :raises ConfigError: there is none of that name; the nearest one is offered.
    """
    names = sorted(known)
    if name in names:
        return name
    shape = "" if _NAME.fullmatch(name) else " (a lower-case letter, then letters, digits and underscores)"
    raise ConfigError(
        f"There is no environment {name!r}{shape}; {one_of(names, name)}. An environment is a file "
        f"config/environments/<name>.yaml, or MLOPS_<NAME>_CONN_... variables."
    )
