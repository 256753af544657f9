"""What the REST API of MLflow speaks of, with the names of ``mlflow.entities``; times are in milliseconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

_Entity = TypeVar("_Entity")


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """As ``mlflow.entities.Experiment``."""

    experiment_id: str
    name: str
    lifecycle_stage: str
    tags: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Experiment:
        """Return the experiment of an answer."""
        return cls(
            experiment_id=found["experiment_id"],
            name=found["name"],
            lifecycle_stage=found.get("lifecycle_stage", "active"),
            tags=_pairs(found, "tags"),
        )


@dataclass(frozen=True, kw_only=True)
class RunInfo:
    """As ``mlflow.entities.RunInfo``; times are milliseconds since 1970."""

    run_id: str
    experiment_id: str
    status: str
    start_time: int
    end_time: int | None
    artifact_uri: str
    lifecycle_stage: str


@dataclass(frozen=True, kw_only=True)
class RunData:
    """As ``mlflow.entities.RunData``: of each metric the last value."""

    tags: dict[str, str]
    metrics: dict[str, float]
    params: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Run:
    """As ``mlflow.entities.Run``."""

    info: RunInfo
    data: RunData

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Run:
        """Return the run of an answer."""
        info, data = found["info"], found.get("data", {})
        return cls(
            info=RunInfo(
                run_id=info["run_id"],
                experiment_id=info["experiment_id"],
                status=info.get("status", ""),
                start_time=int(info.get("start_time", 0)),
                end_time=int(info["end_time"]) if info.get("end_time") else None,
                artifact_uri=info.get("artifact_uri", ""),
                lifecycle_stage=info.get("lifecycle_stage", "active"),
            ),
            data=RunData(
                tags=_pairs(data, "tags"),
                metrics={one["key"]: float(one["value"]) for one in data.get("metrics", [])},
                params=_pairs(data, "params"),
            ),
        )


@dataclass(frozen=True, kw_only=True)
class ModelVersion:
    """As ``mlflow.entities.model_registry.ModelVersion``."""

    name: str
    version: str
    run_id: str
    source: str
    tags: dict[str, str]
    creation_timestamp: int
    description: str

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> ModelVersion:
        """Return the version of an answer."""
        return cls(
            name=found["name"],
            version=str(found["version"]),
            run_id=found.get("run_id", ""),
            source=found.get("source", ""),
            tags=_pairs(found, "tags"),
            creation_timestamp=int(found.get("creation_timestamp", 0)),
            description=found.get("description", ""),
        )


@dataclass(frozen=True, kw_only=True)
class RegisteredModel:
    """As ``mlflow.entities.model_registry.RegisteredModel``."""

    name: str
    aliases: dict[str, str]
    tags: dict[str, str]

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> RegisteredModel:
        """Return the registered model of an answer."""
        aliases = {one["alias"]: str(one["version"]) for one in found.get("aliases", [])}
        return cls(name=found["name"], aliases=aliases, tags=_pairs(found, "tags"))


@dataclass(frozen=True, kw_only=True)
class ArtifactFile:
    """As ``mlflow.entities.FileInfo``."""

    path: str
    is_dir: bool


class Page(list[_Entity]):
    """Entities, and where the next ones begin; as ``mlflow.store.entities.PagedList``."""

    token: str | None = None


def _pairs(found: dict[str, Any], key: str) -> dict[str, str]:
    return {one["key"]: one.get("value", "") for one in found.get(key, [])}
