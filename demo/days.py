"""The days of a model that demo and replay run: what an example says, or what a team's source has."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from include.config.load import load_model
from include.errors import ConfigError
from include.examples.find import find_example
from mlops import run_context

if TYPE_CHECKING:
    from collections.abc import Iterable

    from demo.state import State


@dataclass(frozen=True, kw_only=True)
class First:
    """The day as of which the demo trains.

    :param day: ISO date.
    :param why: why this one.
    """

    day: str
    why: str


def check_model(model: str) -> None:
    """Make sure that there is a model.

    :param model: the name of its folder.
    :raises ConfigError: there is none.
    """
    if not (run_context.MODELS_ROOT / model / "model.yaml").is_file():
        raise ConfigError(f"There is no model {model!r}. `bin/mlops models` lists the models.")


def first_day(state: State, model: str) -> First:
    """Return the day as of which the demo trains: an example's own, or when the newest labels are known.

    :param state: where sources of this machine lie.
    :param model: the name of its folder.
    :raises ConfigError: there is no such model, or nothing was ever delivered to it.
    """
    if example := find_example(model):
        return First(day=example.first_day, why=example.why)
    day: str = _delivery_days(state).newest_labels(model)
    return First(day=day, why="the day on which the newest labels are known, or today")


def replayed_days(state: State, model: str) -> Iterable[str]:
    """Return the days to walk: an example's own, or all on which a team's model got deliveries.

    :param state: where sources of this machine lie.
    :param model: the name of its folder.
    :raises ConfigError: there is no such model, or nothing was ever delivered to it.
    """
    if example := find_example(model):
        return example.days
    found: list[str] = _delivery_days(state).delivery_days(model)
    return found


def primary_metric(model: str) -> str:
    """Return the name of the metric that decides about a model.

    :param model: the name of its folder.
    :raises ConfigError: its configuration can't be read.
    """
    return load_model(run_context.MODELS_ROOT / model).gate.primary


def _delivery_days(state: State) -> Any:
    """Return the module that asks a source. It imports Airflow, which takes seconds and sets logging up."""
    os.environ["MLOPS_STATE"] = str(state.folder)
    return import_module("mlops.cli.delivery_days")
