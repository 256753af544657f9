"""Read ``airflow_settings.yaml``: the one description of a development Airflow's connections."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from include.errors import ConfigError
from include.strict_json import to_json
from mlops.paths import PROJECT_ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DATA = "MLOPS_DATA"
"""Names the folder below which ``bin/mlops new-model`` lays tables out."""
_SECTIONS = ("connections", "pools", "variables")
_NAME = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")


def read_settings(path: Path, environment: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Return the ``connections``, ``pools`` and ``variables`` of a settings file.

    :param path: the file, in the Astro CLI's format.
    :param environment: values of the ``${NAMES}`` in it; of :data:`DATA` the folder ``data`` of this project
        where it names no other.
    :raises ConfigError: a name has no value, or the file is not of that format.
    """
    names = {DATA: str(PROJECT_ROOT / "data"), **environment}
    return {section: expand_settings(found, names, path) for section, found in read_raw(path).items()}


def read_raw(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Return what a settings file says, with its ``${NAMES}`` as they are.

    :param path: the file.
    :raises ConfigError: it is not of that format.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))["airflow"]
        items = {section: content.get(section) or [] for section in _SECTIONS}
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path} can't be read as airflow settings: {error!r}") from error
    for section, found in items.items():
        if not (isinstance(found, list) and all(isinstance(item, dict) for item in found)):
            raise ConfigError(f"{path}: airflow.{section} is {found!r}; expected a list of mappings")
    return items


def expand_settings(
    items: list[dict[str, Any]], names: Mapping[str, str], path: Path
) -> list[dict[str, Any]]:
    """Return settings with their ``${NAMES}`` filled in.

    :param items: connections, pools or variables.
    :param names: the values.
    :param path: the file that they are from, for messages.
    :raises ConfigError: a name has no value.
    """
    return [_expand(item, names, path) for item in items]


def connection_body(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return one connection as Airflow's REST API takes it.

    :raises ConfigError: its port is not a number.
    """
    port = settings.get("conn_port")
    if port and not str(port).isdecimal():
        raise ConfigError(f"Connection {settings['conn_id']!r}: {port!r} is not a port; correct conn_port")
    return {
        "connection_id": settings["conn_id"],
        "conn_type": settings["conn_type"],
        "host": settings.get("conn_host"),
        "schema": settings.get("conn_schema"),
        "login": settings.get("conn_login"),
        "password": settings.get("conn_password"),
        "port": int(port) if port else None,
        "extra": to_json(settings.get("conn_extra") or {}),
    }


def connection_environment(connections: list[dict[str, Any]]) -> dict[str, str]:
    """Return connections as ``AIRFLOW_CONN_*`` variables, which need no database."""
    found = {}
    for settings in connections:
        body = connection_body(settings)
        name = f"AIRFLOW_CONN_{body.pop('connection_id').upper()}"
        found[name] = to_json({key: value for key, value in body.items() if value is not None})
    return found


def _expand(value: Any, environment: Mapping[str, str], path: Path) -> Any:
    if isinstance(value, dict):
        return {key: _expand(item, environment, path) for key, item in value.items()}
    if isinstance(value, list):
        return [_expand(item, environment, path) for item in value]
    if not isinstance(value, str):
        return value

    def replace(match: re.Match[str]) -> str:
        try:
            return environment[match[1]]
        except KeyError:
            raise ConfigError(
                f"{path}: ${{{match[1]}}} is not set; export {match[1]} and try again"
            ) from None

    return _NAME.sub(replace, value)
