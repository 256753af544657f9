"""Warnings of columns that nearly make up the model alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.promotion.gate_rules.outcome import Outcome
from include.verdicts import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.evaluation.record import Evaluation


def warn_of_dominant(evaluation: Evaluation, allowed: Sequence[str]) -> list[Outcome]:
    """Name the columns that nearly make up the model alone, unless they are allowed to; this decides nothing.

    :param evaluation: candidate and champion on one test set.
    :param allowed: ``features.allow_dominant`` of ``model.yaml``.
    """
    return [
        Outcome(
            reason=Reason(
                rule=f"WARNING dominant column:{one.column}",
                passed=None,
                found=one.describe(),
                required=one.remedy(),
            )
        )
        for one in evaluation.dominant
        if one.column not in allowed
    ]
