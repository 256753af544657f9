"""From which age on the values of a view are staler than they ever were in training.

The age of a view's values says whether its deliveries still come. That they are younger than in training
means nothing, and months have 28 to 31 days, so ages are not compared as the values of a feature are: the
bins of their profile part at two limits only, and a delivery drifts where more of its rows lie behind one.

- Of each delivery a fifth of the values is younger than some age. Behind the largest of these ages, and
  some slack, lie ever more rows once the view has stopped to come, however old its values always were.
- Behind the largest age of all, and some slack, no row of the training data lies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.data.arrow_numpy import find_valid, to_numpy
from include.monitoring.histogram.numeric_bins import NumericBins

if TYPE_CHECKING:
    import pyarrow as pa

_YOUNG = (
    0.2  # of the rows: twice the distance from which on a column drifts, unless model.yaml says otherwise
)
_SLACK = 1.25  # as a part of the age: 28 days and 31 are the same
_LEAST_SLACK = 0.5  # days: a value of yesterday and one of the day before are not


class AgeLimits:
    """Collects the ages of one view over the training data, a row group at a time.

    :param name: the column with the ages.
    :param partition: the column with the day of each row's delivery.
    """

    def __init__(self, name: str, partition: str) -> None:
        self._name, self._partition = name, partition
        self._ages: dict[int, list[np.ndarray]] = {}

    def take(self, group: pa.Table, stride: int = 1) -> None:
        """Look at one row group.

        :param group: rows of the training set.
        :param stride: every how many rows one is looked at.
        """
        days = to_numpy(group[self._partition])[::stride]
        there = find_valid(group[self._name].combine_chunks())[::stride]
        ages = to_numpy(group[self._name].fill_null(0.0))[::stride]
        for day in np.unique(days[there]).tolist():
            self._ages.setdefault(day, []).append(ages[there & (days == day)])

    def bins(self) -> NumericBins:
        """Return the bins: up to the first limit, up to the second, and behind; none without any age."""
        deliveries = [np.concatenate(parts) for parts in self._ages.values()]
        if not deliveries:
            return NumericBins(edges=np.empty(0))
        young = max(float(np.quantile(one, _YOUNG)) for one in deliveries)
        oldest = max(float(one.max()) for one in deliveries)
        return NumericBins(edges=np.array(sorted({with_slack(young), with_slack(oldest)})))


def with_slack(age: float) -> float:
    """Return the age in days up to which a value is as old as one of some age.

    :param age: in days.
    """
    return round(max(_SLACK * age, age + _LEAST_SLACK), 3)
