"""What a deployment works with in its target."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.deployment.outcome import planned_verdict
from include.verdicts import Verdict
from mlops.tracking.tags import TEST_DIGEST, TRAINING_KEY

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.deployment.evidence import Evidence
    from include.promotion.approval import Answer
    from mlops.hooks.mlflow import MlflowHook
    from mlops.hooks.object_store import ObjectStoreHook
    from mlops.tracking.ledger import Ledger
    from mlops.tracking.model_registry import ModelRegistry


@dataclass(frozen=True, kw_only=True)
class Target:
    """One deployment, in the environment that it goes to.

    :param evidence: what was collected.
    :param folder: where it lies.
    :param registry: the registered model here.
    :param ledger: its ledger.
    :param store: the object store.
    :param config: the model's configuration.
    :param decided_by: who asked for it.
    :param answer: what a person has answered, where the model asks for an approval; None without an answer.
    """

    evidence: Evidence
    folder: Path
    registry: ModelRegistry
    ledger: Ledger
    store: ObjectStoreHook
    config: ModelConfig
    decided_by: str
    answer: Answer | None = None

    @property
    def hook(self) -> MlflowHook:
        """MLflow."""
        return self.registry.hook

    @property
    def model(self) -> str:
        """The model's name."""
        return self.evidence.model

    @property
    def training_key(self) -> str:
        """What the version learned from."""
        return self.evidence.version_tags[TRAINING_KEY]

    @property
    def test_digest(self) -> str:
        """Digest of the test set that came along."""
        return self.evidence.version_tags[TEST_DIGEST]

    @property
    def planned(self) -> Verdict:
        """The decision to deploy."""
        found = self.evidence
        return planned_verdict(found.model, found.version, found.source, found.target)

    def read_verdict(self, run_id: str, artifact: str = "verdict.json") -> Verdict:
        """Return a verdict that an earlier try has kept.

        :param run_id: the run that holds it.
        :param artifact: under which name.
        """
        return Verdict.from_dict(json.loads(self.hook.read_text(run_id, artifact)))
