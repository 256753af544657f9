"""What a new model's folder takes of a task: which targets it suits, its gate, and its first estimator."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.onboarding.columns import Column


@dataclass(frozen=True, kw_only=True)
class Target:
    """The target of a new model.

    :param column: its name.
    :param task: the task.
    :param why: why this task.
    :param sql: an expression over the table ``rows`` that gives it as deliveries hold it.
    :param classes: the values in the order of ``target.classes``, or 0 and 1; empty where it is a number.
    :param meaning: what 0 and 1 stand for where the table holds something else; empty otherwise.
    :param known: rows in which it is known.
    """

    column: str
    task: str
    why: str
    sql: str
    classes: tuple[str, ...] = ()
    meaning: str = ""
    known: int = 0


@dataclass(frozen=True, kw_only=True)
class NewTask:
    """How a model of one task begins.

    :param name: the task.
    :param read: from a column to the target, or why the column is none of this task.
    :param primary: the metric that the gate compares.
    :param floors: metrics that get a floor.
    :param estimator: the class of scikit-learn at the end of the first pipeline.
    :param role: what that is called in the pipeline.
    :param trusted: the types of that class that skops has to be allowed to load.
    :param inferred_of: kinds of columns of which it is inferred; of others it has to be asked for.
    :param range_rule: whether the contract learns between which values the target lies.
    """

    name: str
    read: Callable[[Column], Target | str]
    primary: str
    floors: tuple[str, ...]
    estimator: str
    role: str
    range_rule: bool = False
    inferred_of: tuple[str, ...] = ("number", "text", "boolean")
    trusted: tuple[str, ...] = field(
        default=("sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",)
    )
