"""The drift check: does the newest delivery still look like what the champion learned from."""

from __future__ import annotations

from dataclasses import asdict
from math import isfinite
from typing import TYPE_CHECKING, Any

from mlops import object_keys
from mlops.operators.base import ModelOperator
from mlops.operators.links import MlflowRunLink
from mlops.operators.results.data import Extracted
from mlops.operators.results.monitoring import DriftChecked, Interval
from mlops.operators.results.task_input import TaskInput

if TYPE_CHECKING:
    from airflow.sdk import Context

_NAMED = 3  # columns in the short answer


class DriftCheckOperator(ModelOperator):
    """Counts the newest good delivery, and the champion's predictions for it, in the bins of its profile.

    A delivery that breaks its contract does not count. One pass over the delivery; the training data is not
    needed. The report and a picture of both distributions go to the object store and to the window's MLflow
    run; a delivery that was checked before, and has not changed, is not counted again. Drift does not fail
    the task: the policy decides what follows. Without a champion there is nothing to compare with.

    :param extracted: what ``extract`` returned.
    """

    operator_extra_links = (MlflowRunLink(),)
    shown = True
    ui_color = "#fff5d6"
    extracted = TaskInput(Extracted)

    def __init__(self, *, extracted: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.extracted = extracted

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the decision, the columns that drifted most, and where the report is.

        :raises ModelError: the champion was deleted, or has no profile.
        :raises QuarantinedDataError: no delivery is within its contract.
        """
        from include.monitoring.drift.check import check_drift
        from include.monitoring.drift.decision import ColumnStatus
        from include.monitoring.drift.verdict import write_verdict
        from include.monitoring.slices.drift import check_group_drift
        from include.pages.gauges import severities
        from mlops.data.inputs import read_manifest
        from mlops.data.quarantine import without_quarantined
        from mlops.monitoring.drift_log import log_drift, log_group_drift
        from mlops.monitoring.known_drift import DriftMemory
        from mlops.monitoring.newest_delivery import count_delivery, estimate_from_predictions
        from mlops.monitoring.window_run import find_window_run
        from mlops.tracking.champion import find_champion
        from mlops.tracking.champion_profile import read_group_profile, read_importance, read_profile

        config, hook, store = self.config, self.mlflow, self.store
        manifest = without_quarantined(store, config.name, read_manifest(store, self.extracted.manifest_key))
        newest = manifest.of("features")[-1]
        champion = find_champion(hook, config.name)
        self.note(snapshot=newest)
        if champion is None:
            self.log.info("%s has no champion yet: there is nothing to compare with", config.name)
            return self.hand_on(DriftChecked(partition=newest.partition))
        memory = DriftMemory(hook, store, config, champion, newest)
        if known := memory.recall():
            self.link(MlflowRunLink.name, known.result["run_url"])
            self.log.info("%s has not changed since it was checked.\n%s", newest.path, known.verdict)
            return self.hand_on(known.result)
        profile, version = read_profile(hook, champion), str(champion.version)
        counts, delivery, groups = count_delivery(self.data_registry, config, profile, newest, version)
        report = check_drift(
            profile,
            counts,
            config.monitoring.drift,
            importance=read_importance(hook, champion),
            subject=f"{config.name} {newest.partition}",
        )
        run = find_window_run(hook, config.name, version, newest.partition, newest.md5)
        self.link(MlflowRunLink.name, hook.run_url(run))
        estimated = estimate_from_predictions(hook, store, config, champion, delivery)
        key = object_keys.monitoring(config.name, newest.partition, version, newest.md5)
        log_drift(hook, store, run, key, profile=profile, counts=counts, report=report, estimated=estimated)
        if groups is not None and config.monitored_slices:
            before = read_group_profile(hook, champion)
            found = check_group_drift(profile, before, groups, config.monitoring.drift)
            log_group_drift(hook, store, run, key, found)
        verdict = write_verdict(report)
        self.note(verdict=verdict, drift=report, severities=severities(report))
        self.log.info("%s", verdict.to_text())
        columns = (*report.predicted, *report.columns)
        worst = [column.label for column in columns if column.status is ColumnStatus.DRIFTED]
        result = DriftChecked(
            partition=newest.partition,
            decision=report.decision.value,
            champion_version=version,
            worst=", ".join(worst[:_NAMED]),
            rows=report.rows,
            estimated={
                name: Interval(**asdict(one)) for name, one in estimated.items() if isfinite(one.value)
            },
            report_key=key,
            run_id=run.info.run_id,
            run_url=hook.run_url(run),
        ).to_xcom()
        memory.keep(result, verdict.to_text())
        return self.hand_on(result)
