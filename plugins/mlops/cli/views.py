"""``bin/mlops views``: the feature views, who uses them, how new they are, and what rows lack of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.config.load import load_model, model_folders
from include.config.views.read import view_names, views_folder
from include.errors import ConfigError
from include.media import log_lines
from include.reporting.text_table import text_table
from mlops import run_context
from mlops.cli.local_connections import use_connections
from mlops.cli.output import show
from mlops.data.view_states import view_states
from mlops.hooks.data_registry import DataRegistryHook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.config.schema import ModelConfig
    from mlops.data.view_states import ViewState

_VIEWS = ("view", "owner", "deliveries", "newest", "newest event", "newest known at", "days ago")
_USES = ("view", "model", "columns", "features of", "missing", "not known", "too old", "mean age", "oldest")


def run(*, as_json: bool = False) -> int:
    """Print every view and every use of one; return 1 if a view's or a model's file is wrong.

    :param as_json: whether to print JSON.
    """
    use_connections()
    configs: list[ModelConfig] = []
    broken = []
    for folder in model_folders(run_context.MODELS_ROOT):
        try:
            configs.append(load_model(folder))
        except ConfigError as error:
            broken.append(log_lines(str(error)))
    root = views_folder(run_context.MODELS_ROOT / "any")
    names = view_names(root)
    states = view_states(root, names, configs, DataRegistryHook(), run_context.today()) if names else []
    problems = [*broken, *(log_lines(state.problem) for state in states if state.problem)]
    content = {"views": [state.to_dict() for state in states], "models_at_fault": broken}
    show(as_json, content, lambda: "\n\n".join([views_text(states), *problems]))
    return int(bool(problems))


def views_text(states: Sequence[ViewState]) -> str:
    """Return the two tables: views, and their uses.

    :param states: the views.
    """
    if not states:
        return "there is no view: include/features holds no file"
    views = [
        (
            one.name, one.owner, str(one.deliveries), one.newest or "none", one.event or "",
            one.known_at or "", _number(one.age_days),
        )
        for one in states
    ]  # fmt: skip
    uses = [
        (
            one.name, use.model, ", ".join(use.columns), use.features_of or "never joined",
            "" if use.missing is None else f"{use.missing:.1%}", _count(use.none), _count(use.old),
            _number(use.mean_age), _number(use.oldest),
        )
        for one in states
        for use in one.uses
    ]  # fmt: skip
    unused = [one.name for one in states if not one.uses]
    tables = [text_table(_VIEWS, views)]
    tables += [text_table(_USES, uses)] if uses else []
    tables += [f"no model uses {', '.join(unused)}"] if unused else []
    return "\n\n".join(tables)


def _number(found: float | None) -> str:
    return "" if found is None else f"{found:,.1f}"


def _count(found: int | None) -> str:
    return "" if found is None else f"{found:,}"
