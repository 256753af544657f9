"""What a performance check leaves in a window's MLflow run: verdict, figures, the error of the estimate."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from include.monitoring.performance.verdict import explain, to_plain
from mlops.monitoring.drift_log import ESTIMATED
from mlops.monitoring.window_run import find_window_run, record

if TYPE_CHECKING:
    from mlflow.entities import Run

    from include.monitoring.performance.record import WindowPerformance
    from mlops.hooks.mlflow import MlflowHook

log = logging.getLogger(__name__)


def log_performance(hook: MlflowHook, window: WindowPerformance, md5: str) -> tuple[Run, bool]:
    """Log the verdict and the figures of a window to its MLflow run, unless they are there already.

    :param hook: the MLflow hook.
    :param window: what was found.
    :param md5: digest of the snapshot that was scored.
    :return: the run, and whether anything was logged now.
    """
    run = find_window_run(hook, window.model, window.version, window.partition, md5)
    verdict = explain(window)
    content = {name: value for name, value in to_plain(window).items() if name != "as_of"}
    news = record(
        hook,
        run,
        "performance",
        content,
        metrics=window.to_metrics(),
        tags={"status": verdict.decision},
        texts={"verdict.md": verdict.to_markdown()},
    )
    if news:
        _compare_with_estimate(hook, run, window)
    return run, news


def _compare_with_estimate(hook: MlflowHook, run: Run, window: WindowPerformance) -> None:
    """Show the realised performance beside the one estimated from predictions alone, and log the error."""
    primary = window.limits.primary
    expected, found = run.data.metrics.get(f"{ESTIMATED}{primary}"), window.metrics.get(primary)
    if expected is None or found is None:
        return
    error = found.value - expected
    hook.log_metrics(run.info.run_id, {f"estimate_error_{primary}": error})
    log.info(
        "%s of %s: %.4f realised, %.4f estimated before the labels came (%+.4f)",
        primary, window.partition, found.value, expected, error,
    )  # fmt: skip
