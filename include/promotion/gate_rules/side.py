"""One of the models that may be promoted, with the outcome of every rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from include.evaluation.record import Evaluation
    from include.promotion.gate_rules.outcome import Outcome


class Side(NamedTuple):
    """A model that may be promoted, and how the rules came out for it.

    :param challenger: whether it is the kept challenger, and not the new candidate.
    :param evaluation: the model and the champion on the test set.
    :param outcomes: every rule.
    """

    challenger: bool
    evaluation: Evaluation
    outcomes: tuple[Outcome, ...]

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The rules that failed."""
        return tuple(outcome for outcome in self.outcomes if outcome.reason.passed is False)
