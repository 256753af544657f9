"""What a rollback needs of registry and ledger: a target that reproduces itself, nothing moved meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.errors import ConfigError, ModelError, StaleDecisionError
from include.promotion.alias_plan import CHAMPION
from mlops import object_keys
from mlops.tracking.promotion import check_reproducibility, describe_check
from mlops.tracking.tags import DATASET, TEST_DIGEST, TRAINING_KEY

if TYPE_CHECKING:
    from include.config.schema import ModelConfig
    from mlops.hooks.object_store import ObjectStoreHook
    from mlops.tracking.ledger import Entry, Ledger
    from mlops.tracking.model_registry import ModelRegistry

_CHECK_TAGS = (DATASET, TEST_DIGEST)


def check_target(registry: ModelRegistry, store: ObjectStoreHook, config: ModelConfig, version: str) -> str:
    """Check that a version repeats its predictions for its test set; return what was found.

    :param registry: the registered model.
    :param store: the object store.
    :param config: the model's configuration.
    :param version: the version.
    :raises ConfigError: it does not exist.
    :raises ModelError: it can't be checked, or failed the check.
    """
    found = registry.version(version)
    if found is None:
        raise ConfigError(
            f"{registry.model} has no version {version}: it never had, or somebody deleted it. Nothing was "
            f"moved. Choose one of {registry.url(version).rpartition('/')[0]}"
        )
    if missing := [tag for tag in _CHECK_TAGS if not found.tags.get(tag)]:
        raise ModelError(
            f"version {version} can't be checked: it has no tag {' and no tag '.join(missing)}, because it "
            f"was not registered by {registry.model}_training. Nothing was moved. Choose another target."
        )
    evaluation = object_keys.evaluation(registry.model, str(found.run_id))
    result = check_reproducibility(
        registry.hook, store, config, version,
        dataset_key=found.tags[DATASET], test_digest=found.tags[TEST_DIGEST],
        scores_key=f"{evaluation}/scores.parquet",
    )  # fmt: skip
    return describe_check(version, result)


def check_champion(registry: ModelRegistry, ledger: Ledger, entry: Entry | None, expected: set[str]) -> None:
    """Make sure that nobody moved the champion meanwhile.

    :param registry: the registered model.
    :param ledger: its ledger.
    :param entry: the planned entry of an earlier try, which is abandoned if somebody did; None without one.
    :param expected: the versions that may serve.
    :raises StaleDecisionError: somebody did.
    """
    serving = registry.aliases().get(CHAMPION)
    if serving in expected:
        return
    if entry is not None:  # decided, but never to be applied
        ledger.record_abandoned(entry)
    raise StaleDecisionError(
        f"version {serving} became champion while this rollback was under way (expected version "
        f"{' or '.join(sorted(expected))}): nothing was moved. Look at the ledger, then trigger it anew."
    )


def training_key_of(registry: ModelRegistry, version: str) -> str:
    """Return the training key of a version; empty if it is not known.

    :param registry: the registered model.
    :param version: the version.
    """
    found = registry.version(version)
    return str(found.tags.get(TRAINING_KEY, "")) if found else ""
