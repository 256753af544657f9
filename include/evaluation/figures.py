"""Figures of metrics, their gains and their limits as people read them.

Most metrics have a range of their own and four decimals. One in the target's unit, such as minutes or
dollars, may have any magnitude; a gain in it is a share of what the other model reaches, and so is every
margin (:attr:`include.config.metric_names.Metric.in_unit_of_target`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from include.config.metric_names import METRICS
from include.reporting.numbers import show_exactly, show_number, show_share, show_share_exactly

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.evaluation.confidence_interval import ConfidenceInterval

_UNDEFINED = "not defined"


class _Style(NamedTuple):
    """How the figures of a metric are written.

    :param value: the metric itself, and with which sign.
    :param gain: a difference of two models in it.
    :param limit: a value of the metric that somebody wrote down.
    :param margin: a difference that somebody wrote down.
    """

    value: Callable[[float, str], str]
    gain: Callable[[float, str], str]
    limit: Callable[[float], str]
    margin: Callable[[float], str]


def _four(value: float, sign: str) -> str:
    return f"{value:{sign}.4f}"


def _briefly(value: float) -> str:
    return f"{value:g}"


_STYLES = {
    False: _Style(value=_four, gain=_four, limit=_briefly, margin=_briefly),
    True: _Style(value=show_number, gain=show_share, limit=show_exactly, margin=show_share_exactly),
}


def _style(metric: str) -> _Style:
    return _STYLES[METRICS[metric].in_unit_of_target]


def show_value(metric: str, value: float) -> str:
    """Return what a model reaches in a metric: ``0.8412``, ``12.34`` minutes.

    :param metric: its name.
    :param value: the figure; NaN where it is not defined.
    """
    return _UNDEFINED if math.isnan(value) else _style(metric).value(value, "")


def show_gain(metric: str, value: float, sign: str = "+") -> str:
    """Return a gain or a loss: ``+0.0041``, ``+2.13 %`` of what the other model reaches.

    :param metric: its name.
    :param value: the gain; NaN where it is not defined.
    :param sign: empty for a figure whose direction the sentence says.
    """
    return _UNDEFINED if math.isnan(value) else _style(metric).gain(value, sign)


def show_limit(metric: str, value: float) -> str:
    """Return a value of a metric that somebody wrote down, such as a floor.

    :param metric: its name.
    :param value: the value.
    """
    return _style(metric).limit(value)


def show_margin(metric: str, value: float) -> str:
    """Return a gain or a loss that somebody wrote down: ``0.02``, ``2 %``.

    :param metric: its name.
    :param value: the margin.
    """
    return _style(metric).margin(value)


def show_value_interval(metric: str, found: ConfidenceInterval) -> str:
    """Return a figure with its interval, or with the reason why it has none.

    :param metric: its name.
    :param found: both.
    """
    return _show_interval(found, lambda value: show_value(metric, value))


def show_gain_interval(metric: str, found: ConfidenceInterval) -> str:
    """Return a gain with its interval, or with the reason why it has none.

    :param metric: its name.
    :param found: both.
    """
    return _show_interval(found, lambda value: show_gain(metric, value))


def _show_interval(found: ConfidenceInterval, show: Callable[[float], str]) -> str:
    if found.note:
        return f"{show(found.value)} (inconclusive: {found.note})"
    if math.isnan(found.low) or math.isnan(found.high):
        return f"{show(found.value)} (its interval is not defined)"
    return f"{show(found.value)} [{show(found.low)}, {show(found.high)}]"
