"""The performance check: the champion's predictions against the labels that have become known since."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops.operators.base import ModelOperator
from mlops.operators.links import MlflowRunLink
from mlops.operators.results.data import Extracted
from mlops.operators.results.monitoring import EvaluatedWindows
from mlops.operators.results.task_input import TaskInput

if TYPE_CHECKING:
    from airflow.sdk import Context

    from include.monitoring.performance.record import WindowPerformance
    from include.verdicts import Verdict


class PerformanceCheckOperator(ModelOperator):
    """Evaluates the newest windows: as many as the policy looks at, and those whose labels are not due yet.

    A window that the champion has not scored counts as ``no predictions``: it says nothing about it. If an
    earlier version scored it, that one is evaluated too, for people and for MLflow, and listed apart. A
    delivery that broke its contract is left out. A bad result is not a failure: the task succeeds, and the
    policy decides.

    :param as_of: as-of date (ISO); labels delivered after it do not exist for this run.
    :param extracted: what ``extract`` returned.
    """

    operator_extra_links = (MlflowRunLink(),)
    shown = True
    ui_color = "#fff5d6"
    extracted = TaskInput(Extracted)

    def __init__(self, *, as_of: str, extracted: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.as_of = as_of
        self.extracted = extracted

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the windows, oldest first, and how many labels the champion has not learned from.

        :raises DataError: labels of one delivery contradict each other, or predictions are damaged.
        :raises ModelError: the champion was deleted.
        :raises QuarantinedDataError: no delivery is within its contract.
        """
        from include.monitoring.performance.verdict import explain, to_plain, to_table
        from mlops.data.inputs import read_manifest
        from mlops.data.quarantine import without_quarantined
        from mlops.monitoring.evaluate_windows import WindowEvaluator
        from mlops.monitoring.performance_log import log_performance
        from mlops.monitoring.run_data import RunData
        from mlops.tracking.champion import find_champion
        from mlops.tracking.tags import AS_OF_DATE

        config, hook, store = self.config, self.mlflow, self.store
        manifest = without_quarantined(store, config.name, read_manifest(store, self.extracted.manifest_key))
        self.note(manifest=manifest)
        champion = find_champion(hook, config.name)
        with tempfile.TemporaryDirectory(prefix="performance-") as folder:
            run_data = RunData(
                config=config,
                hook=hook,
                registry=self.data_registry,
                manifest=manifest,
                as_of=self.as_of,
                scratch=Path(folder),
            )
            found = WindowEvaluator(run_data).evaluate(champion)
        verdicts: list[Verdict] = []
        for one in (*found.earlier, *found.windows):
            if one.md5 is not None:
                run, news = log_performance(hook, one.performance, one.md5)
                self.link(MlflowRunLink.name, hook.run_url(run))
                verdicts.append(explain(one.performance))
                if news:
                    self.log.info("%s", verdicts[-1].to_text())
        self.note(verdicts=verdicts)
        if champion is None:
            self.log.info("No champion yet: nothing to evaluate. %s_training makes one", config.name)
        self.log.info("%d labelled rows that the champion has not learned from", found.new_labels)
        self._look_at_groups(context, [one.performance for one in found.windows])
        windows = sorted((*found.earlier, *found.windows), key=lambda one: one.performance.partition)
        self.log.info("%s", to_table([one.performance for one in windows]))
        reference = found.champion.reference if found.champion else None
        return self.hand_on(
            EvaluatedWindows(
                windows=tuple(to_plain(one.performance) for one in found.windows),
                earlier=tuple(to_plain(one.performance) for one in found.earlier),
                new_labels=found.new_labels,
                champion_version=found.champion.version if found.champion else None,
                newest_labels=found.champion.newest_labels if found.champion else None,
                reference=reference.to_dict() if reference else None,
                champion_trained=champion.tags.get(AS_OF_DATE, "") if champion else "",
            )
        )

    def _look_at_groups(self, context: Context, windows: list[WindowPerformance]) -> None:
        """Show the groups of the newest evaluated window, and warn of one that lost while the whole holds.

        A window that is worse as a whole is evidence already, and its groups add nothing to that.
        """
        from include.alerting.compose import alert_about_verdict
        from include.monitoring.performance.rules import find_status
        from include.monitoring.performance.slice_verdict import KIND, to_group_table, warn_of_groups
        from include.monitoring.performance.status import PerformanceStatus
        from mlops.alerts.send import resolve_alerts
        from mlops.run_context import log_url

        newest = next((one for one in reversed(windows) if one.slices is not None), None)
        if newest is None:
            return
        self.log.info("Groups in %s:\n%s", newest.partition, to_group_table(newest))
        warning = warn_of_groups(newest) if find_status(newest) is PerformanceStatus.GOOD else None
        if warning is None:
            resolve_alerts(
                self.config,
                lambda known: known.kind.startswith(KIND) and self.as_of >= known.as_of,
                self.store,
            )
            return
        self.log.warning("%s", warning.to_text())
        alert = alert_about_verdict(
            self.config.name, warning, subject="", report="", log=log_url(context), as_of=self.as_of
        )
        self.send_alert(alert)
