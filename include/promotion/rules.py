"""The rules of the gate, one function each: what was found, what is required, what would turn it round."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.evaluation.metric_names import METRICS
from include.verdicts import Reason

if TYPE_CHECKING:
    from include.config.schema import Gate
    from include.evaluation.bootstrap import Estimate
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
    """Hold each metric against its floor; a metric that is not defined fails.

    :param evaluation: candidate and champion on one test set.
    :param gate: the limits.
    """
    outcomes = []
    for name, floor in gate.floors.items():
        value = evaluation.candidate[name].value
        higher = METRICS[name].higher_is_better
        passed = value >= floor if higher else value <= floor  # NaN compares as False
        required = f"at {'least' if higher else 'most'} {floor:g}"
        failing = f"{name} {required}; it is {_figure(value)}"
        passing = f"{name} {'below' if higher else 'above'} {floor:g}; it is {_figure(value)}"
        reason = Reason(
            rule=f"floor:{name}",
            passed=passed,
            found=_interval(evaluation.candidate[name]),
            required=required,
        )
        outcomes.append(Outcome(reason=reason, otherwise=passing if passed else failing))
    return outcomes


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


def _protect(one: SliceResult, gain: Estimate, gate: Gate, required: str) -> Outcome:
    """Judge one slice: lost too much and really so, or not lost so much for sure, or nobody can tell."""
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


def _turn_gain(gain: Estimate, evaluation: Evaluation, gate: Gate, *, passed: bool) -> str:
    """Say what would have turned the comparison with the champion round."""
    limit, name = f"{gate.min_gain:g}", gate.primary
    if passed:
        begins = _figure(gain.low, "+")
        return f"a gain in {name} whose interval begins at {limit} or below; it begins at {begins}"
    if gain.value == gain.low == gain.high == 0:
        return f"other predictions than the champion's: both models come to exactly the same {name}"
    needed = gain.value - gate.min_gain
    if needed > 0 and gain.value - gain.low < _MOST_SPREADS * needed:
        rows = evaluation.rows * ((gain.value - gain.low) / needed) ** 2
        return (
            f"about {_round(rows):,} test rows instead of {evaluation.rows:,}, if the gain in {name} of "
            f"{_figure(gain.value, '+')} is real: the interval narrows with the root of the rows"
        )
    return f"a gain in {name} above {limit}; it is {_figure(gain.value, '+')}"


def _round(rows: float) -> int:
    """Round to two digits: more would claim a precision that a forecast has not."""
    magnitude = 10 ** max(0, math.floor(math.log10(rows)) - 1)
    return int(math.ceil(rows / magnitude) * magnitude)


def _interval(found: Estimate, sign: str = "") -> str:
    """Return a figure with its interval."""
    if math.isnan(found.low) or math.isnan(found.high):
        return f"{_figure(found.value, sign)} (its interval is not defined)"
    return f"{_figure(found.value, sign)} [{found.low:{sign}.4f}, {found.high:{sign}.4f}]"


def _figure(value: float, sign: str = "") -> str:
    """Return a figure."""
    return "not defined" if math.isnan(value) else f"{value:{sign}.4f}"
