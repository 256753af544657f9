"""An exam of a replay: candidate, champion and kept challenger on one test set, and the gate's decision."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from include.data.leaks import check_not_learned
from include.errors import DataError, ModelError
from include.monitoring.performance.record import Reference
from include.promotion import gate
from include.promotion.attempts.life import ChampionLife
from include.promotion.attempts.make_exam import make_exam
from include.replay.comparing import ExamSet

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.data.dataset_record import Dataset
    from include.evaluation.record import Evaluation
    from include.replay.comparing import Comparing
    from include.replay.models import Models
    from include.replay.state import State, Version
    from include.verdicts import Verdict


@dataclass(frozen=True, kw_only=True)
class Sat:
    """An exam that was sat and not decided yet.

    :param name: the candidate's name, as its MLflow run has one.
    :param evaluation: candidate and champion on the test set.
    :param life: the champion's earlier exams; None where nothing could be compared.
    :param challenger: name of the kept challenger; None without one.
    :param challenger_evaluation: it and the champion on the test set; None where it could not sit the exam.
    :param challenger_error: why it could not.
    :param cpu: seconds of CPU that the evaluation took when it was computed.
    """

    name: str
    evaluation: Evaluation
    life: ChampionLife | None
    challenger: str | None
    challenger_evaluation: Evaluation | None
    challenger_error: str | None
    cpu: float


class Examining:
    """Evaluates and decides as the tasks ``evaluate`` and ``gate`` do.

    :param config: the model's configuration.
    :param models: the fitted models.
    :param comparing: compares them with the champion.
    """

    def __init__(self, config: ModelConfig, models: Models, comparing: Comparing) -> None:
        self._config = config
        self._models = models
        self._comparing = comparing

    def sit(self, candidate: Version, test: Path, prepared: Dataset, state: State) -> Sat:
        """Let a candidate sit its exam, and remember it.

        :param candidate: the candidate.
        :param test: the frozen test set.
        :param prepared: its record.
        :param state: the state of the replay.
        :raises DataError: the test set can't be read.
        :raises ModelError: the candidate can't be scored.
        """
        test_set = ExamSet(test, self._config)
        champion = state.serving
        evaluation, cpu = self._comparing.evaluate(candidate, champion, test_set, prepared, challenger=False)
        name = state.remember(
            replace(
                candidate,
                reference=self._reference(evaluation),
                importance=self._models.importance(candidate.model, prepared.test_digest, test_set.frame),
            )
        )
        life, kept, sat, error = None, None, None, None
        if evaluation.gains and champion is not None:
            life = ChampionLife.before(
                name,
                state.started_exams,
                candidate.training_key,
                evaluation.test_digest,
                state.exams,
                name=f"v{champion.number}",
            )
            kept = life.kept(self._config.gate)
        if kept is not None:
            try:
                challenger = state.candidates[kept.run]
                learned = challenger.learned
                check_not_learned(test, self._config, learned.holdout if learned else None)
                sat, more = self._comparing.evaluate(
                    challenger, champion, test_set, prepared, challenger=True
                )
                cpu += more
            except (ModelError, DataError) as found:
                error = str(found)
        return Sat(
            name=name,
            evaluation=evaluation,
            life=life,
            challenger=kept.run if kept else None,
            challenger_evaluation=sat,
            challenger_error=error,
            cpu=cpu,
        )

    def decide(self, sat: Sat, state: State) -> Verdict:
        """Return the gate's verdict on an exam, and keep the exam with the champion's life.

        :param sat: what :meth:`sit` returned.
        :param state: the state of the replay.
        """
        config = self._config
        life = sat.life or ChampionLife()
        verdict = gate.decide(
            sat.evaluation,
            config,
            history=life,
            challenger=sat.challenger_evaluation,
            challenger_error=sat.challenger_error,
        )
        chosen = None
        if verdict.decision == gate.GateDecision.PROMOTE:
            chosen = sat.challenger if verdict.inputs.get("promotes_challenger") else sat.name
        verdict = replace(verdict, inputs={**verdict.inputs, "candidate_run": sat.name, "chosen_run": chosen})
        candidate = state.candidates[sat.name]
        exam = make_exam(
            verdict,
            config.gate,
            evaluation=sat.evaluation,
            challenger_evaluation=sat.challenger_evaluation,
            candidate=sat.name,
            training_key=candidate.training_key,
            as_of=candidate.as_of,
            started=state.started_exams,
            challenger=sat.challenger,
            earlier=tuple(one.candidate for one in life.exams),
        )
        if exam is not None:
            state.exams.append(exam)
        return verdict

    def _reference(self, evaluation: Evaluation) -> Reference:
        primary = self._config.gate.primary
        return Reference(
            metric=primary,
            interval=evaluation.candidate[primary],
            rows=evaluation.rows,
            source="replay",
        )
