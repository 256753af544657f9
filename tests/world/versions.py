"""A model whose versions need no training: what moves aliases looks at their tags only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.config.estimator import estimator_digest
from include.config.load import load_model
from include.data.dataset_files import file_digest
from include.data.dataset_record import TEST_FILE
from include.promotion.retrain_needed import training_key
from include.verdicts import Verdict
from mlops import object_keys
from mlops.hooks.mlflow import MlflowHook
from mlops.tracking.ledger import Ledger
from mlops.tracking.model_registry import ModelRegistry
from mlops.tracking.runs import find_or_create_run
from mlops.tracking.tags import DATASET, TEST_DIGEST, TRAINING_KEY
from tests.world import results
from tests.world.dag_run import DagRun

if TYPE_CHECKING:
    from pathlib import Path

REASON = "branches complain about refused regulars"
GATE = Verdict(kind="gate", decision="promote", subject="the candidate", summary="better than version 1")


class Versions:
    """One model.

    :param folder: its folder.
    :param state: the state folder.
    """

    def __init__(self, folder: Path, state: Path) -> None:
        self.folder, self.store = folder, state / "store"
        self.hook = MlflowHook()
        self.registry = ModelRegistry(self.hook, folder.name)
        self.ledger = Ledger(self.hook, folder.name)
        self.events: dict[str, list[dict[str, Any]]] = {}

    def register(self, name: str, key: str) -> str:
        """Return a new version with the training key."""
        run = find_or_create_run(self.hook, f"{self.folder.name}/training", key=name, name=name, tags={})
        test = self.store / "models" / name / TEST_FILE
        scores = self.store / object_keys.evaluation(self.folder.name, run.info.run_id) / "scores.parquet"
        for file in (test, scores):
            file.parent.mkdir(parents=True)
            file.write_text(name)
        tags = {
            TRAINING_KEY: key,
            TEST_DIGEST: file_digest(test),
            DATASET: f"models/{name}",
        }
        source = f"runs:/{run.info.run_id}/model"
        version, _ = self.registry.register(run_id=run.info.run_id, source=source, tags=tags, description="d")
        return version

    def promotion(self, version: str, compared_with: str | None) -> DagRun:
        """Return a run that has registered a version, with a passed gate, and is about to promote it."""
        found = self.registry.version(version)
        assert found is not None
        run = DagRun(self.folder, run_id=f"r{version}", asset_events=self.events)
        run.results |= results.of_training(
            prepare={"object_key": found.tags[DATASET], "test_digest": found.tags[TEST_DIGEST]},
            register={"version": version, "run_id": found.run_id},
            evaluate={
                "run_id": found.run_id,
                "champion_version": compared_with,
                "scores_key": f"{object_keys.evaluation(self.folder.name, found.run_id)}/scores.parquet",
                "test_digest": found.tags[TEST_DIGEST],
            },
        )
        run.pushed |= {
            "gate": {"verdict": GATE.to_dict()}, "train": {"training_key": found.tags[TRAINING_KEY]},
        }  # fmt: skip
        return run

    def promote(self, version: str, compared_with: str | None) -> dict[str, Any]:
        """Run the task that promotes a version."""
        return dict(self.promotion(version, compared_with).run_task("promote"))

    def check_new_data(self, train_digest: str, *, test_digest: str = "d", force: bool = False) -> str | None:
        """Return which task follows the check for a training set."""
        run = DagRun(self.folder, run_id="r", conf={"force": force})
        run.results |= results.of_training(
            prepare={
                "train_digest": train_digest, "test_partitions": ["2005-06-30"], "test_digest": test_digest,
                "as_of": "2005-06-30",
            }
        )  # fmt: skip
        followed: str | None = run.run_task("check_new_data")
        return followed

    def rollback(self, target: str = "previous_champion", run_id: str = "manual__back") -> DagRun:
        """Return a run of the rollback DAG that a person started."""
        conf = {"target": target, "reason": REASON}
        return DagRun(
            self.folder, kind="rollback", run_id=run_id, conf=conf, user="ann", as_of="2005-07-01",
            asset_events=self.events,
        )  # fmt: skip

    def key(self, train_digest: str) -> str:
        """Return the training key of a training set."""
        return training_key(train_digest, load_model(self.folder).digest, estimator_digest(self.folder))

    def told(self) -> list[tuple[str, str]]:
        """Return the events of the champion, oldest first: what moved it, and the version it moved to."""
        found = self.events.get(f"mlops://models/{self.folder.name}/champion", [])
        return [(extra["by"], extra["version"]) for extra in found]

    def kinds(self) -> list[tuple[str, bool]]:
        """Return what the ledger holds, newest first: the kind, and whether it was applied."""
        return [(entry.kind, entry.applied) for entry in self.ledger.entries()]
