"""The replay's timeline: one line a day, written down as the days are done."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from include.errors import ConfigError
from include.strict_json import to_json

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = ("day", "drift", "AUC expected", "AUC now", "verdict", "retrained", "promoted", "champion")


@dataclass(frozen=True, kw_only=True)
class Day:
    """One line of the timeline.

    :param day: ISO date.
    :param drift: decision of the drift check on the newest delivery, with the worst column.
    :param expected: the newest delivery's AUC, estimated from its predictions alone.
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


def table(timeline: list[Day]) -> str:
    """Return the timeline as a table in Markdown."""
    lines = [tuple(asdict(line).values()) for line in timeline]
    widths = [max(len(str(row[at])) for row in [_HEAD, *lines]) for at in range(len(_HEAD))]
    rule = tuple("-" * width for width in widths)
    return "\n".join(
        "| " + " | ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in [_HEAD, rule, *lines]
    )


def drift(found: dict[str, Any]) -> str:
    """Return what the drift check said in a few words."""
    worst = found.get("worst")
    return f"{found.get('decision', '?')}{f' ({worst})' if worst else ''}"


def expected(found: dict[str, Any]) -> str:
    """Return what the predictions alone say about the newest delivery."""
    metric = found.get("estimated", {}).get("roc_auc")
    if not metric:
        return "?"
    return f"{found['partition'][:7]}: {metric['value']:.3f} [{metric['low']:.3f}, {metric['high']:.3f}]"


def performance(found: dict[str, Any]) -> str:
    """Return the newest evaluated window in a few words."""
    windows = [*found.get("earlier", []), *found.get("windows", [])]
    evaluated = [window for window in windows if window["status"] in {"good", "worse"}]
    if not evaluated:
        return "not yet"
    newest = max(evaluated, key=lambda window: str(window["partition"]))
    metric = newest["metrics"][newest["limits"]["primary"]]
    return (
        f"{newest['partition'][:7]} v{newest['version']}: {metric['value']:.3f} "
        f"[{metric['low']:.3f}, {metric['high']:.3f}] {newest['status']}"
    )
