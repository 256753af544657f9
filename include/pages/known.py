"""What is known of a model: what tasks have left, and what Airflow has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.pages.columns import NO_COLUMNS
from include.pages.quarantine import NO_QUARANTINE

if TYPE_CHECKING:
    from datetime import datetime

    from include.pages.columns import ColumnDays
    from include.pages.decisions import Decided
    from include.pages.entry import Entry, Place
    from include.pages.quarantine import PageQuarantine


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An entry as it was found.

    :param entry: what it says; None if it can't be read.
    :param written: when; with its time zone.
    :param problem: why it can't be read.
    """

    entry: Entry | None
    written: datetime
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class DagFacts:
    """What Airflow knows of one DAG of a model.

    :param dag_id: its id.
    :param kind: such as ``training``.
    :param paused: whether it is.
    :param next_run: when its next run begins; None if no clock starts it.
    :param on_arrival: whether the arrival of data starts it.
    :param last_state: state of its newest run; empty before the first.
    :param last_run: id of that run.
    :param last_run_at: when it was due.
    """

    dag_id: str
    kind: str
    paused: bool
    next_run: datetime | None = None
    on_arrival: bool = False
    last_state: str = ""
    last_run: str = ""
    last_run_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Approval:
    """A question that waits for somebody.

    :param subject: the question.
    :param since: when it was asked.
    :param place: the task that asks.
    """

    subject: str
    since: datetime
    place: Place


@dataclass(frozen=True, kw_only=True)
class Details:
    """What only a model's own page shows; empty where nothing is known.

    :param decisions: newest first, of all kinds.
    :param columns: how far each column had drifted.
    :param accounts: of promotions: what was promised and delivered, a row of cells each, newest first.
    :param quarantine: deliveries that may not be used.
    """

    decisions: tuple[tuple[str, Decided], ...] = ()
    columns: ColumnDays = NO_COLUMNS
    accounts: tuple[tuple[str, ...], ...] = ()
    quarantine: PageQuarantine = NO_QUARANTINE


NO_DETAILS = Details()
