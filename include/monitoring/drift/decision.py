"""What a check for drift decides about a batch, and about one column of it."""

from __future__ import annotations

from enum import StrEnum


class DriftDecision(StrEnum):
    """What follows from a check for drift.

    - ``NO_DRIFT``: no column and no prediction is beyond its limits.
    - ``BENIGN``: features drifted, and the predictions did not.
    - ``IMPACTFUL``: the predictions drifted, or features did and the mean prediction shifted by its limit; or
      features drifted whose effect the predictions can't show.
    - ``INCONCLUSIVE``: nothing was found, and too few rows or columns were looked at to rule drift out.
    """

    NO_DRIFT = "no drift"
    BENIGN = "benign drift"
    IMPACTFUL = "impactful drift"
    INCONCLUSIVE = "inconclusive"


class ColumnStatus(StrEnum):
    """What a check for drift says about one statistic, or about one column.

    - ``DRIFTED``: it is beyond its threshold, and beyond chance.
    - ``NO_DRIFT``: it is not, and the rows suffice to see its threshold.
    - ``INCONCLUSIVE``: it is not, and the rows are too few to see its threshold.
    """

    DRIFTED = "drifted"
    NO_DRIFT = "no drift"
    INCONCLUSIVE = "inconclusive"


# What earlier versions wrote into reports, into MLflow and into what the policy remembers.
_DECISIONS_BEFORE = {
    "quiet": DriftDecision.NO_DRIFT,
    "harmless": DriftDecision.BENIGN,
    "matters": DriftDecision.IMPACTFUL,
    "can't tell": DriftDecision.INCONCLUSIVE,
}
_STATUSES_BEFORE = {
    "drifted": ColumnStatus.DRIFTED,
    "quiet": ColumnStatus.NO_DRIFT,
    "can't tell": ColumnStatus.INCONCLUSIVE,
}


def rename_decision(word: str) -> DriftDecision:
    """Return a decision from the word that the first format of a record had for it.

    :param word: such as ``quiet``.
    :raises ValueError: no version ever wrote this word.
    """
    return _DECISIONS_BEFORE[word] if word in _DECISIONS_BEFORE else DriftDecision(word)


def rename_status(word: str) -> ColumnStatus:
    """Return a column's status from the word that the first formats of a drift report had for it.

    :param word: such as ``quiet``.
    :raises ValueError: no version ever wrote this word.
    """
    return _STATUSES_BEFORE[word] if word in _STATUSES_BEFORE else ColumnStatus(word)
