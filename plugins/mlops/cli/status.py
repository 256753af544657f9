"""``bin/mlops status`` and ``bin/mlops why``: where a model stands, and the verdicts that led there."""

from __future__ import annotations

from include.config.config_errors import one_of
from include.errors import ConfigError
from include.reporting.text_table import text_table
from mlops.by_hand.comparing import find_version
from mlops.by_hand.model_state import HEADS, find_state, last_decisions
from mlops.cli.known_models import model_names, require_name
from mlops.cli.ledger import open_ledger
from mlops.cli.local_connections import use_connections
from mlops.cli.output import show
from mlops.hooks.mlflow import MlflowHook
from mlops.tracking.model_registry import ModelRegistry


def run(model: str | None, *, as_json: bool) -> int:
    """Print where one model stands, or all; return the exit code.

    :param model: its name; None for all.
    :param as_json: whether to print JSON.
    :raises ConfigError: there is no such model.
    """
    if model is not None:
        require_name(model)
    use_connections()
    found = [find_state(name) for name in ([model] if model else model_names())]
    notes = [f"unfinished: {one.model}: {text}" for one in found for text in one.unfinished]
    notes += [f"at work: {one.model}: {one.held_by}" for one in found if one.held_by]
    table = text_table(HEADS, [one.row() for one in found])
    show(as_json, [one._asdict() for one in found], lambda: "\n".join([table, *notes]))
    return 0


def why(model: str, version: str | None, *, kind: str | None, number: int, as_json: bool) -> int:
    """Print the last verdicts about a model, newest first; return the exit code.

    :param model: its name.
    :param version: number or alias of the version they have to be about; None for any.
    :param kind: of the decisions; None for any.
    :param number: how many.
    :param as_json: whether to print JSON.
    :raises ConfigError: there is no such model, version or kind, or nothing was decided.
    """
    ledger = open_ledger(model)
    if version is not None:
        version = str(find_version(ModelRegistry(MlflowHook(), model), version).version)
    found = last_decisions(model, version=version, kind=kind, number=number)
    if not found and kind is not None:
        known = sorted({entry.kind for entry in ledger.entries()})
        raise ConfigError(f"There is no decision of kind {kind!r} about {model}: {one_of(known, kind)}")
    if not found:
        raise ConfigError(f"Nothing was decided about version {version} of {model}.")
    show(as_json, [one.to_dict() for one in found], lambda: "\n\n".join(one.to_text() for one in found))
    return 0
