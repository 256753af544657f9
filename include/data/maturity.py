"""When a partition counts as labelled: one rule for training, evaluation and monitoring.

Labels that come early are often all of one kind (who pays is known later than who does not), so a part of
them says nothing about the rest. A partition is therefore *mature* when its labels are due
(``target.horizon_days``, where the target has a horizon, and ``target.delay_days`` have passed; or every
label is known, which no later one can change) and at least ``target.min_coverage`` of its rows have a label.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.config.schema import ModelConfig


@dataclass(frozen=True, kw_only=True)
class Maturity:
    """How far the labels of one partition are known on a day.

    :param due: ISO date on which its labels are due.
    :param as_of: ISO date whose knowledge is used.
    :param rows: its rows.
    :param labelled: those whose label is known.
    :param min_coverage: share of the rows whose label must be known.
    """

    due: str
    as_of: str
    rows: int
    labelled: int
    min_coverage: float

    @property
    def coverage(self) -> float:
        """Share of the rows whose label is known; 0 without rows."""
        return self.labelled / self.rows if self.rows else 0.0

    @property
    def in_time(self) -> bool:
        """Whether the labels are due, or complete before that."""
        return self.as_of >= self.due or 0 < self.rows == self.labelled

    @property
    def covered(self) -> bool:
        """Whether enough labels are known."""
        return self.coverage >= self.min_coverage

    @property
    def mature(self) -> bool:
        """Whether the partition may be used to train and to evaluate."""
        return self.in_time and self.covered

    def explain(self) -> str:
        """Return in one sentence why the partition is not mature; empty when it is."""
        known = f"{self.labelled:,} of {self.rows:,} labels are known ({self.coverage:.1%})"
        if not self.in_time:
            return f"its labels are due on {self.due}: {known}"
        if not self.covered:
            late = (date.fromisoformat(self.as_of) - date.fromisoformat(self.due)).days
            return (
                f"its labels were due on {self.due}, {late} days ago, but only {known}, at least "
                f"{self.min_coverage:.0%} are needed (target.min_coverage)"
            )
        return ""


def due_date(partition: str, config: ModelConfig) -> str:
    """Return the ISO date on which the labels of a partition are due.

    :param partition: ISO date.
    :param config: the model's configuration.
    """
    return (date.fromisoformat(partition) + timedelta(days=config.target.days_until_known)).isoformat()


def assess_labels(partition: str, *, rows: int, labelled: int, as_of: str, config: ModelConfig) -> Maturity:
    """Return how far the labels of a partition are known, and whether that is enough.

    :param partition: ISO date.
    :param rows: its rows.
    :param labelled: those whose label is known.
    :param as_of: ISO date whose knowledge is used.
    :param config: the model's configuration.
    """
    return Maturity(
        due=due_date(partition, config),
        as_of=as_of,
        rows=rows,
        labelled=labelled,
        min_coverage=config.target.min_coverage,
    )


def settings_to_change(coverage: float) -> str:
    """Return which keys of ``model.yaml`` make a partition mature that has no more labels than this.

    :param coverage: share of its rows whose label is known after they were due.
    """
    later = "if they come later, a larger target.delay_days"
    reached = math.floor(coverage * 100) / 100
    return f"if some never come, target.min_coverage at most {reached:.2f}; {later}" if reached else later
