"""Which models there are, and what is said about one that there is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.config.config_errors import one_of
from include.config.load import load_model, model_folders
from include.errors import ConfigError
from mlops import run_context

if TYPE_CHECKING:
    from include.config.schema import ModelConfig


def model_names() -> list[str]:
    """Return the names of the model folders."""
    return [folder.name for folder in model_folders(run_context.MODELS_ROOT)]


def find_model(model: str) -> ModelConfig:
    """Return the configuration of a model.

    :param model: the name of its folder.
    :raises ConfigError: there is no such folder, or it is wrong.
    """
    names = model_names()
    if model not in names:
        raise ConfigError(_unknown(model, names))
    return load_model(run_context.MODELS_ROOT / model)


def require_name(model: str) -> None:
    """Make sure that there is a folder of a model of which nothing is stored: else its name may be mistyped.

    :param model: the name.
    :raises ConfigError: there is none.
    """
    names = model_names()
    if model not in names:
        raise ConfigError(_unknown(model, names))


def _unknown(model: str, names: list[str]) -> str:
    found = one_of(names, model)
    ended = "" if found.endswith("?") else "."
    return f"There is no model {model!r}: {found}{ended} `bin/mlops models` checks their folders."
