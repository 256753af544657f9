"""What the environment of this process holds: its places, and the version of each model that it serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.config.load import load_model, model_folders
from include.deployment.overview import Overview, Served
from include.errors import ConfigError, MlopsError
from include.promotion.alias_plan import CHALLENGER, CHAMPION
from mlops import run_context
from mlops.hooks.connected import ConnectedHook
from mlops.hooks.data_registry import DataRegistryHook
from mlops.hooks.mlflow import MlflowHook
from mlops.hooks.object_path import plain_uri
from mlops.hooks.object_store import ObjectStoreHook
from mlops.tracking.model_registry import ModelRegistry
from mlops.tracking.tags import AS_OF_DATE, DEPLOYED_FROM, DEPLOYED_VERSION, ORIGIN_RUN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.config.schema import ModelConfig


def mark_environment(name: str) -> dict[str, str]:
    """Mark store, MLflow and data registry as those of an environment; return the places.

    A mark that is there stays: where it is another environment's, this fails, and marks nothing of what comes
    after. Marking again changes nothing.

    :param name: the environment of this process.
    :raises ConfigError: a place is another environment's.
    """
    hooks = (MlflowHook(), ObjectStoreHook(), DataRegistryHook())
    for hook in hooks:
        hook.mark(name)
        passed, message = hook.test_connection()
        if not passed:
            raise ConfigError(message)
    return _places(*hooks)


def describe_environment(name: str, source: str) -> Overview:
    """Return what the environment of this process holds.

    :param name: its name.
    :param source: where its connections are written.
    """
    mlflow, store, registry = MlflowHook(), ObjectStoreHook(), DataRegistryHook()
    try:
        models = {
            folder.name: _served(ModelRegistry(mlflow, folder.name))
            for folder in model_folders(run_context.MODELS_ROOT)
        }
        passed, message = registry.test_connection()  # and the store's with it
        problem = "" if passed else message
    except MlopsError as error:
        models, problem = {}, str(error)
    places = {} if problem else _places(mlflow, store, registry)
    return Overview(
        name=name, source=source, places=places, problem=problem, models=models, missing=dict(_missing())
    )


def _places(mlflow: MlflowHook, store: ObjectStoreHook, registry: DataRegistryHook) -> dict[str, str]:
    return {
        "MLflow": mlflow.server.tracking_uri,
        "store": plain_uri(store.root),
        "data registry": registry.remote,
    }


def _served(registry: ModelRegistry) -> Served:
    aliases = registry.aliases()
    number = aliases.get(CHAMPION)
    version = registry.version(number) if number is not None else None
    if version is None:
        return Served(challenger=aliases.get(CHALLENGER))
    return Served(
        version=number,
        origin=version.tags.get(ORIGIN_RUN) or str(version.run_id),
        as_of=version.tags.get(AS_OF_DATE, ""),
        deployed_from=version.tags.get(DEPLOYED_FROM, ""),
        deployed_version=version.tags.get(DEPLOYED_VERSION, ""),
        challenger=aliases.get(CHALLENGER),
    )


def _missing() -> Iterator[tuple[str, list[str]]]:
    """Yield each model with the connections of its sources that this environment lacks."""
    for folder in model_folders(run_context.MODELS_ROOT):
        try:
            config = load_model(folder)
        except ConfigError:  # `bin/mlops models` says what is wrong with it
            continue
        if lacking := [one for one in source_connections(config) if not _is_there(one)]:
            yield folder.name, lacking


def source_connections(config: ModelConfig) -> list[str]:
    """Return the ids of the connections that a model's sources are read through, sorted.

    :param config: the model's configuration.
    """
    found: set[str] = set()

    def walk(value: object) -> None:
        if isinstance(value, dict):
            found.update(one for key, one in value.items() if key == "connection" and isinstance(one, str))
            for one in value.values():
                walk(one)
        elif isinstance(value, (list, tuple)):
            for one in value:
                walk(one)

    walk(config.model_dump(mode="json", exclude={"alerts"}))
    return sorted(found)


def _is_there(conn_id: str) -> bool:
    try:
        ConnectedHook.get_connection(conn_id)
    except ConfigError:
        return False
    return True
