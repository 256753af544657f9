"""A request: what it is called, what it is about, and what is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.config.schema import ModelConfig
    from include.verdicts import Verdict
    from mlops.hooks.object_store import ObjectStoreHook
    from mlops.tracking.ledger import Ledger
    from mlops.tracking.model_registry import ModelRegistry


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Who asks for what, and of what it is done.

    :param config: the model.
    :param store: its object store.
    :param registry: its versions.
    :param ledger: its ledger.
    :param subject: what it is about, as :attr:`Request.subject` says.
    :param reason: why.
    :param by: who.
    :param task: key of the Airflow task.
    """

    config: ModelConfig
    store: ObjectStoreHook
    registry: ModelRegistry
    ledger: Ledger
    subject: str
    reason: str
    by: str
    task: str


@dataclass(frozen=True, kw_only=True)
class Request:
    """Something that a person may ask for.

    :param name: as the DAG's form has it.
    :param subject: what has to be named, for people.
    :param do: does it, and returns what was done; doing it once more changes nothing.
    """

    name: str
    subject: str
    do: Callable[[Asked], Verdict]
