"""How much better a candidate is than a model that has learned nothing: the least that every gate asks.

A task says what such a model answers (:mod:`include.evaluation.tasks`): for probabilities (``log_loss``,
``brier``) the training set's share of each class; for decisions (``accuracy``) its largest class; for a
number
its mean, median or quantile; for a ranking a random order of the same rows, which reaches an AUC of 0.5. The
average precision of a random order is a little more than the share of positives, and much more on a few rows:
the exact expectation (Bestgen 2015, Linguisticae Investigationes 38) is used.

The interval is one of 99 % at least, whatever ``gate.confidence`` is: nobody can switch the rule off with a
low confidence, and on small test sets with many rows of few entities, where an interval of 95 % lets up to 4
of a hundred models without any skill pass instead of 2.5, this one lets 1 pass (``make bench-luck``). A model
that is of use beats chance by far more.

Only the calibration error knows no such model: who always answers the true rate makes no error at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.evaluation.interval import contributed_gain

if TYPE_CHECKING:
    from include.data.dataset_record import Part
    from include.evaluation.confidence_interval import ConfidenceInterval
    from include.evaluation.evidence import EntityRows
    from include.evaluation.measures.base import Contributions
    from include.evaluation.measures.scored_rows import ScoredRows
    from include.evaluation.tasks.base import EvaluationTask

_CONFIDENCE = 0.99


def trivial_confidence(confidence: float) -> float:
    """Return the level at which a candidate must beat a trivial model.

    :param confidence: the gate's level, which can only make it higher.
    """
    return max(confidence, _CONFIDENCE)


def gain_over_trivial(
    name: str,
    found: Contributions,
    scored: ScoredRows,
    rows: EntityRows,
    *,
    task: EvaluationTask,
    trained: Part,
    confidence: float,
) -> ConfidenceInterval:
    """Return how much better a model is than the trivial one (above 0: better, whatever the metric).

    :param name: a metric for which the task knows a trivial model.
    :param found: the metric, and what each entity contributes to it.
    :param scored: the rows with the answers and entities.
    :param rows: how many rows each entity has.
    :param task: the task.
    :param trained: what the training set shows of the target.
    :param confidence: level of the other intervals; this one has that of :func:`trivial_confidence`.
    :return: without an interval, and with the reason, where the test set holds too little to tell.
    """
    over = task.over_trivial(name, found, scored, rows, trained)
    return contributed_gain(
        name, over.gain, rows.evidence, trivial_confidence(confidence), parted=over.parted
    )
