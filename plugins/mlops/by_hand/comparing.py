"""Two versions of a model on one frozen test set that neither of them has learned from."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from include.config.config_errors import one_of
from include.data.dataset_record import RECORD_FILE, Dataset
from include.data.leaks import check_not_learned
from include.errors import ConfigError, ModelError
from include.evaluation.compare import evaluate
from include.promotion.version_reference import VersionReference
from include.training.frame import load_frame
from include.training.predict import predict_scores
from mlops.data.inputs import frozen_test_set
from mlops.hooks.mlflow import MlflowHook
from mlops.hooks.object_store import ObjectStoreHook
from mlops.hooks.stored_records import require_record
from mlops.tracking.champion import find_holdout
from mlops.tracking.model_loading import load_model
from mlops.tracking.model_registry import ModelRegistry
from mlops.tracking.tags import DATASET, TEST_DIGEST

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

    from include.config.schema import ModelConfig
    from include.evaluation.record import Evaluation


class Comparison(NamedTuple):
    """What a comparison found; the first version is its candidate, the second one its champion.

    :param first: number of the first version.
    :param second: number of the second.
    :param test_of: the version whose test set both were evaluated on.
    :param evaluation: metrics, gains and slices.
    """

    first: str
    second: str
    test_of: str
    evaluation: Evaluation


def find_version(registry: ModelRegistry, wanted: str) -> ModelVersion:
    """Return a version by its number or an alias.

    :param registry: the registered model.
    :param wanted: such as ``3`` or ``champion``.
    :raises ConfigError: there is none; the nearest name is offered.
    """
    number = VersionReference.of(registry.model, wanted).number(registry.aliases())
    found = registry.version(number)
    if found is None:
        known = version_numbers(registry)
        if not known:
            raise ConfigError(f"{registry.model} has no version {number}: nothing was ever registered.")
        raise ConfigError(f"{registry.model} has no version {number}: {one_of(known, number)}")
    return found


def version_numbers(registry: ModelRegistry) -> list[str]:
    """Return the numbers of all versions, oldest first.

    :param registry: the registered model.
    """
    with registry.hook.errors(f"list the versions of {registry.model}"):
        found = registry.hook.client.search_model_versions(f"name = '{registry.model}'")
    return [str(number) for number in sorted(int(one.version) for one in found)]


def compare(config: ModelConfig, first: str, second: str) -> Comparison:
    """Evaluate two versions on the test set of the first, or of the second where the first won't do.

    Nothing is recorded: it does not count as an exam of the champion's life, and no gate decides.

    :param config: the model's configuration.
    :param first: number or alias of a version.
    :param second: number or alias of another.
    :raises ConfigError: there is no such version.
    :raises ModelError: each has learned from the other's test set, or one can't be loaded or scored.
    """
    store, hook = ObjectStoreHook(), MlflowHook()
    registry = ModelRegistry(hook, config.name)
    versions = (find_version(registry, first), find_version(registry, second))
    problems = []
    for own, other in (versions, versions[::-1]):
        missing = [tag for tag in (DATASET, TEST_DIGEST) if not own.tags.get(tag)]
        if missing:
            problems.append(f"version {own.version} has no tag {', '.join(missing)}: it was not trained here")
            continue
        key = own.tags[DATASET]
        with tempfile.TemporaryDirectory(prefix="compare-") as folder:
            test = frozen_test_set(store, key, own.tags[TEST_DIGEST], Path(folder))
            try:
                check_not_learned(test, config, find_holdout(hook, other, config))
            except ModelError as error:
                problems.append(f"test set of version {own.version}: {error}")
                continue
            frame = load_frame(test, config)
            record = require_record(store, f"{key}/{RECORD_FILE}", Dataset.from_dict)
            scores = [
                predict_scores(
                    load_model(f"models:/{config.name}/{one.version}", config.estimator.trusted_types),
                    frame.features,
                    config,
                )
                for one in versions
            ]
            evaluation = evaluate(
                test, scores[0], scores[1], config, {"version": str(versions[1].version)},
                trained=record.train, dominant=record.dominant,
            )  # fmt: skip
        numbers = [str(one.version) for one in versions]
        return Comparison(numbers[0], numbers[1], str(own.version), evaluation)
    raise ModelError(
        f"Versions {versions[0].version} and {versions[1].version} can't be compared fairly: "
        + "; ".join(problems)
    )
