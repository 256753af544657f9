"""What is known of a champion's performance in one window: a record that travels as JSON.

The status (:mod:`include.monitoring.performance.rules`) and the verdict
(:mod:`include.monitoring.performance.verdict`) follow from the record, so that what was stored, what is shown
and what is decided can't disagree.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from include.data.maturity import Maturity
from include.evaluation.confidence_interval import read_interval, read_intervals
from include.monitoring.performance.slice_findings import SliceFindings, read_findings
from include.records import Record, RecordKind
from include.strict_json import plain

if TYPE_CHECKING:
    from include.evaluation.confidence_interval import ConfidenceInterval


def _rename_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """Format 2 calls ``judged`` ``evaluated``, and the reference's ``estimate`` its ``interval``."""
    fields["evaluated"] = fields.pop("judged")
    if reference := fields["reference"]:
        fields["reference"] = {
            "interval" if name == "estimate" else name: value for name, value in reference.items()
        }
    return fields


def _add_slices(fields: dict[str, Any]) -> dict[str, Any]:
    """Format 3 knows groups, where they were looked at."""
    return {"slices": None, **fields}


WINDOW_PERFORMANCE = RecordKind(
    name="performance of a window",
    remedy="clear the task performance_check, which evaluates it again",
    upgrades=(_rename_fields, _add_slices),
)


@dataclass(frozen=True, kw_only=True)
class Reference:
    """What the evaluation that made a version champion found in the primary metric.

    :param metric: the metric.
    :param interval: its value with its interval.
    :param rows: rows of the test set.
    :param source: where the evaluation is kept.
    """

    metric: str
    interval: ConfidenceInterval
    rows: int
    source: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values (NaN as None); :meth:`from_dict` reads them."""
        values: dict[str, Any] = plain(dataclasses.asdict(self))
        return values

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Reference:
        """Build a reference from what :meth:`to_dict` returned."""
        return cls(**{**plain, "interval": read_interval(plain["interval"])})


@dataclass(frozen=True, kw_only=True)
class LabelFindings:
    """What was found among the labels of a window.

    :param known_on: day of the newest delivery among them; empty without any.
    :param repeated: labels delivered more than once with the same value; each counts once.
    :param corrected: labels that a later delivery changed; the later value is used.
    :param unknown: labels of entities that were never scored in this window; ignored.
    """

    known_on: str = ""
    repeated: int = 0
    corrected: int = 0
    unknown: int = 0


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a window is held against, as ``model.yaml`` had it.

    :param primary: the metric that is compared with the reference.
    :param max_drop: loss in it from which a champion may be worse.
    :param confidence: level of every interval.
    :param min_rows: labelled rows from which a window is evaluated.
    :param min_coverage: share of the predictions whose labels must be known.
    :param floors: the gate's floors, metric to worst value accepted.
    """

    primary: str
    max_drop: float
    confidence: float
    min_rows: int
    min_coverage: float
    floors: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class WindowPerformance(Record, kind=WINDOW_PERFORMANCE):
    """What a version did in one window, as far as its labels are known.

    :param model: the model's name.
    :param partition: ISO date of the delivery.
    :param version: the version whose predictions these are.
    :param as_of: ISO date whose knowledge was used.
    :param due: ISO date on which the labels are due.
    :param rows: predictions; 0 when there are none.
    :param labelled: those whose label is known.
    :param evaluated: evaluated rows: the labelled ones, without entities that the version was trained on.
    :param positives: evaluated rows of class 1; None where there are not two classes.
    :param metrics: each metric with its interval; empty while labels are not complete enough.
    :param reference: what the version's evaluation found; None when that is not known.
    :param labels: what was found among the labels.
    :param limits: what the window is held against.
    :param learned: whether the version was trained on this very delivery.
    :param restated: whether the predictions are of an older version of the delivery, restated since.
    :param holdout_known: whether it is known whom the version was not trained on.
    :param slices: how groups fared; None where they were not looked at.
    """

    model: str
    partition: str
    version: str
    as_of: str
    due: str
    limits: Limits
    rows: int = 0
    labelled: int = 0
    evaluated: int = 0
    positives: int | None = 0
    metrics: dict[str, ConfidenceInterval] = field(default_factory=dict)
    reference: Reference | None = None
    labels: LabelFindings = LabelFindings()
    learned: bool = False
    restated: bool = False
    holdout_known: bool = True
    slices: SliceFindings | None = None

    @property
    def maturity(self) -> Maturity:
        """How far the labels of the predictions are known, by the rule that training goes by, too."""
        return Maturity(
            due=self.due,
            as_of=self.as_of,
            rows=self.rows,
            labelled=self.labelled,
            min_coverage=self.limits.min_coverage,
        )

    @property
    def coverage(self) -> float:
        """Share of the predictions whose label is known; 0 without predictions."""
        return self.maturity.coverage

    def to_metrics(self) -> dict[str, float]:
        """Return the figures as flat metrics, each named ``production_...``; some may be NaN."""
        found = {f"production_{name}": one.value for name, one in self.metrics.items()}
        if primary := self.metrics.get(self.limits.primary):
            found[f"production_{self.limits.primary}_low"] = primary.low
            found[f"production_{self.limits.primary}_high"] = primary.high
        counts = {"rows": self.rows, "labelled_rows": self.labelled, "evaluated_rows": self.evaluated}
        found |= {f"production_{name}": float(count) for name, count in counts.items()}
        return {**found, "production_coverage": self.coverage}

    def _plain(self) -> dict[str, Any]:
        return {**plain(dataclasses.asdict(self)), "coverage": self.coverage}

    @classmethod
    def _build(cls, plain: dict[str, Any]) -> Self:
        # Coverage follows from the rest; the status is added by include.monitoring.performance.verdict.
        fields = {key: value for key, value in plain.items() if key not in {"coverage", "status"}}
        fields["limits"] = Limits(**plain["limits"])
        fields["labels"] = LabelFindings(**plain["labels"])
        fields["metrics"] = read_intervals(plain["metrics"])
        fields["reference"] = plain["reference"] and Reference.from_dict(plain["reference"])
        fields["slices"] = read_findings(plain["slices"])
        return cls(**fields)
