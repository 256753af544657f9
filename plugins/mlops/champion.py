"""The version in production, as those see it who use it and watch it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.errors import ModelError
from mlops import places

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

    from include.config.schema import ModelConfig
    from include.monitoring.performance_record import Reference
    from mlops.hooks.mlflow import MlflowHook
    from mlops.hooks.object_store import ObjectStoreHook


def find_champion(hook: MlflowHook, model: str) -> ModelVersion | None:
    """Return the version in production; None before the first promotion, or when the alias was taken away.

    MLflow takes an alias away with the version it points at. The ledger remembers, so that a champion that
    was deleted is not taken for one that never was.

    :param hook: the MLflow hook.
    :param model: name of the model.
    :raises ModelError: the champion was deleted.
    """
    from mlops.hooks.ledger import Ledger
    from mlops.hooks.model_registry import CHAMPION, ModelRegistry

    registry = ModelRegistry(hook, model)
    champion = registry.champion()
    if champion is not None:
        return champion
    moves = [entry for entry in Ledger(hook, model).entries() if entry.done and entry.plan.get(CHAMPION)]
    if moves and registry.version(moves[0].plan[CHAMPION]) is None:
        raise ModelError(
            f"{model}: version {moves[0].plan[CHAMPION]} became champion by decision {moves[0].decision_id} "
            f"and no longer exists: somebody deleted it. Point the alias {CHAMPION!r} at a version that does "
            f"(there are now: {registry.aliases() or 'no aliases'}), or run {model}_training with force."
        )
    return None


def find_reference(store: ObjectStoreHook, config: ModelConfig, version: ModelVersion) -> Reference | None:
    """Return what the evaluation before a version's promotion found in the primary metric.

    It is read from the record the gate decided on, in the object store, beside the MLflow run of the version.

    :param store: the object store.
    :param config: the model's configuration.
    :param version: the version.
    :return: None when there is no such record: the version was registered by other means.
    """
    from include.evaluation.record import Evaluation
    from include.monitoring.performance_record import Reference

    place = f"{places.evaluation(config.name, str(version.run_id))}/evaluation.json"
    found = store.read_json(store.resolve(place))
    if found is None:
        return None
    evaluation = Evaluation.from_dict(found)
    primary = config.gate.primary
    return Reference(
        metric=primary, estimate=evaluation.candidate[primary], rows=evaluation.rows, source=place
    )
