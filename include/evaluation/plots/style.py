"""The look that all plots of an evaluation share.

Matplotlib's object interface is used throughout: no window, no global state, safe in a worker. The colours
are the blue and the vermilion of Okabe and Ito (2008), which people with any kind of colour blindness tell
apart, and the champion's lines are dashed besides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = {"candidate": "#0072B2", "champion": "#D55E00"}
LINES = {"candidate": "-", "champion": "--"}
GREY = "#6f6f6f"
SIDE = 5.6  # inches


def new_figure(title: str, x: str, y: str) -> tuple[Figure, Axes]:
    """Return a figure with one styled pair of axes.

    :param title: above the axes.
    :param x: what the horizontal axis shows.
    :param y: what the vertical axis shows.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(SIDE, SIDE), layout="constrained")
    axes = figure.subplots()
    style_axes(axes, title, x, y)
    return figure, axes


def style_axes(axes: Axes, title: str, x: str, y: str) -> None:
    """Give axes the look that all plots share; parameters as in :func:`new_figure`."""
    axes.set_title(title, fontsize=12, loc="left")
    axes.set_xlabel(x, fontsize=11)
    axes.set_ylabel(y, fontsize=11)
    axes.tick_params(labelsize=10)
    axes.grid(visible=True, color="#e5e5e5", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def show_unit_square(axes: Axes) -> None:
    """Show the unit square with a little space around it.

    :param axes: its axes.
    """
    axes.set_xlim(-0.01, 1.01)
    axes.set_ylim(-0.01, 1.01)
    axes.set_aspect("equal")


def add_legend(axes: Axes, place: str) -> None:
    """Put a legend where the curves are not.

    :param axes: where it goes.
    :param place: the corner, as matplotlib calls it.
    """
    axes.legend(loc=place, fontsize=10, frameon=True, framealpha=0.9, edgecolor="#e5e5e5")
