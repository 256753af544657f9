"""The new-data check: is there anything to learn that the champion does not know yet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops.operators.base import DecisionOperator
from mlops.tracking.tags import NEWEST_LABELS, TRAINING_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

    from include.verdicts import Verdict


class CheckNewDataOperator(DecisionOperator):
    """Ends the run early, and green, when training would only repeat what has been decided.

    Training is deterministic, so the same training set, configuration and estimator give the same model. The
    digest of the three is the *training key*; one that made the champion, or that was rejected on this very
    test set, is not tried again; nor is one of a version that somebody rolled back from, whatever the test
    set. Neither is data that ends before the champion's.

    :param model_folder: the folder with ``model.yaml``.
    :param dataset: what ``prepare`` returned.
    :param follow: id of the task to go on with when there is something to learn.
    :param force: train anyway.
    :param mlflow_conn_id: Airflow connection of MLflow.
    """

    template_fields: Sequence[str] = ("model_folder", "dataset", "follow", "force", "mlflow_conn_id")
    ui_color = "#fff5d6"

    def __init__(
        self,
        *,
        model_folder: str,
        dataset: Any,
        follow: str,
        force: bool | str = False,
        mlflow_conn_id: str = "mlflow_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(model_folder=model_folder, **kwargs)
        self.dataset = dataset
        self.follow = follow
        self.force = force
        self.mlflow_conn_id = mlflow_conn_id

    def decide(self, context: Context) -> tuple[Verdict, str | None]:
        """Return the verdict, and the task to follow when there is something to learn."""
        from include.config.estimator import estimator_digest
        from include.promotion import retrain_needed
        from include.promotion.rollback import rolled_back_by
        from mlops.hooks.mlflow import MlflowHook
        from mlops.tracking.ledger import Ledger
        from mlops.tracking.model_registry import ModelRegistry

        config = self.config
        key = retrain_needed.training_key(
            self.dataset["train_digest"], config.digest, estimator_digest(Path(self.model_folder))
        )
        hook = MlflowHook(self.mlflow_conn_id)
        champion = ModelRegistry(hook, config.name).champion()
        known = champion and retrain_needed.Known(
            version=str(champion.version),
            key=champion.tags.get(TRAINING_KEY, ""),
            newest=champion.tags.get(NEWEST_LABELS, ""),
        )
        ledger = Ledger(hook, config.name)
        rejections = ledger.entries(
            decision="reject", training_key=key, test_digest=self.dataset["test_digest"]
        )
        verdict = retrain_needed.decide(
            self.dataset["test_partitions"][-1],
            key,
            champion=known or None,
            rejected_by=rejections[0].decision_id if rejections else None,
            rolled_back_by=rolled_back_by(ledger.steps(), key=key),
            force=str(self.force) == "True",
            subject=f"{config.name} as of {self.dataset['as_of']}",
        )
        self.push(context, "training_key", key)
        return verdict, self.follow if verdict.decision == "train" else None
