"""In the target: the copy and the champion on the same frozen test set, under the target's own gate."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from include.data.dataset_record import RECORD_FILE, Dataset
from include.deployment.evidence import DECIDED
from include.evaluation.compare import evaluate
from include.evaluation.scores_file import write_scores
from include.promotion import gate
from include.promotion.attempts.life import ChampionLife
from include.training.frame import load_frame
from include.training.predict import predict_scores
from mlops import object_keys
from mlops.data.inputs import frozen_test_set
from mlops.hooks.stored_records import require_record
from mlops.tracking.champion_scores import score_champion
from mlops.tracking.exams import name_life, read_life, record_exam
from mlops.tracking.gate_log import exam_of, name_models
from mlops.tracking.model_loading import load_model
from mlops.tracking.tags import DATASET, EVALUATION_DIGEST, GATE

if TYPE_CHECKING:
    from mlflow.entities import Run

    from include.verdicts import Verdict
    from mlops.deployment.target import Target

_ALONE = "a deployment examines its own version alone"
VERDICT = f"{DECIDED}/gate"
"""Artifact of the copy's run, with ``.json`` and ``.md``: the source's own verdict stays where it was."""


@dataclass(frozen=True, kw_only=True)
class Examined:
    """What an exam in the target found: what :mod:`mlops.tracking` takes from the task ``evaluate``.

    :param run_id: the copy's run.
    :param evaluation_key: object key of the record.
    :param test_digest: digest of the test set.
    :param champion_version: the champion it was compared with; None without one.
    :param life: name of the champion's life; None where nothing was compared.
    :param earlier: candidates of the exams that were known.
    """

    run_id: str
    evaluation_key: str
    test_digest: str
    champion_version: str | None
    life: str | None
    earlier: tuple[str, ...]
    challenger_run: str | None = None
    challenger_key: str | None = None


def examine_copy(target: Target, run: Run, version: str) -> tuple[Verdict, Examined] | None:
    """Evaluate a copy as a candidate of this environment, and let the gate decide.

    Both are scored on the test set that came along, on which neither may have learned: a champion that has is
    one that can't be compared, and the gate blocks. The exam counts in the champion's life.

    :param target: the deployment.
    :param run: the copy's run.
    :param version: its version here.
    :return: None if it is the champion already.
    """
    hook, store, config, found = target.hook, target.store, target.config, target.evidence
    run_id, dataset = run.info.run_id, found.version_tags[DATASET]
    key = object_keys.evaluation(found.model, run_id)
    with tempfile.TemporaryDirectory(prefix="examine-") as folder:
        test = frozen_test_set(store, dataset, target.test_digest, Path(folder))
        frame = load_frame(test, config)
        record = require_record(store, f"{dataset}/{RECORD_FILE}", Dataset.from_dict)
        copy = load_model(f"models:/{found.model}/{version}", config.estimator.trusted_types)
        scores = predict_scores(copy, frame.features, config)
        champion = score_champion(hook, config, test, frame)
        if champion.version == version:
            return None
        evaluation = evaluate(
            test, scores, champion.scores, config, champion.known,
            trained=record.train, champion_error=champion.error, dominant=record.dominant,
        )  # fmt: skip
        both = {"candidate": scores} | ({} if champion.scores is None else {"champion": champion.scores})
        table = Path(folder) / "scores.parquet"
        write_scores(table, frame, both)
        store.upload(table, store.resolve(f"{key}/scores.parquet"))
    life = ChampionLife()
    if evaluation.gains and champion.version:
        name = name_life(target.ledger, champion.version)
        life = read_life(store, target.ledger, name, run, target.test_digest)
    digest = store.write_json(store.resolve(f"{key}/evaluation.json"), evaluation.to_dict())
    examined = Examined(
        run_id=run_id,
        evaluation_key=f"{key}/evaluation.json",
        test_digest=target.test_digest,
        champion_version=champion.version,
        life=life.name if evaluation.gains else None,
        earlier=tuple(exam.candidate for exam in life.exams),
    )
    kept = evaluation.gains and life.kept(config.gate) is not None
    verdict = gate.decide(
        evaluation, config, history=life, challenger_error=_ALONE if kept else None,
        subject=f"{found.model} version {found.version} of {found.source}",
    )  # fmt: skip
    verdict = name_models(verdict, examined)
    exam = exam_of(verdict, examined, run, config.gate, evaluation=evaluation, challenger=None)
    if exam is not None:
        record_exam(store, found.model, life.name, exam)
    hook.log_json(run_id, verdict.to_dict(), f"{VERDICT}.json")
    hook.log_text(run_id, verdict.to_markdown(), f"{VERDICT}.md")
    hook.set_tags(run_id, {GATE: verdict.decision, EVALUATION_DIGEST: digest})
    return verdict, examined
