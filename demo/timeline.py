"""The replay's timeline: one line a day, written down as the days are done."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from include.config.metric_names import METRICS
from include.errors import ConfigError
from include.reporting.numbers import show_number
from include.strict_json import to_json

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Day:
    """One line of the timeline.

    :param day: ISO date.
    :param drift: decision of the drift check on the newest delivery, with the worst column.
    :param expected: the newest delivery's primary metric, estimated from its predictions alone.
    :param performance: the newest window that could be evaluated, its metric with interval, and its status.
    :param verdict: what the policy decided.
    :param retrained: whether a retraining ran, and how it ended.
    :param promoted: the gate's decision.
    :param champion: the version that serves at the end of the day.
    """

    day: str
    drift: str
    expected: str
    performance: str
    verdict: str
    retrained: str
    promoted: str
    champion: str


def read(path: Path) -> list[Day]:
    """Return the days that are done; none where nothing has been written yet.

    :raises ConfigError: the file is not a timeline.
    """
    if not path.exists():
        return []
    try:
        return [Day(**line) for line in json.loads(path.read_text())]
    except (ValueError, TypeError) as error:
        raise ConfigError(
            f"{path} is not a timeline: {error}. Remove it and the days are read again from the runs in "
            "Airflow; or start anew: make clean-replay"
        ) from error


def write(path: Path, timeline: list[Day]) -> None:
    """Replace the file; killed meanwhile, the old one stays."""
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(to_json([asdict(line) for line in timeline], indent=1))
    partial.replace(path)


def table(timeline: list[Day], primary: str) -> str:
    """Return the timeline as a table in Markdown.

    :param timeline: its lines.
    :param primary: the model's primary metric, which heads the figures.
    """
    head = (
        "day", "drift", f"{primary} expected", f"{primary} now", "verdict", "retrained", "promoted",
        "champion",
    )  # fmt: skip
    lines = [tuple(asdict(line).values()) for line in timeline]
    widths = [max(len(str(row[at])) for row in [head, *lines]) for at in range(len(head))]
    rule = tuple("-" * width for width in widths)
    return "\n".join(
        "| " + " | ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in [head, rule, *lines]
    )


def drift(found: dict[str, Any]) -> str:
    """Return what the drift check said in a few words; nothing was checked before there was a champion."""
    worst = found.get("worst")
    return f"{found.get('decision') or '-'}{f' ({worst})' if worst else ''}"


def expected(found: dict[str, Any], primary: str) -> str:
    """Return what the predictions alone say about the newest delivery.

    :param found: the result of the drift check.
    :param primary: the metric to take.
    """
    metric = found.get("estimated", {}).get(primary)
    return f"{found['partition']}: {_with_interval(primary, metric)}" if metric else "-"


def performance(found: dict[str, Any]) -> str:
    """Return the newest evaluated window in a few words."""
    windows = [*found.get("earlier", []), *found.get("windows", [])]
    evaluated = [window for window in windows if window["status"] in {"good", "worse"}]
    if not evaluated:
        return "not yet"
    newest = max(evaluated, key=lambda window: str(window["partition"]))
    primary = newest["limits"]["primary"]
    shown = _with_interval(primary, newest["metrics"][primary])
    return f"{newest['partition']} v{newest['version']}: {shown} {newest['status']}"


def _with_interval(name: str, metric: dict[str, float]) -> str:
    show = show_number if METRICS[name].in_unit_of_target else "{:.3f}".format
    return f"{show(metric['value'])} [{show(metric['low'])}, {show(metric['high'])}]"
