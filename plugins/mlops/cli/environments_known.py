"""The environments of this checkout, and the connections that each consists of."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from include.config.config_errors import shown_path
from include.deployment.environment_file import EnvironmentFile, check_name, read_environment
from include.errors import ConfigError
from mlops import run_context
from mlops.cli.settings import DATA, connection_environment, expand_settings, read_raw

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = "MLOPS_ENVIRONMENTS"
"""Names the folder of the environments' files, where it is not ``config/environments``."""
HOST = "127.0.0.1"
MARKER = "mlops-state.json"  # in a state folder: its ports
CONNECTION = "AIRFLOW_CONN_"
_PREFIXED = re.compile(r"MLOPS_([A-Z][A-Z0-9_]*?)_CONN_([A-Z0-9_]+)")


@dataclass(frozen=True, kw_only=True)
class Environment:
    """One environment.

    :param name: its name.
    :param source: where its connections are written, for messages: a file from the project's root.
    :param content: what its file says.
    :param prefixed: its connections from ``MLOPS_<NAME>_CONN_<ID>`` variables, as Airflow reads them, by id
        in lower case; they come before the file's.
    """

    name: str
    source: str
    content: EnvironmentFile
    prefixed: Mapping[str, str]

    @property
    def state(self) -> Path | None:
        """The folder of an embedded environment; None for one with servers of its own."""
        embedded = self.content.embedded
        return None if embedded is None else run_context.PROJECT_ROOT / embedded.state

    @property
    def mlflow_port(self) -> int | None:
        """The port of an embedded environment's MLflow server: of one that was started, else the file's."""
        embedded = self.content.embedded
        if embedded is None or self.state is None:
            return None
        try:
            known = json.loads((self.state / MARKER).read_text())
        except FileNotFoundError:
            known = {}
        return int(known["mlflow_port"] if known.get("servers") else embedded.mlflow_port)

    def connections(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return its connections as ``AIRFLOW_CONN_*`` variables.

        Those of ``airflow_settings.yaml`` are part of it, so that a model's source is there as soon as it is
        anywhere; those whose ``${NAMES}`` have no value here are left out.

        :param environment: variables of the process, for ``${NAMES}``.
        :raises ConfigError: a name of the environment's own file has no value.
        """
        content = self.content
        if content.from_airflow:
            return {}
        settings = run_context.PROJECT_ROOT / "airflow_settings.yaml"
        names = {DATA: str(run_context.PROJECT_ROOT / "data"), **environment}
        for name in ("MLOPS_STATE", "MLFLOW_HOST", "MLFLOW_PORT"):  # another's, if any
            names.pop(name, None)
        if self.state is not None:
            names |= {
                "MLOPS_STATE": str(self.state), "MLFLOW_HOST": HOST, "MLFLOW_PORT": str(self.mlflow_port),
            }  # fmt: skip
        own = [one.model_dump(exclude_none=True) for one in content.connections if not isinstance(one, str)]
        replaced = {one["conn_id"] for one in own}
        found = expand_settings(own, names, Path(self.source))
        for one in read_raw(settings)["connections"]:
            if one["conn_id"] not in replaced:
                try:
                    found += expand_settings([one], names, settings)
                except ConfigError:  # it does not exist here; whoever asks for it gets to know so
                    continue
        prefixed = {f"{CONNECTION}{conn_id.upper()}": value for conn_id, value in self.prefixed.items()}
        return {**connection_environment(found), **prefixed}


def known_environments(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Return the names of all environments, sorted, and production last: a version goes there in the end.

    :param environment: variables of the process.
    """
    files = {file.stem for file in _folder(environment).glob("*.yaml")}
    return sorted(files | set(_prefixed(environment)), key=lambda name: (name == "production", name))


def find_environment(name: str, environment: Mapping[str, str] = os.environ) -> Environment:
    """Return an environment.

    :param name: its name.
    :param environment: variables of the process.
    :raises ConfigError: there is none of that name, or its file is wrong.
    """
    prefixed = _prefixed(environment)
    check_name(name, known_environments(environment))
    file = _folder(environment) / f"{name}.yaml"
    content = read_environment(file) if file.is_file() else EnvironmentFile()
    source = shown_path(file) if file.is_file() else f"MLOPS_{name.upper()}_CONN_... variables"
    return Environment(name=name, source=source, content=content, prefixed=prefixed.get(name, {}))


def variables_of_others(name: str, environment: Mapping[str, str]) -> list[str]:
    """Return the names of the variables that hold connections of other environments.

    :param name: the environment of a process.
    :param environment: variables of the process.
    """
    found = ((variable, _PREFIXED.fullmatch(variable)) for variable in environment)
    return [variable for variable, match in found if match and match[1].lower() != name]


def _folder(environment: Mapping[str, str]) -> Path:
    return Path(environment.get(FOLDER) or run_context.PROJECT_ROOT / "config" / "environments")


def _prefixed(environment: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the connections of ``MLOPS_<NAME>_CONN_<ID>`` variables, by environment and id."""
    found: dict[str, dict[str, str]] = {}
    for variable, value in environment.items():
        if value and (match := _PREFIXED.fullmatch(variable)):
            found.setdefault(match[1].lower(), {})[match[2].lower()] = value
    return found
