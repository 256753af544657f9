"""The rules of the gate, one function each: what was found, what is required, what would turn it round."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.config.metric_names import METRICS, RANKING, TRIVIAL
from include.errors import DataError
from include.evaluation.trivial import trivial_confidence
from include.verdicts import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.config.schema import Gate
    from include.evaluation.confidence_interval import ConfidenceInterval
    from include.evaluation.record import Evaluation
    from include.evaluation.slices import SliceResult

_MOST_SPREADS = 10  # beyond a hundred times the rows nobody collects them
_NO_CHAMPION = "there is no champion to compare with"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How one rule came out.

    :param reason: what the verdict shows.
    :param otherwise: what would have turned the rule round, one sentence; empty where nothing sensible can
        be said.
    """

    reason: Reason
    otherwise: str = ""


def apply_floors(evaluation: Evaluation, gate: Gate) -> list[Outcome]:
    """Hold the bad end of each metric's interval against its floor; what is not defined fails.

    The figure itself would not do: on a small test set half of all models without any skill lie above an AUC
    of 0.5.

    :param evaluation: candidate and champion on one test set.
    :param gate: the limits.
    """
    return [_apply_floor(name, floor, evaluation, gate) for name, floor in gate.floors.items()]


def _apply_floor(name: str, floor: float, evaluation: Evaluation, gate: Gate) -> Outcome:
    """Hold one metric against its floor."""
    found, higher = evaluation.candidate[name], METRICS[name].higher_is_better
    end = found.low if higher else found.high
    passed = end >= floor if higher else end <= floor  # NaN compares as False
    side = "lower" if higher else "upper"
    limit = f"{'at least' if higher else 'at most'} {floor:g}"
    what = f"the {side} end of the {gate.confidence:.0%} interval of {name}"
    if passed:
        otherwise = f"{what} {'below' if higher else 'above'} {floor:g}; it is {_figure(end)}"
    else:
        otherwise = f"{what} {limit}; it is {_figure(end)}"
        room = found.value - floor if higher else floor - found.value
        rows = _rows_to_tell(room, abs(found.value - end), evaluation.rows)
        if rows:
            otherwise += (
                f", while {name} itself is {_figure(found.value)}: about {rows:,} test rows would tell, if "
                "that is real"
            )
    reason = Reason(
        rule=f"floor:{name}",
        passed=passed,
        found=_interval(found),
        required=f"{side} end of its {gate.confidence:.0%} interval {limit}",
    )
    return Outcome(reason=reason, otherwise=otherwise)


def beat_trivial(evaluation: Evaluation, gate: Gate) -> list[Outcome]:
    """Require that the candidate is better for sure than a model that has learned nothing.

    No key turns this off. It holds for the primary metric, and for the ranking whatever the primary metric
    is: a model that only answers a better constant than the training set's share has learned nothing either.

    :param evaluation: candidate and champion on one test set.
    :param gate: the limits.
    :raises DataError: the evaluation was written before this was measured.
    """
    if evaluation.over_trivial is None:
        raise DataError(
            f"this evaluation of {evaluation.model} was written by an earlier version of this project and "
            "does not say how much better the candidate is than a model that has learned nothing: clear the "
            "task evaluate, which measures it"
        )
    return [
        _beat(name, evaluation.over_trivial[name], evaluation, gate)
        for name in dict.fromkeys((gate.primary, RANKING))
    ]


def _beat(name: str, gain: ConfidenceInterval, evaluation: Evaluation, gate: Gate) -> Outcome:
    """Hold the candidate against the trivial model in one metric."""
    level = f"{100 * trivial_confidence(gate.confidence):g}%"
    passed = gain.low > 0  # NaN compares as False
    if passed:
        otherwise = (
            f"a gain in {name} over {TRIVIAL[name]} whose {level} interval begins at 0 or "
            f"below; it begins at {_figure(gain.low, '+')}"
        )
    elif gain.note:
        otherwise = f"a test set on which it can be told: {gain.note}; wait for labels, or widen the test set"
    else:
        otherwise = f"a gain in {name} over {TRIVIAL[name]} above 0; it is {_figure(gain.value, '+')}"
        rows = _rows_to_tell(gain.value, gain.value - gain.low, evaluation.rows)
        if rows:
            otherwise = (
                f"about {rows:,} test rows instead of {evaluation.rows:,}, if the gain in {name} over "
                f"{TRIVIAL[name]} of {_figure(gain.value, '+')} is real"
            )
    reason = Reason(
        rule=f"better than trivial:{name}",
        passed=passed,
        found=f"{_interval(gain, sign='+')} over {TRIVIAL[name]}",
        required=f"its {level} interval above 0",
    )
    return Outcome(reason=reason, otherwise=otherwise)


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


def require_champion(evaluation: Evaluation) -> list[Outcome]:
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


