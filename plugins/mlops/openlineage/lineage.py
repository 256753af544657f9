"""What a task read, wrote and decided, as far as it got."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops.hooks.object_path import plain_uri
from mlops.openlineage.naming import Name, of_uri

if TYPE_CHECKING:
    from openlineage.client.event_v2 import InputDataset, OutputDataset

    from include.verdicts import Verdict


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """What an extractor returns.

    :param inputs: what was read.
    :param outputs: what was written.
    :param verdicts: what was decided.
    """

    inputs: tuple[InputDataset, ...] = ()
    outputs: tuple[OutputDataset, ...] = ()
    verdicts: tuple[Verdict, ...] = ()


def result_of(task: Any) -> dict[str, Any]:
    """Return what a task handed on; nothing where it failed or was skipped.

    :param task: the operator.
    """
    found: dict[str, Any] = task.noted.get("result", {})
    return found


def stored(task: Any, key: str) -> Name:
    """Return the name of an object in the object store.

    :param task: the operator, whose store it is.
    :param key: the object's key.
    """
    return of_uri(plain_uri(task.store.root / key))


def server_of(task: Any) -> str:
    """Return the tracking URI of MLflow.

    :param task: the operator, whose MLflow it is.
    """
    return str(task.mlflow.server.tracking_uri)
