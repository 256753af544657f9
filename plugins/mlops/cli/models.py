"""``bin/mlops models``: list the model folders and check their configuration."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from include.config.config_errors import shown_path
from include.config.estimator import load_estimator
from include.config.load import load_model, model_folders
from include.data.schema import table_columns
from include.errors import ConfigError, MlopsError
from include.media import log_line, log_lines
from include.onboarding.borrowed import Folder, find_borrowed
from include.validation.checks import build_checks
from include.validation.contract.contract import CONTRACT_FILE, load_contract
from mlops import run_context

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.validation.contract.contract import Contract


def run(options: argparse.Namespace) -> int:
    """Print one line per model folder, or what is wrong with it; return 1 if anything is.

    A folder that still holds another model's rules gets a warning, which does not count as wrong.

    :param options: none are used.
    """
    del options
    outcomes = [check_model(folder) for folder in model_folders(run_context.MODELS_ROOT)]
    borrowed = find_borrowed({one.whole.config.name: one.whole for one in outcomes if one.whole})
    for outcome in outcomes:
        sys.stdout.write(outcome.text + "\n")
        for text in borrowed.get(outcome.whole.config.name, []) if outcome.whole else []:
            sys.stdout.write(f"    WARNING {log_line(text)}\n")
    return int(any(outcome.failed for outcome in outcomes))


class Outcome(NamedTuple):
    """The outcome of the check of one folder.

    :param failed: whether anything is wrong.
    :param text: what to show, without a line end.
    :param whole: what it holds; None where anything is wrong.
    """

    failed: bool
    text: str
    whole: Folder | None = None


def _check_rules(folder: Path, config: ModelConfig, contract: Contract) -> None:
    """Let Great Expectations take every rule, with its arguments, before a delivery is checked against it.

    :raises ConfigError: it knows no such expectation, or does not take its arguments.
    """
    for table in ("features", "labels"):
        try:
            if rules := getattr(contract, table):
                build_checks(rules, table_columns(config, table))
        except ConfigError as error:
            said = str(error).removeprefix(f"{CONTRACT_FILE}: ")
            raise ConfigError(f"{shown_path(folder / CONTRACT_FILE)}: {table}: {said}") from error


def check_model(folder: Path) -> Outcome:
    """Load all three files of a model as its tasks would, and return what is wrong or a line of figures.

    An error in one folder does not keep the others from being checked.

    :param folder: such as ``include/models/credit_risk``.
    """
    name = log_line(folder.name)
    try:
        config = load_model(folder)
        contract = load_contract(folder, config)
        _check_rules(folder, config, contract)
        load_estimator(folder, config)
    except MlopsError as error:
        return Outcome(True, f"NO  {name}\n{error}")
    except Exception as error:  # an unforeseen error in a file that a team wrote
        return Outcome(True, log_lines(f"NO  {name}\n{folder}: {type(error).__name__}: {error}"))
    rules = len(contract.features) + len(contract.labels)
    return Outcome(
        False,
        f"ok  {config.name}: {len(config.feature_names)} features, {rules} rules, {config.schedule}, "
        f"{config.owner}",
        Folder(config, contract),
    )
