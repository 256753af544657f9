"""Draw what promotions promised against what they delivered. Colours as in the plots of an evaluation."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING

from include.media import figure_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from include.evaluation.confidence_interval import ConfidenceInterval
    from include.promotion.probation.account import Account

_PROMISED, _DELIVERED, _GREY, _DPI = "#0072B2", "#D55E00", "#6f6f6f", 110
_APART = 0.12


def draw_accounts(accounts: Sequence[Account]) -> bytes | None:
    """Draw promised and delivered gains with their intervals as PNG; None where nothing was delivered.

    :param accounts: newest promotion first.
    """
    shown = [one for one in reversed(accounts) if one.delivered is not None]
    if not shown:
        return None
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.2), layout="constrained")
    axes = figure.subplots()
    axes.axhline(0, color=_GREY, linewidth=0.8)
    promised = [one.promised.gain if one.promised else None for one in shown]
    delivered = [one.delivered.gain if one.delivered else None for one in shown]
    _draw(axes, promised, -_APART, _PROMISED, "promised by the gate (selected: too high on average)")
    _draw(axes, delivered, _APART, _DELIVERED, "delivered over the displaced version")
    labels = [figure_text(f"{one.displaced} → {one.version}\n{one.promoted}") for one in shown]
    axes.set_xticks(range(len(shown)), labels)
    axes.set_xlim(-0.5, len(shown) - 0.5)
    axes.set_ylabel(figure_text(f"gain in {shown[-1].metric}"))
    axes.legend(frameon=False, fontsize="small")
    axes.spines[["top", "right"]].set_visible(False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_DPI, metadata={"Software": None})
    return buffer.getvalue()


def _draw(
    axes: Axes, gains: Sequence[ConfidenceInterval | None], shift: float, colour: str, label: str
) -> None:
    """Draw a gain for each promotion; one without an interval is a point."""
    for place, gain in enumerate(gains):
        if gain is None or not math.isfinite(gain.value):
            continue
        if math.isfinite(gain.low) and math.isfinite(gain.high):
            axes.vlines(place + shift, gain.low, gain.high, color=colour, linewidth=1.5)
        axes.plot(place + shift, gain.value, "o", color=colour, markersize=5)
    axes.plot([], [], "o", color=colour, label=label)
