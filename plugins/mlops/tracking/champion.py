"""The version in production, as those see it who use it and watch it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from include.config.metric_names import EXPECTED_COST
from include.data.splits import Holdout
from include.errors import ModelError
from include.evaluation.record import Evaluation
from include.monitoring.performance.record import Reference
from mlops import object_keys
from mlops.hooks.mlflow_errors import error_code
from mlops.hooks.stored_records import read_record
from mlops.tracking.ledger import Ledger
from mlops.tracking.model_registry import CHAMPION, ModelRegistry
from mlops.tracking.tags import (
    ENTITY_COLUMN,
    ENTITY_TYPE,
    EVALUATION,
    SPLIT_ROTATION,
    SPLIT_SEED,
    SPLIT_SHARE,
    SPLIT_START,
)

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

    from include.config.schema import ModelConfig
    from mlops.hooks.mlflow import MlflowHook
    from mlops.hooks.object_store import ObjectStoreHook

log = logging.getLogger(__name__)

# Tag of a version, and parameter of the run of one that was registered before the tag was written.
_SPLIT = {
    SPLIT_SEED: "split.seed",
    SPLIT_SHARE: "split.test_share",
    SPLIT_START: "split.start",
    SPLIT_ROTATION: "split.rotation",
}


def find_champion(hook: MlflowHook, model: str) -> ModelVersion | None:
    """Return the version in production; None before the first promotion, or when the alias was taken away.

    MLflow takes an alias away with the version it points at. The ledger remembers, so that a champion that
    was deleted is not taken for one that never was.

    :param hook: the MLflow hook.
    :param model: name of the model.
    :raises ModelError: the champion was deleted.
    """
    registry = ModelRegistry(hook, model)
    champion = registry.champion()
    if champion is not None:
        return champion
    moves = [entry for entry in Ledger(hook, model).entries() if entry.applied and entry.plan.get(CHAMPION)]
    if moves and registry.version(moves[0].plan[CHAMPION]) is None:
        raise ModelError(
            f"{model}: version {moves[0].plan[CHAMPION]} became champion by decision {moves[0].decision_id} "
            f"and no longer exists: somebody deleted it. Point the alias {CHAMPION!r} at a version that does "
            f"(there are now: {registry.aliases() or 'no aliases'}), or run {model}_training with force."
        )
    return None


def find_holdout(hook: MlflowHook, version: ModelVersion, config: ModelConfig) -> Holdout | None:
    """Return which entities the training of a version left out, whatever ``model.yaml`` says today.

    The tags of the version say so, or, if it was registered before these tags were written, the params of its
    run. A version without the tags of its entity column is taken to have today's.

    :param hook: the MLflow hook.
    :param version: the version.
    :param config: the model's configuration.
    :return: None if neither says so, since the version was registered by other means, or if its entities were
        others than today's, so that nothing follows from their ids.
    :raises ModelError: the tags are not a split.
    """
    if version.tags.get(ENTITY_COLUMN, config.entity.column) != config.entity.column:
        return None
    found = [version.tags.get(tag) for tag in _SPLIT]
    if None in found[:2] and version.run_id:
        try:
            params = hook.run(version.run_id).data.params
        except Exception as error:
            if error_code(error) is None:  # an outage; the run is not gone for good
                raise
            params = {}
        found = [params.get(name) for name in _SPLIT.values()]
    seed, share, start, rotation = found
    if seed is None or share is None:
        return None
    try:
        kind: Any = version.tags.get(ENTITY_TYPE)
        return Holdout(
            seed=int(seed),
            share=float(share),
            entity=kind if kind in {"integer", "string"} else config.entity.type,
            start=float(start or 0),
            rotation=float(rotation or 0),
        )
    except ValueError as error:
        raise ModelError(
            f"{version.name} version {version.version} was trained by the split seed {seed!r}, test share "
            f"{share!r}, start {start!r}, rotation {rotation!r}: expected a whole number and numbers; "
            f"correct its tags {', '.join(_SPLIT)}"
        ) from error


def find_champion_holdout(hook: MlflowHook, config: ModelConfig) -> Holdout | None:
    """Return whom the champion's training left out; None without a champion, or if nobody knows.

    :param hook: the MLflow hook.
    :param config: the model's configuration.
    :raises ModelError: what its tags say is not a split.
    """
    champion = ModelRegistry(hook, config.name).champion()
    if champion is None:
        return None
    found = find_holdout(hook, champion, config)
    if found is None:
        log.warning(
            "Nobody knows by which split champion version %s was trained: the gate will not compare a "
            "candidate with it. Tag it with %s and %s", champion.version, SPLIT_SEED, SPLIT_SHARE,
        )  # fmt: skip
    return found


def find_reference(store: ObjectStoreHook, config: ModelConfig, version: ModelVersion) -> Reference | None:
    """Return what the evaluation before a version's promotion found in the primary metric.

    It is read from the record the gate decided on, in the object store, beside the MLflow run of the version;
    of a challenger that was promoted later, beside the run of the candidate whose exam it sat.

    :param store: the object store.
    :param config: the model's configuration.
    :param version: the version.
    :return: None when there is no such record: the version was registered by other means.
    """
    own = f"{object_keys.evaluation(config.name, str(version.run_id))}/evaluation.json"
    key = version.tags.get(EVALUATION, own)
    evaluation = read_record(store, key, Evaluation.from_dict)
    if evaluation is None:
        return None
    primary, costs = config.gate.primary, config.gate.costs
    if primary == EXPECTED_COST and evaluation.costs != (None if costs is None else costs.both):
        log.warning(
            "Version %s was evaluated by other gate.costs than there are now: no window is compared with "
            "what it reached then", version.version,
        )  # fmt: skip
        return None
    return Reference(metric=primary, interval=evaluation.candidate[primary], rows=evaluation.rows, source=key)
