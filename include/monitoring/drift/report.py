"""What a drift check found: every column, the predictions, and the decision that follows."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Self

from include.config.drift_statistics import STATISTICS
from include.monitoring.drift.decision import ColumnStatus, DriftDecision
from include.monitoring.drift.report_formats import DRIFT_REPORT
from include.monitoring.tasks.columns import label_of
from include.records import Record
from include.rounding import reaches

_RANKS = {ColumnStatus.DRIFTED: 0, ColumnStatus.INCONCLUSIVE: 1, ColumnStatus.NO_DRIFT: 2}
_UNUSED = 0.05  # share of the importance below which drift is benign though no predictions were counted
_MAJORITY = 0.5  # share of the importance that must be conclusive for a batch to count as free of drift


@dataclass(frozen=True, kw_only=True)
class StatisticResult:
    """One statistic of one column, and what follows from it.

    :param statistic: its name.
    :param effect: how far the column has drifted, in the statistic's unit.
    :param threshold: from where on that is of practical importance.
    :param critical_value: what it comes to at most without drift, by chance and by what is tolerated, in so
        many rows; None where there are none.
    :param p_value: how often chance alone gives such an effect.
    :param rows: rows that it was taken of.
    :param rows_needed: rows that would show the threshold, where these are too few; None otherwise, and where
        no number would do.
    :param status: what follows.
    :param between_day_variation: how far training's own days lay apart beyond chance, in its unit.
    :param capped: whether that is more than is tolerated, so that a part of it was not.
    """

    statistic: str
    effect: float
    threshold: float
    critical_value: float | None
    p_value: float
    rows: int
    rows_needed: int | None
    status: ColumnStatus
    between_day_variation: float = 0.0
    capped: bool = False

    @property
    def severity(self) -> float:
        """How far the column has drifted, in thresholds: 1 at the threshold, 2 at twice the distance."""
        return float((self.effect / self.threshold) ** STATISTICS[self.statistic].power)


@dataclass(frozen=True, kw_only=True)
class ColumnDrift:
    """What happened to one column.

    :param name: the column; ``PREDICTED`` for the predictions.
    :param results: its statistics; none where the batch is empty.
    :param changes: changes of its definition, as phrases.
    :param importance: its share of the champion's importance, from 0 to 1; None when nobody knows.
    :param constant_in_training: whether training saw one value of it only.
    """

    name: str
    results: tuple[StatisticResult, ...]
    changes: tuple[str, ...]
    importance: float | None
    constant_in_training: bool = False

    @property
    def label(self) -> str:
        """The column as every report shows it: a feature of that name is not mistaken for the predictions."""
        return label_of(self.name)

    @property
    def status(self) -> ColumnStatus:
        """Drifted when a statistic or the definition is; inconclusive when no statistic of its values is."""
        found = {one.status for one in self.results}
        if self.changes or ColumnStatus.DRIFTED in found:
            return ColumnStatus.DRIFTED
        of_values = {one.status for one in self.results if not STATISTICS[one.statistic].counts_missing}
        if of_values == {ColumnStatus.INCONCLUSIVE} or not self.results:
            return ColumnStatus.INCONCLUSIVE
        return ColumnStatus.NO_DRIFT

    @property
    def severity(self) -> float:
        """The largest severity of its statistics; 1 at least where the definition has changed."""
        return max([1.0 if self.changes else 0.0, *(one.severity for one in self.results)])

    @property
    def rows_needed(self) -> int | None:
        """Rows that would show the thresholds, where these are too few."""
        return max((one.rows_needed for one in self.results if one.rows_needed), default=None)


def worst_first(column: ColumnDrift) -> tuple[int, float, float, str]:
    """Return the key by which columns are ordered: by status, then by severity times importance."""
    weight = column.severity * (1.0 if column.importance is None else column.importance)
    return (_RANKS[column.status], -weight, -column.severity, column.name)


@dataclass(frozen=True, kw_only=True)
class DriftReport(Record, kind=DRIFT_REPORT):
    """What a drift check found.

    :param subject: what was checked.
    :param model: the model whose profile it was checked against.
    :param rows: rows of the batch.
    :param columns: the features, worst first.
    :param predictions: what the champion predicts, None where none were counted.
    :param shift: change of the mean prediction, with its sign; of the mean probability that changed most,
        where there are more than two classes.
    :param false_discovery_rate: the rate that was held.
    :param prediction_shift: change of the mean prediction from which drift is impactful.
    :param left_out: features that ``monitoring.drift.columns`` leaves out.
    :param probabilities: those of some classes, where there are more than two.
    :param shift_of: the class whose mean probability changed most; empty where there are not more than two.
    :param shift_unit: what the shift is a share of, for the end of a sentence; empty for probabilities.
    """

    subject: str
    model: str
    rows: int
    columns: tuple[ColumnDrift, ...]
    predictions: ColumnDrift | None
    shift: float | None
    false_discovery_rate: float
    prediction_shift: float
    left_out: tuple[str, ...] = ()
    probabilities: tuple[ColumnDrift, ...] = ()
    shift_of: str = ""
    shift_unit: str = ""

    @property
    def predicted(self) -> tuple[ColumnDrift, ...]:
        """What is predicted, and the probabilities of classes beside it; none where none were counted."""
        return () if self.predictions is None else (self.predictions, *self.probabilities)

    @property
    def drifted(self) -> tuple[ColumnDrift, ...]:
        """The features that drifted, worst first."""
        return tuple(column for column in self.columns if column.status == ColumnStatus.DRIFTED)

    @property
    def inconclusive(self) -> tuple[ColumnDrift, ...]:
        """The features for which the rows are too few."""
        return tuple(column for column in self.columns if column.status == ColumnStatus.INCONCLUSIVE)

    @property
    def decision(self) -> DriftDecision:
        """What follows.

        - Impactful: the predictions drifted, or features did and the mean prediction shifted by its limit;
          features drifted that the predictions can't show; without predictions, features that the model uses.
        - Benign: features drifted and the predictions did not.
        - Inconclusive: nothing is found, and features with half of the importance are inconclusive; or
          nothing was looked at.
        - No drift: nothing is found.
        """
        if self._is_impactful():
            return DriftDecision.IMPACTFUL
        if self.drifted:
            return DriftDecision.BENIGN
        return DriftDecision.INCONCLUSIVE if self._is_inconclusive() else DriftDecision.NO_DRIFT

    @property
    def blind(self) -> tuple[ColumnDrift, ...]:
        """The drifted features about which predictions that do not change say nothing.

        A model can't react to a feature of which training saw one value only, and one that always gave the
        same prediction reacts to none.
        """
        constant = bool(self.predicted) and all(one.constant_in_training for one in self.predicted)
        return tuple(column for column in self.drifted if constant or column.constant_in_training)

    def _is_impactful(self) -> bool:
        if self.blind:
            return True
        if self.predictions is not None:
            has_shifted = reaches(abs(self.shift or 0.0), self.prediction_shift)
            moved = any(one.status == ColumnStatus.DRIFTED for one in self.predicted)
            return moved or (bool(self.drifted) and has_shifted)
        return bool(self.drifted) and reaches(self._share(self.drifted), _UNUSED)

    def _is_inconclusive(self) -> bool:
        if not self.rows or not (self.columns or self.predictions):
            return True
        checked = self._share(self.columns)
        if not checked:
            return bool(self.inconclusive)
        return reaches(self._share(self.inconclusive), _MAJORITY * checked)

    def _share(self, columns: tuple[ColumnDrift, ...]) -> float:
        """Return the share of the importance that columns hold together; every one the same if unknown."""
        return sum(
            1 / len(self.columns) if column.importance is None else column.importance for column in columns
        )

    def _plain(self) -> dict[str, Any]:
        return {**dataclasses.asdict(self), "decision": self.decision}

    @classmethod
    def _build(cls, plain: dict[str, Any]) -> Self:
        fields = {name: value for name, value in plain.items() if name != "decision"}
        fields["columns"] = tuple(_read_column(column) for column in plain["columns"])
        fields["predictions"] = _read_column(plain["predictions"]) if plain["predictions"] else None
        fields["left_out"] = tuple(plain["left_out"])
        fields["probabilities"] = tuple(_read_column(column) for column in plain["probabilities"])
        return cls(**fields)


def _read_column(plain: dict[str, Any]) -> ColumnDrift:
    """Build a column's part from JSON values."""
    results = tuple(
        StatisticResult(**{**one, "status": ColumnStatus(one["status"])}) for one in plain["results"]
    )
    return ColumnDrift(**{**plain, "results": results, "changes": tuple(plain["changes"])})
