"""What a monitoring system outside of Airflow hears of a model: figures of the records that the pages show.

Each is a gauge that says when something was, and not how long ago, so that it stays true however long ago it
was sent. A count is the number in the ledger: a counter would begin at 0 in each process. Tags hold the
model, and names from a registry or from ``model.yaml``; a column's name comes from data, may be anything, and
so is made a short word by :func:`tag_of`, for a bounded number of columns.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from include.monitoring.drift.report import DriftReport
    from include.pages.entry import Entry
    from include.pages.moment import Moment

MOST_COLUMNS = 20  # of a model, that have a gauge of their own
PREDICTIONS, OTHERS = "predictions", "others"  # a column of that name is one with a digest
EFFECT = "drift of "  # begins the fact that holds a column's severity
METRIC = "metric"  # the fact that names the primary metric
SERVES, SINCE = "serves", "since"  # the facts that say which version was champion then, and from when on
COUNTS = ("retrainings", "promotions", "rollbacks")  # facts, and gauges

_LONGEST, _KEPT, _DIGEST = 60, 40, 8
_WORD = re.compile(r"[0-9A-Za-z_.\-]+")  # of these Airflow lets StatsD have tags
_LIKE_A_DIGEST = re.compile(rf"-[0-9a-f]{{{_DIGEST}}}$")


@dataclass(frozen=True, kw_only=True)
class Gauge:
    """One figure to send.

    :param name: one of :data:`GAUGES`.
    :param value: the figure.
    :param tags: those of its kind, besides the model.
    """

    name: str
    value: float
    tags: Mapping[str, str] = field(default_factory=dict)


def gauges_of(kind: str, entry: Entry, moves: Sequence[Entry] = ()) -> list[Gauge]:
    """Return what a record of the pages says in gauges; what is unknown or not a number is left out.

    :param kind: what kind of decision the entry is of, or ``scoring``.
    :param entry: the record, with its history.
    :param moves: where it is of scoring, the records of ``promotion``, ``rollback`` and ``gate``, so that
        what is rarely decided is sent as often as deliveries arrive.
    """
    read = _READERS.get(kind)
    return [] if read is None else [one for one in read(entry, moves) if isfinite(one.value)]


def severities(report: DriftReport) -> dict[str, float]:
    """Return how far each column has drifted, in thresholds, under the fact that keeps it.

    The columns that weigh most for the champion have a figure each; they are the same for each delivery, so
    that no figure of an earlier one remains. The furthest of all others is one figure.

    :param report: what the drift check found.
    """
    ranked = sorted(report.columns, key=lambda one: (-(one.importance or 0.0), one.name))
    found = {f"{EFFECT}{tag_of(one.name)}": one.severity for one in ranked[:MOST_COLUMNS]}
    if others := ranked[MOST_COLUMNS:]:
        found[f"{EFFECT}{OTHERS}"] = max(one.severity for one in others)
    if report.predicted:
        found[f"{EFFECT}{PREDICTIONS}"] = max(one.severity for one in report.predicted)
    return found


def tag_of(name: str) -> str:
    """Return a name from data as the value of a tag: a word of 60 characters at most, never that of another.

    A plain word of ASCII stays as it is. Whatever else it is (another alphabet, markup, separators of StatsD,
    control characters, a text of any length) is cleaned, cut, and marked by its sha256.

    :param name: the name.
    """
    plain = len(name) <= _LONGEST and _WORD.fullmatch(name) and not _LIKE_A_DIGEST.search(name)
    if plain and name not in (PREDICTIONS, OTHERS):
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    return f"{re.sub('[^0-9A-Za-z_.]+', '_', name)[:_KEPT]}-{digest}"


def _of_scoring(entry: Entry, moves: Sequence[Entry]) -> Iterator[Gauge]:
    if entry.history:
        newest = entry.history[-1]
        yield Gauge(name="mlops.delivery.newest_timestamp_seconds", value=_midnight(newest.day))
        if "rows" in newest.figures:
            yield Gauge(name="mlops.delivery.rows", value=newest.figures["rows"])
    yield from _champion(entry.facts.get("version"), moves)
    yield from _counts(moves)


def _of_move(entry: Entry, _: Sequence[Entry]) -> Iterator[Gauge]:
    yield from _champion(entry.facts.get(SERVES) or entry.facts.get("version"), [entry])
    yield from _counts([entry])


def _of_gate(entry: Entry, _: Sequence[Entry]) -> Iterator[Gauge]:
    yield from _counts([entry])


def _champion(version: Any, moves: Iterable[Entry]) -> Iterator[Gauge]:
    """Yield which version serves, and since when: by the newest decision that made it champion."""
    if not str(version or "").isdecimal():
        return
    yield Gauge(name="mlops.champion.version", value=float(version))
    since = [
        found
        for one in moves
        if str(one.facts.get(SERVES)) == str(version) and (found := _number(one, SINCE)) is not None
    ]
    if since:
        yield Gauge(name="mlops.champion.since_timestamp_seconds", value=max(since))


def _counts(entries: Sequence[Entry]) -> Iterator[Gauge]:
    """Yield the newest counts: they only ever grow."""
    for name in COUNTS:
        known = [found for one in entries if (found := _number(one, name)) is not None]
        if known:
            yield Gauge(name=f"mlops.ledger.{name}", value=max(known))


def _of_performance(entry: Entry, _: Sequence[Entry]) -> Iterator[Gauge]:
    newest = next((one for one in reversed(entry.history) if "value" in one.figures), None)
    metric = entry.facts.get(METRIC)
    if newest is None or not isinstance(metric, str):
        return
    tags = {"metric": metric}
    yield Gauge(name="mlops.performance.window_timestamp_seconds", value=_midnight(newest.day), tags=tags)
    for name, figure in (
        ("realised", "value"), ("realised_low", "low"), ("realised_high", "high"), ("expected", "expected"),
    ):  # fmt: skip
        if figure in newest.figures:
            yield Gauge(name=f"mlops.performance.{name}", value=newest.figures[figure], tags=tags)


def _of_drift(entry: Entry, _: Sequence[Entry]) -> Iterator[Gauge]:
    for name in entry.facts:
        if name.startswith(EFFECT) and (value := _number(entry, name)) is not None:
            column = name.removeprefix(EFFECT)
            yield Gauge(name="mlops.drift.severity", value=value, tags={"column": column})
    if entry.history:
        yield from _estimated(entry.history[-1])


def _estimated(newest: Moment) -> Iterator[Gauge]:
    for figure, value in newest.figures.items():
        end, _, metric = figure.partition(" ")
        if metric and end in ("value", "low", "high"):
            name = "mlops.performance.estimated" + ("" if end == "value" else f"_{end}")
            yield Gauge(name=name, value=value, tags={"metric": metric})


def _number(entry: Entry, fact: str) -> float | None:
    value = entry.facts.get(fact)
    try:
        return float(value) if isinstance(value, (int, float)) else None
    except OverflowError:  # somebody has edited the entry
        return None


def _midnight(day: str) -> float:
    return datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()


_READERS: dict[str, Any] = {
    "scoring": _of_scoring, "promotion": _of_move, "rollback": _of_move, "gate": _of_gate,
    "performance": _of_performance, "drift": _of_drift,
}  # fmt: skip
