"""What the tasks that score, watch and tell people hand on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mlops.operators.results.base import TaskResult


@dataclass(frozen=True, kw_only=True)
class Scored(TaskResult):
    """The champion's predictions for the newest delivery, from ``score``.

    :param partition: the delivery's partition.
    :param version: the version that scored it.
    :param object_key: object key of the predictions.
    :param rows: rows scored.
    :param md5: digest of the snapshot that was scored.
    :param mean_score: mean of the scores; None without rows.
    """

    partition: str
    version: str
    object_key: str
    rows: int
    md5: str
    mean_score: float | None


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A figure with its confidence interval, as it is shown.

    :param value: the figure.
    :param low: lower end; None where there is no interval.
    :param high: upper end.
    :param note: why there is no interval; empty where there is one.
    """

    value: float
    low: float | None
    high: float | None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class DriftChecked(TaskResult):
    """What became of the newest good delivery in the drift check, from ``drift_check``.

    :param partition: the delivery's partition.
    :param decision: the decision; None without a champion to compare with, as all that follows.
    :param champion_version: the champion.
    :param worst: the first columns that drifted, as people read them; empty when none did.
    :param rows: rows of the delivery.
    :param estimated: performance estimated from the predictions alone: metric to interval.
    :param report_key: the folder of the report in the object store.
    :param run_id: the window's MLflow run.
    :param run_url: its page.
    """

    partition: str
    decision: str | None = None
    champion_version: str | None = None
    worst: str = ""
    rows: int = 0
    estimated: dict[str, Interval] = field(default_factory=dict)
    report_key: str | None = None
    run_id: str | None = None
    run_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class EvaluatedWindows(TaskResult):
    """The champion's performance in the newest windows, from ``performance_check``.

    :param windows: the champion in each window, oldest first, as ``WindowPerformance.to_dict`` gives it.
    :param earlier: the same of earlier versions, for windows that the champion has not scored.
    :param new_labels: labelled rows that the champion has not learned from.
    :param champion_version: the champion; None without one.
    :param newest_labels: the newest partition whose labels it has learned from.
    :param reference: what it reached before its promotion, as ``Reference.to_dict`` gives it.
    :param champion_trained: as-of date of the champion's training (ISO); empty where it was not recorded.
    """

    windows: tuple[dict[str, Any], ...]
    earlier: tuple[dict[str, Any], ...]
    new_labels: int
    champion_version: str | None
    newest_labels: str | None
    reference: dict[str, Any] | None
    champion_trained: str = ""


@dataclass(frozen=True, kw_only=True)
class Watched(TaskResult):
    """What has not happened to a model, from a task of the watchdog.

    :param silent: how many things.
    :param notified: of how many people were notified now.
    :param unwatched: rule to why it could not be applied.
    """

    silent: int
    notified: int
    unwatched: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Alerted(TaskResult):
    """An alert, from ``alert``.

    :param cause: digest of its cause.
    :param notified: whether people were notified now.
    """

    cause: str
    notified: bool


@dataclass(frozen=True, kw_only=True)
class EvidenceShown(TaskResult):
    """Why a retraining was started, from ``show_evidence``.

    :param reason: in one sentence.
    :param report_key: object key of monitoring's report; None when it was started by hand.
    """

    reason: str
    report_key: str | None = None
