"""The section ``gate`` of ``model.yaml``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from include.config.base import Count, StrictModel
from include.config.metric_names import EXPECTED_COST


class GateSlices(StrictModel):
    """The margin for sensitive groups: none of ``min_rows`` test rows or more may lose over ``max_drop``.

    It is in the primary metric's unit, or a share of what the champion reaches where that is the target's.
    """

    min_rows: Count
    max_drop: Annotated[float, Field(ge=0)]


class Costs(StrictModel):
    """What wrong decisions about a row cost; right ones cost nothing.

    :param false_positive: of deciding 1 about a row of class 0, above 0.
    :param false_negative: of deciding 0 about a row of class 1, above 0.
    """

    false_positive: Annotated[float, Field(gt=0)]
    false_negative: Annotated[float, Field(gt=0)]

    @property
    def both(self) -> tuple[float, float]:
        """What a false positive and a false negative cost."""
        return self.false_positive, self.false_negative

    @property
    def threshold(self) -> float:
        """The probability above which deciding 1 is cheaper than deciding 0 (Elkan 2001, equation 2)."""
        return 1 / (1 + self.false_negative / self.false_positive)


class Gate(StrictModel):
    """What a candidate must show before it may serve.

    :param primary: the metric on which candidate and champion are compared.
    :param floors: metric to worst value accepted (a minimum where higher is better, otherwise a maximum) of
        the bad end of its interval; the primary metric among them.
    :param min_gain: gain in the primary metric over the champion that is asked for: in the metric's unit, or
        as a share of what the champion reaches where that is the target's unit.
    :param confidence: level of every interval, between 0.5 and 1.
    :param slices: the margin for sensitive groups.
    :param min_rows: rows that a test set holds at least; its partitions are the newest that together do.
    :param min_positives: entities of either class that it holds at least.
    :param error_per_champion: share of champions that luck may replace, over all the exams of each.
    :param exams: exams of one champion that this share is meant for.
    :param challenger: whether one refused candidate is kept and sits the exams that follow.
    :param costs: what wrong decisions cost, for the metric ``expected_cost``; None where nobody says.
    """

    primary: str
    floors: Annotated[dict[str, float], Field(min_length=1)]
    min_gain: Annotated[float, Field(gt=-1, lt=1)]
    confidence: Annotated[float, Field(gt=0.5, lt=1)]
    slices: GateSlices
    min_rows: Count = 300
    min_positives: Count = 40
    error_per_champion: Annotated[float, Field(gt=0, le=0.5)] = 0.10
    exams: Annotated[int, Field(ge=1, le=200)] = 24
    challenger: bool = True
    costs: Costs | None = None

    @property
    def compared(self) -> str:
        """The primary metric with all that its figures follow from: gains in others are other evidence."""
        if self.costs is None or self.primary != EXPECTED_COST:
            return self.primary
        return f"{self.primary} of {self.costs.false_positive!r} and {self.costs.false_negative!r}"
