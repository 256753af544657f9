"""Which keys of ``model.yaml`` an experiment may set: those that it has, to what it may hold."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from include.config.config_errors import nearest
from include.config.load import MODEL_FILE, check_content
from include.config.yaml_file import read_yaml
from include.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from include.config.schema import ModelConfig


def check_assignments(folder: Path, asked: Sequence[str]) -> ModelConfig:
    """Return the configuration that an experiment would run with.

    DVC adds a key with ``+`` in front, and otherwise refuses one that the file does not have without saying
    which one was meant. Here it is refused either way, with the nearest name.

    :param folder: the model folder.
    :param asked: each ``key=value``, the key with dots from the top of the file, the value as YAML writes it.
    :raises ConfigError: not of this form, a key that the file does not have, or a value that it can't hold.
    """
    content = read_yaml(folder / MODEL_FILE).content
    known = list(_keys(content))
    changed = deepcopy(content)
    for text in asked:
        key, given, value = text.partition("=")
        if not given or not key:
            raise ConfigError(f"{text!r}: expected KEY=VALUE, such as estimator.seed=1")
        if key not in known:
            near = nearest(key.lstrip("+~"), known)
            raise ConfigError(
                f"{key}: {folder.name}/{MODEL_FILE} has no such key"
                + (f"; did you mean {near!r}?" if near else ".")
                + " An experiment sets keys that are there. Write a new one into the file first."
            )
        _set(changed, key.split("."), _read(key, value))
    return check_content(folder, changed, source=Path("the experiment"))


def _keys(content: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """Yield every key with dots, sections before what is in them."""
    for name, value in content.items():
        yield f"{above}{name}"
        if isinstance(value, dict):
            yield from _keys(value, f"{above}{name}.")


def _read(key: str, value: str) -> Any:
    if not value.strip():
        raise ConfigError(f"{key}=: there is no value; for none write {key}=null")
    try:
        return yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise ConfigError(f"{key}: {value!r} can't be read as a YAML value") from error


def _set(content: dict[str, Any], key: Sequence[str], value: Any) -> None:
    for part in key[:-1]:
        content = content[part]
    content[key[-1]] = value
