"""The names of the statistics of drift, what they measure and where they come from.

This module imports nothing heavy, so that ``model.yaml`` can be validated while a DAG file is parsed. The
functions that compute the statistics live in :mod:`include.monitoring.histogram.distances`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Literal

Kind = Literal["numeric", "categorical"]
CHOSEN = "threshold"  # the key of a threshold whose statistic a team chooses, too


@dataclass(frozen=True, kw_only=True)
class Statistic:
    """What is known of a statistic without computing it. Each is 0 for two equal distributions.

    :param name: the name used in ``model.yaml`` and in every report.
    :param label: how a report calls it.
    :param kinds: the kinds of column it can be taken of.
    :param threshold_key: where in ``monitoring.drift`` of ``model.yaml`` its threshold stands: ``threshold``
        for those that a team chooses among, any other key for those that every check takes.
    :param counts_missing: whether it is taken of all rows, and not only of those with a value.
    :param power: exponent under which two shifts add up as distances do (the triangle inequality): 1 for a
        distance, 0.5 for a divergence, which grows with the square of a small shift.
    :param highest: the largest value it can take.
    :param phrase: how a report gives its value.
    :param description: one sentence for people.
    :param source: papers and libraries it comes from.
    """

    name: str
    label: str
    kinds: tuple[Kind, ...]
    power: float = 1.0
    highest: float = inf
    threshold_key: str = CHOSEN
    counts_missing: bool = False
    phrase: str = "{label} {effect:.3g}"
    description: str
    source: str


MISSING_SHARE = "missing_share"
MEAN_SHIFT = "mean_shift"
SPAN_SHIFT = "span_shift"

_ALL = (
    Statistic(
        name="ks",
        label="KS",
        kinds=("numeric",),
        highest=1.0,
        description="Largest difference of the two distribution functions; 0.1: a tenth of the rows has "
        "shifted past some value.",
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
        description="Mean distance by which values shifted, in standard deviations of the training data.",
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
        kinds=("numeric", "categorical"),
        threshold_key="missing_share",
        counts_missing=True,
        phrase="share of missing values changed by {effect:.3g}",
        description="Change of the share of missing values.",
        source="difference of two proportions",
    ),
    Statistic(
        name=MEAN_SHIFT,
        label="mean prediction",
        kinds=("numeric",),
        threshold_key="prediction_shift",
        phrase="{label} changed by {effect:.3g}",
        description="Change of the mean prediction.",
        source="difference of two means",
    ),
    Statistic(
        name=SPAN_SHIFT,
        label="mean prediction",
        kinds=("numeric",),
        threshold_key="prediction_shift",
        phrase="{label} changed by {effect:.3g} of training's span",
        description="Change of the mean prediction as a share of what the middle 98 % of training's "
        "predictions span: of a number what the change itself is of a probability, which spans 1.",
        source="difference of two means",
    ),
)

DEFAULTS: dict[Kind, str] = {"numeric": "ks", "categorical": "psi"}
STATISTICS: dict[str, Statistic] = {statistic.name: statistic for statistic in _ALL}


def names_for(kind: Kind) -> list[str]:
    """Return the names that ``model.yaml`` may use for one kind of column.

    :param kind: ``numeric`` or ``categorical``.
    """
    return sorted(
        name
        for name, statistic in STATISTICS.items()
        if kind in statistic.kinds and statistic.threshold_key == CHOSEN
    )
