"""What is known of a task without computing anything: the target it takes, and the metrics that suit it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

ORDER = "a random order"
"""What has learned nothing in a ranking."""


@dataclass(frozen=True, kw_only=True)
class TaskFacts:
    """One kind of question that a model answers.

    :param name: the value of ``task`` in ``model.yaml``.
    :param question: what is asked of a row, for people.
    :param metrics: names of its metrics in the order of reports; each is described in
        :data:`include.config.metric_names.METRICS`.
    :param trivial: metric to the model that has learned nothing, with which a candidate is compared in it;
        without an entry where no such model can be beaten, so that the metric decides nothing.
    :param must_beat: the metric in which every candidate must beat a model that has learned nothing, besides
        the primary one.
    :param stored: the kind of its target's column in a table of labels, see :mod:`include.data.schema`.
    :param stored_late: the kind of that column among the features, where it is missing until it is known.
    :param asks: the method of a fitted model that answers.
    :param ends_in: what its pipeline ends in, for people.
    :param names_classes: whether ``target.classes`` lists the values of the target.
    :param of_costs: as ``trivial``, for the metrics that it has only where ``gate.costs`` is there.
    :param has_outcome: whether an event within a horizon can be its target.
    """

    name: str
    question: str
    metrics: tuple[str, ...]
    trivial: Mapping[str, str]
    must_beat: str
    stored: Literal["target", "category", "number"]
    stored_late: Literal["late_target", "category", "number"]
    asks: Literal["predict_proba", "predict"]
    ends_in: str
    names_classes: bool = False
    of_costs: Mapping[str, str] = field(default_factory=dict)
    has_outcome: bool = False

    def metrics_with(self, *, costs: bool) -> tuple[str, ...]:
        """Return the names of all metrics that can be measured, in the order of reports.

        :param costs: whether it is known what wrong decisions cost.
        """
        return (*self.metrics, *(self.of_costs if costs else ()))

    def trivial_with(self, *, costs: bool) -> dict[str, str]:
        """Return ``trivial`` of all metrics that can be measured; parameters as of :meth:`metrics_with`."""
        return {**self.trivial, **(self.of_costs if costs else {})}
