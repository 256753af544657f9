"""The names of the statistics of drift, what they measure and where they come from.

This module imports nothing heavy, so that ``model.yaml`` can be validated while a DAG file is parsed. The
functions that compute the statistics live in :mod:`include.monitoring.histogram.distances`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Literal

Kind = Literal["numeric", "categorical"]


@dataclass(frozen=True, kw_only=True)
class Statistic:
    """What is known of a statistic without computing it. Each is 0 where nothing has moved.

    :param name: the name used in ``model.yaml`` and in every report.
    :param label: how a report calls it.
    :param kinds: the kinds of column it can be taken of; empty for those that every check takes by itself.
    :param power: exponent under which two moves add up as distances do (the triangle inequality): 1 for a
        distance, 0.5 for a divergence, which grows with the square of a small move.
    :param highest: the largest value it can take.
    :param description: one sentence for people.
    :param source: papers and libraries it comes from.
    """

    name: str
    label: str
    kinds: tuple[Kind, ...]
    power: float = 1.0
    highest: float = inf
    description: str
    source: str


MISSING_SHARE = "missing_share"
MEAN_SHIFT = "mean_shift"

_ALL = (
    Statistic(
        name="ks",
        label="KS",
        kinds=("numeric",),
        highest=1.0,
        description="Largest difference of the two distribution functions; 0.1: a tenth of the rows has "
        "moved past some value.",
        source="Kolmogorov 1933; Smirnov 1948; scipy.stats.ks_2samp",
    ),
    Statistic(
        name="psi",
        label="PSI",
        kinds=("numeric", "categorical"),
        power=0.5,
        description="Population stability index over about ten groups of numbers, or over the categories; by "
        "custom 0.1 is some change and 0.25 a large one.",
        source="Jeffreys 1946; Siddiqi 2006, Credit Risk Scorecards; Yurdakul 2018 on its distribution",
    ),
    Statistic(
        name="jensen_shannon",
        label="Jensen-Shannon distance",
        kinds=("numeric", "categorical"),
        highest=1.0,
        description="Square root of the Jensen-Shannon divergence in bits, between 0 and 1.",
        source="Lin 1991; Endres and Schindelin 2003; scipy.spatial.distance.jensenshannon(base=2)",
    ),
    Statistic(
        name="wasserstein",
        label="Wasserstein distance",
        kinds=("numeric",),
        description="Mean way that values have moved, in standard deviations of the training data.",
        source="Ramdas, Garcia and Cuturi 2017; scipy.stats.wasserstein_distance; divided as in evidently",
    ),
    Statistic(
        name="chi_square",
        label="Cramer's V",
        kinds=("categorical",),
        highest=1.0,
        description="Chi-square of the two samples as an effect that does not grow with their size: Cramer's "
        "V, between 0 and 1, with both samples weighing the same.",
        source="Pearson 1900; Cramer 1946; scipy.stats.contingency.association",
    ),
    Statistic(
        name=MISSING_SHARE,
        label="missing",
        kinds=(),
        description="Change of the share of missing values.",
        source="difference of two proportions",
    ),
    Statistic(
        name=MEAN_SHIFT,
        label="mean prediction",
        kinds=(),
        description="Change of the mean prediction.",
        source="difference of two means",
    ),
)

DEFAULTS: dict[Kind, str] = {"numeric": "ks", "categorical": "psi"}
STATISTICS: dict[str, Statistic] = {statistic.name: statistic for statistic in _ALL}


def names_for(kind: Kind) -> list[str]:
    """Return the names that ``model.yaml`` may use for one kind of column.

    :param kind: ``numeric`` or ``categorical``.
    """
    return sorted(name for name, statistic in STATISTICS.items() if kind in statistic.kinds)
