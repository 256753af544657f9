"""A champion that could not be scored blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.promotion.gate_rules.outcome import Outcome
from include.verdicts import Reason

if TYPE_CHECKING:
    from include.config.gate_schema import Gate
    from include.evaluation.record import Evaluation


def require_champion(evaluation: Evaluation, _: Gate) -> list[Outcome]:
    """Block when there is a champion that could not be scored.

    :param evaluation: candidate and champion on one test set.
    """
    required = "a champion that can be loaded and scored, or none"
    if evaluation.champion_error:
        otherwise = (
            "a champion that can be scored: repair it, roll back to a version that can, or take the alias "
            "away by hand"
        )
        reason = Reason(rule="champion", passed=False, found=evaluation.champion_error, required=required)
        return [Outcome(reason=reason, otherwise=otherwise)]
    found = (
        f"{name_champion(evaluation)} was scored on the same rows" if evaluation.champion else "there is none"
    )
    return [Outcome(reason=Reason(rule="champion", passed=True, found=found, required=required))]


def name_champion(evaluation: Evaluation) -> str:
    """Return the champion as people call it.

    :param evaluation: candidate and champion on one test set.
    """
    version = (evaluation.champion_info or {}).get("version")
    return f"champion version {version}" if version else "the champion"


def why_not_compared(evaluation: Evaluation) -> str:
    """Return why there is nothing to compare the candidate with.

    :param evaluation: candidate and champion on one test set.
    """
    return (
        "nothing could be compared" if evaluation.champion_error else "there is no champion to compare with"
    )
