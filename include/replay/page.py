"""What a replay came to: tables for a terminal, a picture, and a page for people."""

from __future__ import annotations

import base64
import io
import math
from typing import TYPE_CHECKING, Any

from include.evaluation.figures import show_gain
from include.evaluation.plots.style import COLOURS, GREY, style_axes
from include.media import figure_text
from include.reporting.html import render
from include.reporting.text_table import text_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.evaluation.confidence_interval import ConfidenceInterval
    from include.replay.account import Account
    from include.replay.outcome import Day

_HEADS = (
    "setting", "retrainings", "promotions", "rejections", "alarms", "days served", "by a worse model",
    "regret a day", "over the one in force", "CPU",
)  # fmt: skip
_DAY_HEADS = ("day", "delivered", "drift", "performance", "policy", "candidate", "champion", "notified of")
_ROW, _WIDTH, _DPI = 0.34, 9.0, 110


def days_table(days: Sequence[Day]) -> str:
    """Return the days on which anything happened, a line each.

    :param days: all days of a setting.
    """
    rows = [_day_row(day) for day in days if day.eventful]
    return text_table(_DAY_HEADS, rows) if rows else "nothing happened on these days"


def accounts_table(accounts: Sequence[Account]) -> str:
    """Return the settings beside each other, a line each; the one in force is marked with ``*``.

    :param accounts: the settings.
    """
    return text_table(_HEADS, [_account_row(one) for one in accounts])


def draw_accounts(accounts: Sequence[Account], metric: str) -> bytes:
    """Draw the regret of each setting with its interval, as PNG.

    :param accounts: the settings.
    :param metric: the primary metric.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH, 1.6 + _ROW * len(accounts)), layout="constrained")
    axes = figure.subplots()
    style_axes(axes, "Regret with its interval, by setting", f"{metric} a day", "")
    for at, one in enumerate(accounts):
        regret, colour = one.regret, COLOURS["champion"] if one.in_force else COLOURS["candidate"]
        if math.isfinite(regret.value):
            axes.plot([regret.low, regret.high], [at, at], color=colour, linewidth=2)
            axes.plot([regret.value], [at], "o", color=colour, markersize=5)
    axes.axvline(0, color=GREY, linewidth=1)
    axes.set_yticks(range(len(accounts)), [figure_text(_name(one)) for one in accounts])
    axes.invert_yaxis()
    image = io.BytesIO()
    figure.savefig(image, format="png", dpi=_DPI)
    return image.getvalue()


def render_accounts(
    title: str, accounts: Sequence[Account], days: Sequence[Day], picture: bytes, said: Sequence[str]
) -> str:
    """Return the page.

    :param title: its heading.
    :param accounts: the settings.
    :param days: the days of the setting in force.
    :param picture: what :func:`draw_accounts` drew.
    :param said: sentences under the table: the recommendation, the differences from the live system.
    """
    return render(
        "replay/page.html.j2",
        title=title,
        heads=_HEADS,
        rows=[_account_row(one) for one in accounts],
        day_heads=_DAY_HEADS,
        day_rows=[_day_row(day) for day in days if day.eventful],
        picture=base64.b64encode(picture).decode(),
        said=said,
    )


def to_json_days(days: Sequence[Day]) -> list[dict[str, Any]]:
    """Return what was decided on each day as JSON values."""
    return [
        {
            "day": day.day,
            "delivered": list(day.delivered),
            "quarantined": list(day.quarantined),
            "drift": day.drift,
            "windows": day.statuses,
            "policy": day.policy,
            "trained": [
                {"kind": one.kind, "result": one.result, "version": one.version} for one in day.trained
            ],
            "champion": day.champion,
            "notified": list(day.notified),
            "failures": [f"{one.task}: {one.message}" for one in day.failures],
        }
        for day in days
    ]


def _name(one: Account) -> str:
    return f"* {one.name}" if one.in_force else one.name


def _account_row(one: Account) -> tuple[str, ...]:
    known = f"{one.worse} of {one.evaluated}" if one.evaluated else "not known yet"
    return (
        _name(one),
        str(one.retrainings),
        str(one.promotions),
        str(one.rejections),
        str(one.alarms),
        str(one.days),
        known,
        _interval(one.metric, one.regret, sign=""),
        "-" if one.in_force else _interval(one.metric, one.over_in_force),
        f"{one.cpu:.0f} s",
    )


def _day_row(day: Day) -> tuple[str, ...]:
    failed = tuple(f"{one.task} failed" for one in day.failures)
    return (
        day.day,
        ", ".join(day.delivered) or "-",
        day.drift or "-",
        ", ".join(f"{partition[5:]} {status}" for partition, status in day.statuses.items()) or "-",
        day.policy or "-",
        ", ".join(f"{one.kind} {one.result}" for one in day.trained) or "-",
        f"v{day.champion}" if day.champion else "none",
        ", ".join((*day.notified, *failed)) or "-",
    )


def _interval(metric: str, found: ConfidenceInterval, sign: str = "+") -> str:
    if not math.isfinite(found.value):
        return "not known yet"
    value, low, high = (show_gain(metric, one, sign) for one in (found.value, found.low, found.high))
    return f"{value} [{low}, {high}]"
