"""What a drift check leaves: report and picture in the object store, figures in the window's MLflow run."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.evaluation.bootstrap import Estimate
    from include.monitoring.counts import Counts
    from include.monitoring.drift_report import ColumnDrift, DriftReport
    from include.monitoring.profile import Profile
    from mlops.hooks.mlflow import MlflowHook
    from mlops.hooks.object_store import ObjectStoreHook

REPORT, PICTURE = "drift.json", "distributions.png"
ESTIMATED = "estimated_"  # before the name of an MLflow metric
_DRAWN = 8  # columns in the picture, the worst first
_NOT_ALLOWED = re.compile(r"[^/\w.\- :]")  # in the name of an MLflow metric


def log_drift(
    hook: MlflowHook,
    store: ObjectStoreHook,
    run_id: str,
    place: str,
    *,
    profile: Profile,
    counts: Counts,
    report: DriftReport,
    estimated: Mapping[str, Estimate],
) -> None:
    """Store a report where the policy and people look for it.

    :param hook: the MLflow hook.
    :param store: the object store.
    :param run_id: the window's MLflow run.
    :param place: folder in the object store.
    :param profile: the champion's profile.
    :param counts: the delivery, counted in its places.
    :param report: what was found.
    :param estimated: metrics that the predictions alone let expect.
    """
    from include.monitoring.plots import draw_distributions

    titles = {column.name: _title(column) for column in report.columns[:_DRAWN]}
    predictions = _title(report.predictions) if report.predictions else None
    with tempfile.TemporaryDirectory(prefix="drift-") as folder:
        drift = Path(folder) / "drift"
        drift.mkdir()
        picture = drift / PICTURE
        picture.write_bytes(draw_distributions(profile, counts, titles, predictions=predictions))
        (drift / REPORT).write_text(json.dumps(report.to_dict(), indent=1))
        (drift / "verdict.md").write_text(report.verdict().to_markdown())
        hook.log_folder(run_id, drift, "drift")
        store.upload(picture, store.resolve(f"{place}/{PICTURE}"))
    hook.log_metrics(run_id, _metrics(report) | _estimates(estimated))
    hook.set_tags(run_id, {"mlops.drift": report.decision})
    store.write_json(store.resolve(f"{place}/{REPORT}"), report.to_dict())  # last: it says "whole"


def _estimates(estimated: Mapping[str, Estimate]) -> dict[str, float]:
    """Return estimated metrics with their intervals as flat MLflow metrics."""
    return {
        f"{ESTIMATED}{name}{end}": number
        for name, one in estimated.items()
        for end, number in (("", one.value), ("_low", one.low), ("_high", one.high))
    }


def _title(column: ColumnDrift) -> str:
    """Return the line above a column's plot."""
    moves = ", ".join(
        f"{move.statistic} {move.effect:.3f} (limit {move.threshold:g})" for move in column.moves
    )
    return f"{column.name}: {column.status}\n{moves}"


def _metrics(report: DriftReport) -> dict[str, float]:
    """Return the figures as flat MLflow metrics."""
    columns = [*report.columns, *([report.predictions] if report.predictions else [])]
    found = {
        f"drift_{move.statistic}_{_NOT_ALLOWED.sub('_', column.name)}": move.effect
        for column in columns
        for move in column.moves
    }
    found["drifted_columns"] = float(len(report.drifted))
    if report.shift is not None:
        found["prediction_shift"] = report.shift
    return found
