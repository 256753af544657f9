"""What a drift check leaves: report and picture in the object store, figures in the window's MLflow run."""

from __future__ import annotations

import logging
import tempfile
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from include.monitoring.drift.verdict import write_verdict
from include.monitoring.report.plots import draw_distributions
from include.monitoring.slices.drift import HEAD, group_drift_cells
from include.monitoring.tasks.columns import PREDICTED
from include.names import PREDICTIONS, mlflow_key, shown
from include.reporting.text_table import text_table
from mlops.monitoring.window_run import is_recorded, record
from mlops.tracking.tags import DRIFT_DECISION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow.entities import Run

    from include.evaluation.confidence_interval import ConfidenceInterval
    from include.monitoring.drift.report import ColumnDrift, DriftReport, StatisticResult
    from include.monitoring.histogram.counts import Counts
    from include.monitoring.profile.profile import Profile
    from include.monitoring.slices.drift import GroupDriftReport
    from mlops.hooks.mlflow import MlflowHook
    from mlops.hooks.object_store import ObjectStoreHook

log = logging.getLogger(__name__)

REPORT, PICTURE, GROUPS = "drift.json", "distributions.png", "groups.json"
ESTIMATED = "estimated_"  # before the name of an MLflow metric
_DRAWN = 8  # columns in the picture, the worst first
_LONGEST_TITLE = 40  # characters of a column's name above its plot


def log_drift(
    hook: MlflowHook,
    store: ObjectStoreHook,
    run: Run,
    key: str,
    *,
    profile: Profile,
    counts: Counts,
    report: DriftReport,
    estimated: Mapping[str, ConfidenceInterval],
) -> None:
    """Store a report where the policy and people look for it, unless it stands there already.

    Most days bring no new delivery, and nothing has to be drawn again.

    :param hook: the MLflow hook.
    :param store: the object store.
    :param run: the window's MLflow run.
    :param key: object key of the folder.
    :param profile: the champion's profile.
    :param counts: the delivery, counted in its bins.
    :param report: what was found.
    :param estimated: metrics estimated from the predictions alone.
    """
    content = {**report.to_dict(), "estimated": _estimates(estimated)}
    if renamed := _renamed(report):
        content["metric_names"] = renamed
    kept = store.resolve(f"{key}/{REPORT}")
    if is_recorded(run, "drift", content) and store.exists(kept):
        return
    titles = {column.name: _title(column) for column in report.columns[:_DRAWN]}
    predictions = _title(report.predictions) if report.predictions else None
    with tempfile.TemporaryDirectory(prefix="drift-") as folder:
        picture = Path(folder) / PICTURE
        picture.write_bytes(draw_distributions(profile, counts, titles, predictions=predictions))
        store.upload(picture, store.resolve(f"{key}/{PICTURE}"))
        hook.log_folder(run.info.run_id, Path(folder), "drift")
    store.write_json(kept, report.to_dict())
    hook.set_tags(run.info.run_id, {DRIFT_DECISION: report.decision.value})
    record(
        hook,
        run,
        "drift",
        content,
        metrics=_metrics(report) | _estimates(estimated),
        texts={"verdict.md": write_verdict(report).to_markdown()},
    )


def log_group_drift(
    hook: MlflowHook, store: ObjectStoreHook, run: Run, key: str, report: GroupDriftReport
) -> None:
    """Keep what was found of groups beside the report, and say it in the task log.

    :param hook: the MLflow hook.
    :param store: the object store.
    :param run: the window's MLflow run.
    :param key: object key of the folder.
    :param report: what was found.
    """
    content = report.to_dict()
    if not is_recorded(run, "groups", content) or not store.exists(store.resolve(f"{key}/{GROUPS}")):
        store.write_json(store.resolve(f"{key}/{GROUPS}"), content)
        record(hook, run, "groups", content, metrics={"drifted_groups": float(len(report.drifted))})
    if report.note:
        log.warning("Drift by group: %s", report.note)
    if report.groups:
        log.info("Predictions by group:\n%s", text_table(HEAD, list(group_drift_cells(report))))


def _estimates(estimated: Mapping[str, ConfidenceInterval]) -> dict[str, float]:
    """Return estimated metrics with their intervals as flat MLflow metrics."""
    return {
        f"{ESTIMATED}{name}{end}": number
        for name, one in estimated.items()
        for end, number in (("", one.value), ("_low", one.low), ("_high", one.high))
        if isfinite(number)
    }


def _title(column: ColumnDrift) -> str:
    """Return the line above a column's plot."""
    results = ", ".join(
        f"{one.statistic} {one.effect:.3f} (limit {one.threshold:g})" for one in column.results
    )
    name = column.label if column.name == PREDICTED else shown(column.name, _LONGEST_TITLE)
    return f"{name}: {column.status}\n{results}"


def _keys(column: ColumnDrift) -> dict[str, StatisticResult]:
    """Return the MLflow metric of each statistic of a feature."""
    return {
        mlflow_key(f"drift_{one.statistic}_", column.name, taken=(PREDICTIONS,)): one
        for one in column.results
    }


def _renamed(report: DriftReport) -> dict[str, str]:
    """Return the features whose metrics could not have their name: metric to feature."""
    return {
        key: column.name
        for column in report.columns
        for key in _keys(column)
        if not key.endswith(f"_{column.name}")
    }


def _metrics(report: DriftReport) -> dict[str, float]:
    """Return the figures as flat MLflow metrics."""
    found = {key: one.effect for column in report.columns for key, one in _keys(column).items()}
    if report.predictions is not None:
        for one in report.predictions.results:
            found[f"drift_{one.statistic}_{PREDICTIONS}"] = one.effect
    for column in report.probabilities:
        for one in column.results:
            found[mlflow_key(f"drift_{one.statistic}_", column.label, taken=(PREDICTIONS,))] = one.effect
    found["drifted_columns"] = float(len(report.drifted))
    if report.shift is not None:
        found["prediction_shift"] = report.shift
    return found
