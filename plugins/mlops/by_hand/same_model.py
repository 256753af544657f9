"""Whether a run by hand was trained from the model folder that is here now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.config.estimator import estimator_digest
from include.errors import StaleDecisionError
from include.promotion.retrain_needed import training_key

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.schema import ModelConfig
    from mlops.by_hand.kept_run import KeptRun


def check_same_model(kept: KeptRun, folder: Path, config: ModelConfig) -> None:
    """Refuse what was trained from another checkout, such as the branch of a pull request.

    The run of a date is everybody's: between a team's ``train`` and ``register`` somebody else may have
    trained.

    :param kept: the run.
    :param folder: the model's folder.
    :param config: its configuration.
    :raises StaleDecisionError: it was.
    """
    digest, estimator = kept.results["prepare"]["train_digest"], estimator_digest(folder)
    if training_key(digest, config.digest, estimator) != kept.pushed["check_new_data"]["training_key"]:
        raise StaleDecisionError(
            f"What was trained as of {kept.as_of}, by {kept.by}, had another model.yaml or estimator than "
            f"{folder} has now: nothing was evaluated or registered. `bin/mlops train {config.name} --as-of "
            f"{kept.as_of}` trains this one."
        )
