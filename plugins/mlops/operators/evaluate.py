"""Candidate and champion on the same frozen test set."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops import object_keys
from mlops.operators.base import ModelOperator
from mlops.operators.links import MlflowRunLink
from mlops.operators.results.data import Prepared
from mlops.operators.results.task_input import TaskInput
from mlops.operators.results.training import Evaluated, Trained

if TYPE_CHECKING:
    from airflow.sdk import Context


class EvaluateModelOperator(ModelOperator):
    """Scores the candidate and the champion on the frozen test set and stores what the gate decides on.

    A champion that can't be loaded or scored is a finding, not an error: it goes into the evaluation, and the
    gate blocks. The challenger that earlier exams against this champion left, if there is one, sits this one,
    too; one that can't leaves.

    :param dataset: what ``prepare`` returned.
    :param trained: what ``train`` returned.
    """

    operator_extra_links = (MlflowRunLink(),)
    ui_color = "#e3f6d8"
    dataset = TaskInput(Prepared)
    trained = TaskInput(Trained)

    def __init__(self, *, dataset: Any, trained: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dataset = dataset
        self.trained = trained

    def execute(self, context: Context) -> dict[str, Any]:
        """Return where the evaluation is, and the primary metric with its interval.

        :raises DataError: the test set is not what was frozen.
        :raises ModelError: the candidate can't be loaded or scored.
        """
        from include.data.dataset_record import RECORD_FILE, Dataset
        from include.evaluation.compare import evaluate
        from include.training.frame import load_frame
        from include.training.predict import predict_scores
        from mlops.data.inputs import frozen_test_set
        from mlops.hooks.stored_records import require_record
        from mlops.tracking.champion_scores import score_champion
        from mlops.tracking.evaluation_log import log_evaluation
        from mlops.tracking.evaluation_records import challenger_record
        from mlops.tracking.exams import name_life, read_life
        from mlops.tracking.kept_challenger import ChallengerScores, examine_challenger
        from mlops.tracking.model_loading import load_model

        config, hook, store, dataset = self.config, self.mlflow, self.store, self.dataset
        run_id = self.trained.run_id
        run = hook.run(run_id)
        run_url = hook.run_url(run)
        key = object_keys.evaluation(config.name, run_id)
        with tempfile.TemporaryDirectory(prefix="evaluate-") as folder:
            test = frozen_test_set(store, dataset.object_key, dataset.test_digest, Path(folder))
            frame = load_frame(test, config)
            record = require_record(store, f"{dataset.object_key}/{RECORD_FILE}", Dataset.from_dict)
            candidate = load_model(self.trained.model_uri, config.estimator.trusted_types)
            scores = predict_scores(candidate, frame.features, config)
            champion = score_champion(hook, config, test, frame)
            evaluation = evaluate(
                test, scores, champion.scores, config, champion.known,
                trained=record.train, champion_error=champion.error, dominant=record.dominant,
            )  # fmt: skip
            life, challenger = None, ChallengerScores()
            if evaluation.gains and champion.version:
                name = name_life(self.ledger, champion.version)
                life = read_life(store, self.ledger, name, run, evaluation.test_digest)
                if (kept := life.kept(config.gate)) is not None:
                    challenger = examine_challenger(
                        hook, store, config, kept.run,
                        test=test, frame=frame, champion=champion, trained=record.train,
                    )  # fmt: skip
            sat = challenger_record(key, challenger.run) if challenger.run and challenger.evaluation else None
            self.note(evaluation=evaluation)
            self.log.info("%s", evaluation.to_text())
            log_evaluation(
                hook, store, run_id, key,
                evaluation=evaluation, challenger_key=sat, frame=frame, candidate=candidate, scores=scores,
                champion_scores=champion.scores, challenger=challenger, config=config,
            )  # fmt: skip
        self.link(MlflowRunLink.name, run_url)
        self.push(context, "run_url", run_url)
        primary = evaluation.candidate[config.gate.primary]
        return self.hand_on(
            Evaluated(
                run_id=run_id,
                run_url=run_url,
                evaluation_key=f"{key}/evaluation.json",
                scores_key=f"{key}/scores.parquet",
                test_digest=evaluation.test_digest,
                champion_version=champion.version,
                metric=config.gate.primary,
                value=primary.value,
                low=primary.low,
                high=primary.high,
                life=life.name if life else None,
                earlier=tuple(exam.candidate for exam in life.exams) if life else (),
                challenger_run=challenger.run,
                challenger_key=sat,
                challenger_error=challenger.error,
            )
        )
