"""What would have led a check for drift to another decision, in sentences that are true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.config.drift_statistics import STATISTICS
from include.monitoring.drift.decision import ColumnStatus, DriftDecision
from include.monitoring.drift.phrases import say_rows_needed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from include.monitoring.drift.report import DriftReport


def find_counterfactuals(report: DriftReport) -> list[str]:
    """Return what would have led to another decision, a sentence each.

    :param report: what was found.
    """
    return list(_COUNTERFACTUALS[report.decision](report))


def _of_inconclusive(report: DriftReport) -> Iterator[str]:
    yield f"a delivery of more rows: {say_rows_needed(report)}" if report.rows else "a delivery with rows"


def _of_no_drift(report: DriftReport) -> Iterator[str]:
    limits = {(one.statistic, one.threshold) for column in report.columns for one in column.results}
    if limits:
        yield f"a column that drifts by its threshold ({_list(sorted(limits))}) or changes its definition"


def _of_drift(report: DriftReport) -> Iterator[str]:
    results = [
        one for column in report.drifted for one in column.results if one.status is ColumnStatus.DRIFTED
    ]
    if results:
        worst = {
            one.statistic: max(other.effect for other in results if other.statistic == one.statistic)
            for one in results
        }
        above = _list((name, _above(effect)) for name, effect in sorted(worst.items()))
        yield (
            f"thresholds (monitoring.drift in model.yaml) above {above}: no column's statistic would have "
            "exceeded its own"
        )
    if any(column.changes for column in report.drifted):
        yield "a source that delivers columns as in training: no threshold hides a change of definition"
    if report.predictions is not None:
        yield _of_predictions(
            report,
            _list(
                dict.fromkeys(
                    (one.statistic, one.threshold) for part in report.predicted for one in part.results
                )
            ),
        )


def _of_predictions(report: DriftReport, limits: str) -> str:
    """Say what the predictions would have had to do."""
    if report.blind:
        names = ", ".join(column.name for column in report.blind)
        return f"a champion trained on data in which {names} varies: train on newer data"
    if report.decision is DriftDecision.BENIGN:
        change, instead = "change by more than", DriftDecision.IMPACTFUL
    else:
        change = "stay below"
        instead = DriftDecision.BENIGN if report.drifted else DriftDecision.NO_DRIFT
    return f"predictions that {change} their limits ({limits}): the decision would be {instead}"


def _list(values: Iterable[tuple[str, float]]) -> str:
    """Return values of statistics by label."""
    return ", ".join(f"{STATISTICS[name].label} {value:g}" for name, value in values)


def _above(effect: float) -> float:
    """Return a number of three digits that is not below an effect."""
    rounded = float(f"{effect:.3g}")
    return rounded if rounded >= effect else float(f"{effect * 1.005:.3g}")


_COUNTERFACTUALS = {
    DriftDecision.INCONCLUSIVE: _of_inconclusive,
    DriftDecision.NO_DRIFT: _of_no_drift,
    DriftDecision.BENIGN: _of_drift,
    DriftDecision.IMPACTFUL: _of_drift,
}
