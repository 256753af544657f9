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
from mlops.operators.check_new_data import CheckNewDataOperator
from mlops.operators.promote import PromoteModelOperator
from mlops.tracking.ledger import Ledger
from mlops.tracking.model_registry import ModelRegistry
from mlops.tracking.runs import find_or_create_run
from mlops.tracking.tags import DATASET, TEST_DIGEST, TRAINING_KEY
from tests.integration.pipeline import TaskInstance

if TYPE_CHECKING:
    from pathlib import Path

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

    def promote(self, version: str, compared_with: str | None) -> dict[str, Any]:
        """Run the task that promotes a version."""
        found = self.registry.version(version)
        assert found is not None
        operator = PromoteModelOperator(
            task_id="promote",
            model_folder=str(self.folder),
            dataset={"place": found.tags[DATASET], "test_digest": found.tags[TEST_DIGEST]},
            registered={"version": version, "run_id": found.run_id},
            evaluated={
                "champion_version": compared_with,
                "scores": f"{object_keys.evaluation(self.folder.name, found.run_id)}/scores.parquet",
            },
            verdict=GATE.to_dict(),
            training_key=found.tags[TRAINING_KEY],
        )
        return operator.execute({"ti": instance(self.folder, "training", "promote", f"r{version}")})

    def check_new_data(self, train_digest: str, *, test_digest: str = "d", force: bool = False) -> str | None:
        """Return which task follows the check for a training set."""
        dataset = {
            "train_digest": train_digest, "test_partitions": ["2005-06-30"], "test_digest": test_digest,
            "as_of": "2005-06-30",
        }  # fmt: skip
        operator = CheckNewDataOperator(
            task_id="check_new_data",
            model_folder=str(self.folder),
            dataset=dataset,
            follow="train",
            force=force,
        )
        ti = instance(self.folder, "training", "check_new_data", "r")
        return operator.choose_branch({"ti": ti})  # type: ignore[return-value]

    def key(self, train_digest: str) -> str:
        """Return the training key of a training set."""
        return training_key(train_digest, load_model(self.folder).digest, estimator_digest(self.folder))

    def kinds(self) -> list[tuple[str, bool]]:
        """Return what the ledger holds, newest first: the kind, and whether it was applied."""
        return [(entry.kind, entry.applied) for entry in self.ledger.entries()]


def instance(folder: Path, dag: str, task: str, run: str) -> TaskInstance:
    return TaskInstance(
        dag_id=f"{folder.name}_{dag}", run_id=run, task_id=task, map_index=-1, try_number=1, pushed={},
        log_url="http://airflow/rollback",
    )  # fmt: skip
