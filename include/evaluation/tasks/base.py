"""What evaluating takes of a task: rows of its kind, what they can tell, and what a trivial model reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from include.config.schema import ModelConfig
    from include.config.tasks.base import TaskFacts
    from include.data.dataset_record import Part
    from include.evaluation.evidence import EntityRows
    from include.evaluation.measures.base import Contributions
    from include.evaluation.measures.scored_rows import ScoredRows


class OverTrivial(NamedTuple):
    """How much better a model is than one that has learned nothing.

    :param gain: in a metric, and what each entity contributes to it; above 0 is better in any metric.
    :param parted: how many entities have rows about which the two decide differently; 0 for a metric that
        counts no decisions.
    """

    gain: Contributions
    parted: int = 0


_TWO = 2


class ScoreRows(Protocol):
    """Makes rows that can be measured."""

    def __call__(
        self,
        target: np.ndarray,
        scores: np.ndarray,
        groups: np.ndarray | None,
        config: ModelConfig,
        weights: np.ndarray | None = None,
        /,
    ) -> ScoredRows:
        """Return rows with what a model says of them.

        :param target: of shape (n,).
        :param scores: of shape (n,) or (n, k).
        :param groups: number of each row's entity; None where each row is one of its own.
        :param config: the model's configuration.
        :param weights: how much each row counts, above 0, of shape (n,); None where all count the same.
        """


class CountRows(Protocol):
    """Counts the rows of each entity."""

    def __call__(
        self,
        target: np.ndarray,
        groups: np.ndarray | None,
        config: ModelConfig,
        weights: np.ndarray | None = None,
        /,
    ) -> EntityRows:
        """Return how many rows each entity has, or what they weigh; parameters as of :class:`ScoreRows`."""


@dataclass(frozen=True, kw_only=True)
class EvaluationTask:
    """How models of one task are evaluated.

    Targets are numbers of shape (n,): 0 or 1, the number of a class, or the number that is asked for. What a
    model answers has the shape (n,), or (n, k) for k classes.

    :param facts: what is known of it without computing anything.
    :param scored: from a target, answers, the numbers of the entities, the configuration and weights to rows
        that can be measured.
    :param count_rows: from a target, the numbers of the entities, the configuration and weights to how many
        rows each entity has, or what they weigh.
    :param explain_scores: from answers, the number of rows and the configuration to why they can't be
        evaluated; None where they can.
    :param explain_target: from the target of a part of the rows to why the part says nothing whatever a model
        answers; empty where it does.
    :param count_classes: from a target and the configuration to the rows of each class; none where it is a
        number.
    :param describe_target: from a target and the configuration to what it holds, in a few words.
    :param over_trivial: from a metric's name, its figure, the rows, how many of them each entity has, and
        what the training set shows of the target to how much better the model is than one that has learned
        nothing.
    :param fewest: of what ten are needed before a part of the rows says anything, for the end of a sentence.
    :param streams: whether a test set that does not fit into memory can be measured in chunks.
    """

    facts: TaskFacts
    scored: ScoreRows
    count_rows: CountRows
    explain_scores: Callable[[np.ndarray, int, ModelConfig], str | None]
    explain_target: Callable[[np.ndarray], str]
    count_classes: Callable[[np.ndarray, ModelConfig], tuple[int, ...]]
    describe_target: Callable[[np.ndarray, ModelConfig], str]
    over_trivial: Callable[[str, Contributions, ScoredRows, EntityRows, Part], OverTrivial]
    fewest: str
    streams: bool = False

    def count_positives(self, target: np.ndarray, config: ModelConfig) -> int | None:
        """Return the rows of class 1; None where there are not two classes.

        :param target: of shape (n,).
        :param config: the model's configuration.
        """
        counts = self.count_classes(target, config)
        return counts[1] if len(counts) == _TWO else None

    def count_scarce(self, target: np.ndarray, config: ModelConfig) -> int:
        """Return the rows of the second largest class, the smaller one of two; all where there is no class.

        :param target: of shape (n,).
        :param config: the model's configuration.
        """
        counts = self.count_classes(target, config)
        return sorted(counts)[-_TWO] if counts else len(target)
