"""``bin/mlops models``: list the model folders and check their configuration."""

from __future__ import annotations

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
from mlops.cli.output import show

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.validation.contract.contract import Contract


def run(*, as_json: bool = False) -> int:
    """Print one line per model folder, or what is wrong with it; return 1 if anything is.

    A folder that still holds another model's rules gets a warning, which does not count as wrong.

    :param as_json: whether to print JSON.
    """
    outcomes = [check_model(folder) for folder in model_folders(run_context.MODELS_ROOT)]
    borrowed = find_borrowed({one.whole.config.name: one.whole for one in outcomes if one.whole})
    warnings = [borrowed.get(one.whole.config.name, []) if one.whole else [] for one in outcomes]
    lines: list[str] = []
    for outcome, texts in zip(outcomes, warnings, strict=True):
        lines += [outcome.text, *(f"    WARNING {log_line(text)}" for text in texts)]
    content = [
        {"model": outcome.model, "valid": not outcome.failed, "found": outcome.found, "warnings": list(texts)}
        for outcome, texts in zip(outcomes, warnings, strict=True)
    ]
    show(as_json, content, lambda: "\n".join(lines))
    return int(any(outcome.failed for outcome in outcomes))


class Outcome(NamedTuple):
    """The outcome of the check of one folder.

    :param failed: whether anything is wrong.
    :param model: the folder's name.
    :param found: what is wrong, one line each, or a line of figures.
    :param whole: what it holds; None where anything is wrong.
    """

    failed: bool
    model: str
    found: str
    whole: Folder | None = None

    @property
    def text(self) -> str:
        """What to show, without a line end."""
        return f"NO  {self.model}\n{self.found}" if self.failed else f"ok  {self.model}: {self.found}"


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
        return Outcome(True, name, str(error))
    except Exception as error:  # an unforeseen error in a file that a team wrote
        return Outcome(True, name, log_lines(f"{folder}: {type(error).__name__}: {error}"))
    rules = len(contract.features) + len(contract.labels)
    return Outcome(
        False,
        config.name,
        f"{len(config.feature_names)} features, {rules} rules, {config.schedule}, {config.owner}",
        Folder(config, contract),
    )
