"""Settings of a what-if: keys of ``model.yaml`` with the values to try, and the product of all of them."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from include.config.load import MODEL_FILE, check_content, load_model
from include.config.yaml_file import read_yaml
from include.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from include.config.schema import ModelConfig

IN_FORCE = "in force"
# What a replay holds fixed: who the model is, and where its past comes from.
_FIXED = ("name", "task", "source", "schedule", "entity", "row", "time", "features", "target", "weight")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One configuration to replay.

    :param changes: dotted key to value, in the order in which they were asked for; empty for the one in
        force.
    :param config: the whole configuration.
    :param in_force: whether it says what ``model.yaml`` says.
    """

    changes: tuple[tuple[str, Any], ...]
    config: ModelConfig
    in_force: bool

    @property
    def name(self) -> str:
        """Return it as a line: ``cooldown_days=3 breaches=2``, by the last part of each key."""
        return (
            " ".join(f"{key.rpartition('.')[2]}={_shown(value)}" for key, value in self.changes) or IN_FORCE
        )


def read_settings(folder: Path, asked: Sequence[str]) -> list[Setting]:
    """Return the configurations to replay: the one in force first, then the product of what is asked.

    :param folder: the model folder.
    :param asked: each ``key=value,value,...``; values as YAML writes them.
    :raises ConfigError: not of this form, a key that a replay holds fixed, or what ``model.yaml`` refuses;
        the message names the key, what was found and what is allowed.
    """
    axes = [_read(text) for text in asked]
    twice = sorted({key for key, _ in axes if [one for one, _ in axes].count(key) > 1})
    if twice:
        raise ConfigError(f"--set names {', '.join(twice)} more than once: list its values behind one =")
    base = load_model(folder)
    content = read_yaml(folder / MODEL_FILE).content
    found = [Setting(changes=(), config=base, in_force=True)]
    for values in product(*(values for _, values in axes)) if axes else ():
        changes = tuple(zip((key for key, _ in axes), values, strict=True))
        config = check_content(folder, _changed(content, changes), source=Path("--set"))
        if config == base:
            found[0] = Setting(changes=changes, config=base, in_force=True)
        elif config not in (one.config for one in found):
            found.append(Setting(changes=changes, config=config, in_force=False))
    return found


def _read(text: str) -> tuple[str, list[Any]]:
    """Return the key and the values of ``key=a,b``.

    :raises ConfigError: it is not of this form.
    """
    key, given, values = text.partition("=")
    key = key.strip()
    if not given or not key or not values.strip():
        raise ConfigError(
            f"--set {text!r}: expected key=value,value,... such as monitoring.policy.cooldown_days=3,7,14"
        )
    if key.split(".")[0] in _FIXED:
        raise ConfigError(
            f"--set {key}: a replay holds {', '.join(_FIXED)} as they are, for they say what the past was; "
            "allowed: keys below window, split, estimator, gate, monitoring and sensitive"
        )
    try:
        found = yaml.safe_load(f"[{values}]")
    except yaml.YAMLError as error:
        raise ConfigError(f"--set {key}: {values!r} can't be read as a list of YAML values") from error
    return key, list(found)


def _changed(content: dict[str, Any], changes: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return the content of ``model.yaml`` with some keys changed.

    :raises ConfigError: a key leads through something that has no keys.
    """
    made = deepcopy(content)
    for key, value in changes:
        place: Any = made
        *above, last = key.split(".")
        for part in above:
            if not isinstance(place, dict):
                break
            place = place.setdefault(part, {})
        if not isinstance(place, dict):
            raise ConfigError(f"--set {key}: {'.'.join(above)} holds no keys in {MODEL_FILE}")
        place[last] = value
    return made


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