def require_gain(evaluation: Evaluation, gate: Gate) -> list[Outcome]:
    """Require that the whole interval of the gain in the primary metric lies above ``min_gain``.

    :param evaluation: candidate and champion on one test set.
    :param gate: the limits.
    """
    rule, required = f"gain:{gate.primary}", f"its {gate.confidence:.0%} interval above {gate.min_gain:g}"
    if not evaluation.gains:
        found = _NO_CHAMPION if not evaluation.champion_error else "nothing could be compared"
        return [Outcome(reason=Reason(rule=rule, passed=None, found=found, required=required))]
    gain = evaluation.gains[gate.primary]
    passed = gain.low > gate.min_gain  # NaN compares as False
    reason = Reason(rule=rule, passed=passed, found=_interval(gain, sign="+"), required=required)
    return [Outcome(reason=reason, otherwise=_turn_gain(gain, evaluation, gate, passed=passed))]


def protect_slices(evaluation: Evaluation, gate: Gate) -> list[Outcome]:
    """Require that no sensitive group really loses more than ``max_drop``.

    :param evaluation: candidate and champion on one test set.
    :param gate: the limits.
    """
    required = f"no real loss of more than {gate.slices.max_drop:g} in {gate.primary}"
    if not evaluation.slices:
        return []
    if not evaluation.gains:
        found = _NO_CHAMPION if not evaluation.champion_error else "nothing could be compared"
        return [Outcome(reason=Reason(rule="slices", passed=None, found=found, required=required))]
    outcomes = [_protect(one, one.gain, gate, required) for one in evaluation.slices if one.gain]
    untold = [one for one in evaluation.slices if not one.gain]
    if untold:
        found = "can't tell: " + ", ".join(
            f"{one.name} ({one.rows} rows, {one.positives} positive)" for one in untold
        )
        needed = f"{gate.slices.min_rows} rows of both classes"
        outcomes.append(
            Outcome(reason=Reason(rule="slices:small", passed=None, found=found, required=needed))
        )
    return outcomes


def name_champion(evaluation: Evaluation) -> str:
    """Return the champion as people call it.

    :param evaluation: candidate and champion on one test set.
    """
    version = (evaluation.champion_info or {}).get("version")
    return f"champion version {version}" if version else "the champion"


def _protect(one: SliceResult, gain: ConfidenceInterval, gate: Gate, required: str) -> Outcome:
    """Evaluate one slice: lost too much and really so, or not lost so much for sure, or nobody can tell."""
    limit = -gate.slices.max_drop
    passed: bool | None = None
    if gain.value < limit and gain.high < 0:
        passed = False
    elif gain.low >= limit:
        passed = True
    found = _interval(gain, sign="+") + (f" on {one.rows} rows" if passed else f" on only {one.rows} rows")
    otherwise = f"a loss on {one.name} of at most {gate.slices.max_drop:g}; it is {_figure(-gain.value)}"
    return Outcome(
        reason=Reason(rule=f"slice:{one.name}", passed=passed, found=found, required=required),
        otherwise="" if passed is not False else otherwise,
    )


def _turn_gain(gain: ConfidenceInterval, evaluation: Evaluation, gate: Gate, *, passed: bool) -> str:
    """Say what would have turned the comparison with the champion round."""
    limit, name = f"{gate.min_gain:g}", gate.primary
    if passed:
        begins = _figure(gain.low, "+")
        return f"a gain in {name} whose interval begins at {limit} or below; it begins at {begins}"
    if gain.value == gain.low == gain.high == 0:
        return f"other predictions than the champion's: both models come to exactly the same {name}"
    if gain.note:
        return f"a test set on which it can be told: {gain.note}; wait for labels, or widen the test set"
    rows = _rows_to_tell(gain.value - gate.min_gain, gain.value - gain.low, evaluation.rows)
    if rows:
        return (
            f"about {rows:,} test rows instead of {evaluation.rows:,}, if the gain in {name} of "
            f"{_figure(gain.value, '+')} is real: the interval narrows with the root of the rows"
        )
    return f"a gain in {name} above {limit}; it is {_figure(gain.value, '+')}"


def _rows_to_tell(room: float, reach: float, rows: int) -> int | None:
    """Return how many test rows would tell, or None where more rows would not help.

    :param room: how far the figure lies on the good side of its limit.
    :param reach: how far its interval reaches to the bad side; it narrows with the root of the rows.
    :param rows: test rows now.
    """
    if not room > 0 or not reach < _MOST_SPREADS * room:
        return None
    return _round(rows * (reach / room) ** 2)


def _round(rows: float) -> int:
    """Round to two digits: more would claim a precision that a forecast has not."""
    magnitude = 10 ** max(0, math.floor(math.log10(rows)) - 1)
    return int(math.ceil(rows / magnitude) * magnitude)


def _interval(found: ConfidenceInterval, sign: str = "") -> str:
    """Return a figure with its interval."""
    if found.note:
        return f"{_figure(found.value, sign)} (can't tell: {found.note})"
    if math.isnan(found.low) or math.isnan(found.high):
        return f"{_figure(found.value, sign)} (its interval is not defined)"
    return f"{_figure(found.value, sign)} [{found.low:{sign}.4f}, {found.high:{sign}.4f}]"


def _figure(value: float, sign: str = "") -> str:
    """Return a figure."""
    return "not defined" if math.isnan(value) else f"{value:{sign}.4f}"
