"""The new-data check: is there anything to learn that the champion does not know yet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.config.estimator import estimator_digest
from include.promotion import retrain_needed
from include.promotion.rollback import rolled_back_by
from mlops.operators.decision import DecisionOperator
from mlops.operators.results.data import Prepared
from mlops.operators.results.task_input import TaskInput
from mlops.tracking.tags import DATASET, NEWEST_LABELS, TRAINING_KEY

if TYPE_CHECKING:
    from airflow.sdk import Context
    from mlflow.entities.model_registry import ModelVersion

    from include.data.dataset_record import Dataset
    from include.promotion.rollback import Step
    from include.verdicts import Verdict


class CheckNewDataOperator(DecisionOperator):
    """Ends the run early, and green, if training would only repeat an earlier decision.

    Training is deterministic, so the same training set, configuration and estimator give the same model. The
    digest of the three is the *training key*. A key that made the champion, or that was rejected on this very
    test set, is not tried again; nor is the key of a version that somebody rolled back from, whatever the
    test set. The same goes for data that ends before the champion's. A promotion alone is nothing new: it
    changes which entities are held out, not what there is to learn.

    :param dataset: what ``prepare`` returned.
    :param follow: id of the task to go on with if there is something to learn.
    :param force: train anyway.
    """

    ui_color = "#fff5d6"
    dataset = TaskInput(Prepared)

    def __init__(self, *, dataset: Any, follow: str, force: bool | str = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dataset = dataset
        self.follow = follow
        self.force = force

    def decide(self, context: Context) -> tuple[Verdict, str | None]:
        """Return the verdict, and the task to follow if there is something to learn."""
        config, dataset = self.config, self.dataset
        estimator = estimator_digest(Path(self.model_folder))
        key = retrain_needed.training_key(dataset.train_digest, config.digest, estimator)
        champion = self.model_registry.champion()
        known = champion and retrain_needed.Known(
            version=str(champion.version),
            key=champion.tags.get(TRAINING_KEY, ""),
            newest=champion.tags.get(NEWEST_LABELS, ""),
        )
        steps = self.ledger.steps()
        alike = [
            retrain_needed.training_key(record.train_digest, config.digest, estimator)
            for record in (self._learned_alike(champion, steps) if known and known.key != key else ())
        ]
        rejections = self.ledger.entries(decision="reject", training_key=key, test_digest=dataset.test_digest)
        verdict = retrain_needed.decide(
            dataset.test_partitions[-1],
            key,
            champion=known or None,
            alike=alike,
            rejected_by=rejections[0].decision_id if rejections else None,
            rolled_back_by=next(
                filter(None, (rolled_back_by(steps, key=one) for one in (key, *alike))), None
            ),
            force=str(self.force) == "True",
            subject=f"{config.name} as of {dataset.as_of}",
        )
        self.push(context, "training_key", key)
        return verdict, self.follow if verdict.decision == retrain_needed.NewDataDecision.TRAIN else None

    def _learned_alike(self, champion: ModelVersion | None, steps: list[Step]) -> list[Dataset]:
        """Return what the champion and versions that were rolled back from learned under other holdouts."""
        from include.data.dataset_record import RECORD_FILE, Dataset
        from include.data.material import teaches_the_same
        from mlops.hooks.stored_records import read_record

        registry, store = self.model_registry, self.store
        left = (registry.version(number) for number in sorted({step.left for step in steps if step.left}))
        keys = {one.tags.get(DATASET) for one in (champion, *left) if one is not None} - {None}
        now, *others = (
            read_record(store, f"{key}/{RECORD_FILE}", Dataset.from_dict)
            for key in (self.dataset.object_key, *sorted(keys))
        )
        return [one for one in others if now and one and teaches_the_same(now, one)]
