"""The section ``monitoring.watchdog`` of ``model.yaml``: for how long what should happen may stay away."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from include.config.base import Count, StrictModel

WatchdogRule = Literal[
    "delivery late",
    "labels late",
    "nothing scored",
    "monitoring did not run",
    "every run skips",
    "champion too old",
    "approval waiting",
    "candidate undecided",
    "alert channel failing",
    "storage nearly full",
    "dag paused",
    "run late",
]
DagKind = Literal["training", "scoring", "monitoring", "retraining", "rollback"]
_Days = Annotated[int, Field(ge=0, le=3660)]
_Hours = Annotated[int, Field(ge=1, le=8760)]


class Watchdog(StrictModel):
    """When the watchdog notifies people that something has not happened.

    :param ignore: the rules that are not applied.
    :param delivery_every: days from one delivery to the next at most; None: as they came before.
    :param delivery_late: days after that for which a delivery may be late.
    :param labels_every: days from one delivery of labels to the next at most; None: as they came before.
    :param labels_late: days after that for which labels may be late.
    :param run_late: hours after its time for which a scheduled run, or what it makes, may be missing.
    :param run_takes: hours that a run may take, without waiting for an approval.
    :param skipped_runs: so many runs of a DAG that skip their work, one after the other, are no accident.
    :param remind_after: hours for which an approval is waited for, before people are reminded and again.
    :param undecided: hours for which a candidate may be without a decision.
    :param paused: hours for which a DAG may be paused.
    :param may_be_paused: kinds of DAGs that may always be.
    :param min_free: share of a disk that has to be free.
    """

    ignore: Annotated[tuple[WatchdogRule, ...], Field(strict=False)] = ()
    delivery_every: Annotated[int, Field(ge=1, le=3660)] | None = None
    delivery_late: _Days = 2
    labels_every: Annotated[int, Field(ge=1, le=3660)] | None = None
    labels_late: _Days = 7
    run_late: _Hours = 6
    run_takes: _Hours = 6
    skipped_runs: Count = 5
    remind_after: _Hours = 24
    undecided: _Hours = 24
    paused: _Hours = 24
    may_be_paused: Annotated[tuple[DagKind, ...], Field(strict=False)] = ()
    min_free: Annotated[float, Field(gt=0, lt=1)] = 0.05
