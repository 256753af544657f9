"""What a gate leaves: which models its verdict names, its exam, and the verdict on their MLflow runs."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from include.promotion.attempts.make_exam import make_exam
from include.promotion.attempts.plot import save_life
from mlops.tracking.tags import AS_OF_DATE, GATE, TRAINING_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow.entities import Run

    from include.config.gate_schema import Gate
    from include.evaluation.record import Evaluation
    from include.promotion.attempts.exam import Exam
    from include.verdicts import Verdict
    from mlops.hooks.mlflow import MlflowHook

_NOTE = "mlflow.note.content"


class Evaluated(Protocol):
    """What a run says about its evaluation; ``evaluate`` hands it on."""

    @property
    def run_id(self) -> str:
        """The MLflow run of the candidate."""

    @property
    def champion_version(self) -> str | None:
        """The champion it was compared with; None without one."""

    @property
    def earlier(self) -> tuple[str, ...]:
        """Candidates of the exams that were known."""

    @property
    def challenger_run(self) -> str | None:
        """The MLflow run of the kept challenger; None without one."""


def name_models(verdict: Verdict, evaluated: Evaluated) -> Verdict:
    """Return a verdict with the MLflow runs of the candidate, and of the model that may serve.

    :param verdict: the gate's verdict.
    :param evaluated: what ``evaluate`` returned.
    """
    chosen = None
    if verdict.decision == "promote":
        challenger = verdict.inputs.get("promotes_challenger")
        chosen = evaluated.challenger_run if challenger else evaluated.run_id
    named = {"candidate_run": evaluated.run_id, "chosen_run": chosen}
    return replace(verdict, inputs={**verdict.inputs, **named})


def exam_of(
    verdict: Verdict,
    evaluated: Evaluated,
    candidate: Run,
    gate: Gate,
    *,
    evaluation: Evaluation,
    challenger: Evaluation | None,
) -> Exam | None:
    """Return the exam that a verdict was about; None where nothing could be compared.

    :param verdict: what :func:`name_models` returned.
    :param evaluated: what ``evaluate`` returned.
    :param candidate: the candidate's MLflow run.
    :param gate: the limits.
    :param evaluation: candidate and champion on the test set.
    :param challenger: the kept challenger and the champion on it; None where it could not sit the exam.
    """
    return make_exam(
        verdict,
        gate,
        evaluation=evaluation,
        challenger_evaluation=challenger,
        candidate=evaluated.run_id,
        training_key=candidate.data.tags.get(TRAINING_KEY, ""),
        as_of=candidate.data.tags.get(AS_OF_DATE, ""),
        started=int(candidate.info.start_time),
        challenger=evaluated.challenger_run,
        earlier=evaluated.earlier,
    )


def log_verdict(hook: MlflowHook, verdict: Verdict, evaluated: Evaluated, exams: Sequence[Exam]) -> None:
    """Keep a verdict on the candidate's MLflow run, and on the challenger's where that one may serve.

    :param hook: the MLflow hook.
    :param verdict: what :func:`name_models` returned.
    :param evaluated: what ``evaluate`` returned.
    :param exams: the exams of the champion's life, oldest first, this one included; none without a champion.
    """
    run_id, chosen = evaluated.run_id, verdict.inputs["chosen_run"]
    own = "reject" if verdict.decision == "promote" and chosen != run_id else verdict.decision
    for run, decision in {run_id: own, **({chosen: "promote"} if chosen else {})}.items():
        hook.log_json(run, verdict.to_dict(), "gate/verdict.json")
        hook.log_text(run, verdict.to_markdown(), "gate/verdict.md")
        hook.set_tags(run, {GATE: decision, _NOTE: verdict.to_markdown()})
    if not exams:
        return
    newest = exams[-1]
    figures = {"gate_evidence": newest.evidence, "gate_bar": newest.bar, "gate_exam": float(len(exams))}
    hook.log_metrics(run_id, {name: value for name, value in figures.items() if value is not None})
    with tempfile.TemporaryDirectory(prefix="gate-") as folder:
        save_life(Path(folder) / "life.png", exams, f"version {evaluated.champion_version}")
        hook.log_folder(run_id, Path(folder), "gate")
