"""The page on one day of monitoring: written where people and the retraining look for it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.monitoring.drift.report import DriftReport
from include.monitoring.performance.record import WindowPerformance
from include.monitoring.policy.missing import MissingDelivery, describe_missing
from include.monitoring.report.page import render_page
from include.monitoring.report.plots import draw_performance
from mlops import object_keys
from mlops.hooks.stored_records import require_record
from mlops.monitoring.drift_log import PICTURE, REPORT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.config.schema import ModelConfig
    from include.verdicts import Verdict
    from mlops.hooks.mlflow import MlflowHook
    from mlops.hooks.object_store import ObjectStoreHook


def write_watch_report(
    hook: MlflowHook,
    store: ObjectStoreHook,
    config: ModelConfig,
    verdict: Verdict,
    *,
    as_of: str,
    drifted: Mapping[str, Any],
    judged: Mapping[str, Any],
) -> str:
    """Write the page to the object store and to the newest window's MLflow run; return its object key.

    :param hook: the MLflow hook.
    :param store: the object store.
    :param config: the model's configuration.
    :param verdict: the policy's decision.
    :param as_of: ISO date that was decided about; deciding about it again writes the page again.
    :param drifted: what ``drift_check`` returned.
    :param judged: what ``performance_check`` returned.
    """
    metric = config.gate.primary
    found = [WindowPerformance.from_dict(one) for one in [*judged["earlier"], *judged["windows"]]]
    windows = sorted(found, key=lambda window: window.partition)
    known = [
        (window.partition, figure.value, figure.low, figure.high)
        for window in windows
        if (figure := window.metrics.get(metric))
    ]
    reference = judged.get("reference")
    with tempfile.TemporaryDirectory(prefix="report-") as folder:
        drift = picture = None
        if found_at := drifted.get("report"):
            drift = require_record(store, f"{found_at}/{REPORT}", DriftReport.from_dict)
            picture = store.local_path(store.resolve(f"{found_at}/{PICTURE}"), Path(folder)).read_bytes()
        page = render_page(
            f"{config.name} as of {as_of}",
            {
                "champion": f"version {drifted.get('champion_version') or 'none'}",
                "newest delivery": str(drifted.get("partition")),
                "rows": f"{drifted.get('rows') or 0:,}",
                "new labels": f"{judged.get('new_labels') or 0:,}",
                "missing": describe_missing(map(MissingDelivery.from_dict, verdict.inputs["missing"]))
                or "nothing",
            },
            verdict,
            drift=drift,
            distributions=picture,
            windows=windows,
            performance=draw_performance(known, metric, reference and reference["interval"]["value"])
            if known
            else None,
            metric=metric,
        )
    key = object_keys.watch_report(config.name, as_of)
    store.write_text(store.resolve(key), page)
    if run_id := drifted.get("run_id"):
        hook.log_text(run_id, page, f"report/{as_of}.html")
    return key
