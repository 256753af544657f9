"""What predictions are called among the columns of a profile and of a report: no feature can be called so."""

from __future__ import annotations

from include.names import PREDICTIONS, internal, shown

PREDICTED = internal(PREDICTIONS)
"""What is predicted for a row."""

_PROBABILITY = internal("probability of ")


def probability_of(name: str) -> str:
    """Return what the probability of a class is called among the columns.

    :param name: the class.
    """
    return f"{_PROBABILITY}{name}"


def label_of(column: str) -> str:
    """Return a column as every report shows it.

    :param column: a feature, or what predictions are called.
    """
    if column == PREDICTED:
        return PREDICTIONS
    if column.startswith(_PROBABILITY):
        return f"{PREDICTIONS}, probability of {shown(column.removeprefix(_PROBABILITY))}"
    return shown(column)
