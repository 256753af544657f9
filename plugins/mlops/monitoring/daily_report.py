"""The page on one day of monitoring, for people and the retraining, and its record, for programs."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from include.monitoring.drift.report import DriftReport
from include.monitoring.performance.record import WindowPerformance
from include.monitoring.policy.missing import MissingDelivery, describe_missing
from include.monitoring.report.day_record import DayRecord
from include.monitoring.report.page import render_page
from include.monitoring.report.plots import draw_performance
from include.monitoring.report.views import HEAD as VIEWS_HEAD
from include.monitoring.report.views import view_cells
from include.monitoring.slices.drift import GroupDriftReport
from include.promotion.probation.plot import draw_accounts
from include.promotion.probation.report import HEADS, account_cells
from mlops import object_keys
from mlops.hooks.stored_records import read_record, require_record
from mlops.monitoring.drift_log import GROUPS, PICTURE, REPORT
from mlops.tracking.accounts import read_accounts
from mlops.tracking.ledger import Ledger

if TYPE_CHECKING:
    from include.config.schema import ModelConfig
    from include.data.views.record import JoinRecord
    from include.verdicts import Verdict
    from mlops.hooks.mlflow import MlflowHook
    from mlops.hooks.object_store import ObjectStoreHook

_PROMOTIONS = 12  # the newest ones, on the page


class DriftFindings(Protocol):
    """What the page says of the drift check."""

    @property
    def partition(self) -> str:
        """The newest delivery."""

    @property
    def champion_version(self) -> str | None:
        """The champion; None without one."""

    @property
    def decision(self) -> str | None:
        """The decision; None without a champion."""

    @property
    def rows(self) -> int:
        """Rows of the delivery."""

    @property
    def report_key(self) -> str | None:
        """The folder of the report in the object store; None where there is none."""

    @property
    def run_id(self) -> str | None:
        """The window's MLflow run."""


class WindowFindings(Protocol):
    """What the page says of the performance check."""

    @property
    def windows(self) -> tuple[dict[str, Any], ...]:
        """The champion in each window, as ``WindowPerformance.to_dict`` gives it."""

    @property
    def earlier(self) -> tuple[dict[str, Any], ...]:
        """The same of earlier versions."""

    @property
    def new_labels(self) -> int:
        """Labelled rows that the champion has not learned from."""

    @property
    def reference(self) -> dict[str, Any] | None:
        """What the champion reached before its promotion."""


def write_watch_report(
    hook: MlflowHook,
    store: ObjectStoreHook,
    config: ModelConfig,
    verdict: Verdict,
    *,
    as_of: str,
    drift_checked: DriftFindings,
    evaluated: WindowFindings,
    joined: JoinRecord | None = None,
) -> str:
    """Write the page to the object store and to the newest window's MLflow run; return its object key.

    :param hook: the MLflow hook.
    :param store: the object store.
    :param config: the model's configuration.
    :param verdict: the policy's decision.
    :param as_of: ISO date that was decided about; deciding about it again writes the page again.
    :param drift_checked: what ``drift_check`` returned.
    :param evaluated: what ``performance_check`` returned.
    :param joined: what the newest delivery was joined with; None for a model without views.
    """
    metric = config.gate.primary
    found = [WindowPerformance.from_dict(one) for one in [*evaluated.earlier, *evaluated.windows]]
    windows = sorted(found, key=lambda window: window.partition)
    known = [
        (window.partition, figure.value, figure.low, figure.high)
        for window in windows
        if (figure := window.metrics.get(metric))
    ]
    reference = evaluated.reference
    # Without a champion there is no run to log the page to, and no promotion to account for.
    promotions = read_accounts(Ledger(hook, config.name).entries()) if drift_checked.run_id else []
    accounts = [one for one in promotions if one.displaced][:_PROMOTIONS]
    with tempfile.TemporaryDirectory(prefix="report-") as folder:
        drift = picture = groups = None
        if found_at := drift_checked.report_key:
            drift = require_record(store, f"{found_at}/{REPORT}", DriftReport.from_dict)
            groups = read_record(store, f"{found_at}/{GROUPS}", GroupDriftReport.from_dict)
            picture = store.local_path(store.resolve(f"{found_at}/{PICTURE}"), Path(folder)).read_bytes()
        page = render_page(
            f"{config.name} as of {as_of}",
            {
                "champion": f"version {drift_checked.champion_version or 'none'}",
                "newest delivery": drift_checked.partition,
                "rows": f"{drift_checked.rows:,}",
                "new labels": f"{evaluated.new_labels:,}",
                "missing": describe_missing(map(MissingDelivery.from_dict, verdict.inputs["missing"]))
                or "nothing",
            },
            verdict,
            drift=drift,
            distributions=picture,
            windows=windows,
            performance=draw_performance(known, metric, reference["interval"]["value"] if reference else None)
            if known
            else None,
            metric=metric,
            groups=groups,
            accounts=[HEADS, *map(account_cells, accounts)] if accounts else (),
            promises=draw_accounts(accounts),
            views=[VIEWS_HEAD, *view_cells(joined, drift)] if joined else (),
        )
    key = object_keys.watch_report(config.name, as_of)
    store.write_text(store.resolve(key), page)
    _keep_record(store, config, verdict, as_of=as_of, drift_checked=drift_checked, evaluated=evaluated)
    if run_id := drift_checked.run_id:
        hook.log_text(run_id, page, f"report/{as_of}.html")
    return key


def _keep_record(
    store: ObjectStoreHook,
    config: ModelConfig,
    verdict: Verdict,
    *,
    as_of: str,
    drift_checked: DriftFindings,
    evaluated: WindowFindings,
) -> None:
    """Keep the day for programs; a later look at a day that was decided about does not replace what was."""
    record = DayRecord(
        model=config.name,
        as_of=as_of,
        champion=drift_checked.champion_version,
        partition=drift_checked.partition,
        drift=drift_checked.decision,
        statuses={window["partition"]: window["status"] for window in evaluated.windows},
        new_labels=evaluated.new_labels,
        verdict=verdict,
    )
    path = store.resolve(object_keys.watch_record(config.name, as_of))
    if not (record.in_the_past and store.exists(path)):
        store.write_json(path, record.to_dict())
