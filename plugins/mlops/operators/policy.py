"""The policy: what follows from the findings of monitoring."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from include.asset_event import AssetEvent, short_verdict
from mlops.assets import Part
from mlops.defaults import Tag
from mlops.model_asset import model_asset
from mlops.monitoring.policy_state import PolicyStore
from mlops.operators.decision import DecisionOperator
from mlops.operators.links import MlflowRunLink
from mlops.operators.results.data import Extracted
from mlops.operators.results.monitoring import DriftChecked, EvaluatedWindows
from mlops.operators.results.task_input import TaskInput
from mlops.run_context import today

if TYPE_CHECKING:
    from airflow.sdk import Context

    from include.lineage import Manifest
    from include.verdicts import Verdict


class RetrainingPolicyOperator(DecisionOperator):
    """Decides whether to retrain, wait or alert, remembers the decision, and hands on what follows from it.

    The state is written before anything is started, as an intention; whether a retraining was started is
    asked of Airflow, which alone knows (:mod:`include.monitoring.policy.exactly_once`). One task at a time,
    over all runs and backfills: reading, deciding and writing must not overlap.

    It pushes ``verdict``, ``cause`` (of an alert), ``url`` and, with a retraining, ``run_id`` and ``conf``.

    :param as_of: as-of date of the decision (ISO).
    :param extracted: what ``extract`` returned.
    :param drift_checked: what ``drift_check`` returned.
    :param evaluated_windows: what ``performance_check`` returned.
    :param retrain: id of the task to go on with if the champion is to be replaced.
    :param alert: id of the task to go on with if people have to know.
    """

    operator_extra_links = (MlflowRunLink(),)
    ui_color = "#fff5d6"
    extracted = TaskInput(Extracted)
    drift_checked = TaskInput(DriftChecked)
    evaluated_windows = TaskInput(EvaluatedWindows)

    def __init__(
        self, *, as_of: str, extracted: Any, drift_checked: Any, evaluated_windows: Any, retrain: str,
        alert: str, model_folder: str, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(model_folder=model_folder, max_active_tis_per_dag=1, **kwargs)
        self.as_of = as_of
        self.extracted = extracted
        self.drift_checked = drift_checked
        self.evaluated_windows = evaluated_windows
        self.retrain = retrain
        self.alert = alert

    def decide(self, context: Context) -> tuple[Verdict, str | None]:
        """Return the verdict and the task to follow, which is None if there is nothing to do."""
        from include.monitoring.policy.decide_day import NewestDrift, decide_day
        from include.monitoring.policy.inputs import Champion
        from mlops.data.inputs import read_manifest
        from mlops.monitoring.findings import missing_deliveries

        config, found, checked = self.config, self.evaluated_windows, self.drift_checked
        limits, version = config.monitoring.policy, found.champion_version
        state = PolicyStore(context, model_asset(self.model_folder))
        manifest = read_manifest(self.store, self.extracted.manifest_key)
        retraining = f"{config.name}_{Tag.RETRAINING}"
        day = decide_day(
            config,
            as_of=self.as_of,
            champion=Champion(
                version=version, newest_labels=found.newest_labels or "", trained=found.champion_trained
            )
            if version
            else None,
            windows=found.windows,
            newest=NewestDrift(
                partition=checked.partition, decision=checked.decision, version=checked.champion_version
            ),
            remembered=state.drift(version) if version else {},
            missing=missing_deliveries(self.store, manifest, self.extracted.missing),
            new_labels=found.new_labels,
            state=state.read(),
            exists=lambda run_id: context["ti"].get_dr_count(dag_id=retraining, run_ids=[run_id]) > 0,
            today=today(),
        )
        decision = day.decision
        verdict, push = decision.verdict, partial(self.push, context)
        url = self.drift_checked.run_url or ""
        push("url", url)
        self.link(MlflowRunLink.name, url)
        report = self._report(verdict, manifest)
        push("cause", verdict.inputs["cause"] or "")
        if decision.run_id is not None:
            push("run_id", decision.run_id)
            evidence = {"verdict": verdict.to_dict(), "report": report, "url": url}
            push("conf", {"as_of": self.as_of, "evidence": evidence})
        if version and day.drift is not None:
            state.remember_drift(version, day.drift, limits.windows)
        state.write(decision.state)
        event = AssetEvent(
            key=str(context["ti"].run_id), model=config.name, as_of=self.as_of, version=version,
            partition=checked.partition, digests={"manifest": self.extracted.manifest_digest},
            verdict=short_verdict(verdict),
        )  # fmt: skip
        self.tell(context, Part.MONITORING, event, since=context["dag_run"].run_after)
        return verdict, {"retrain": self.retrain, "alert": self.alert}.get(verdict.decision)

    def _report(self, verdict: Verdict, manifest: Manifest) -> str:
        """Write the page on what was found and decided; return its object key."""
        from mlops.data.join_notes import read_join
        from mlops.monitoring.daily_report import write_watch_report

        newest = [ref for ref in manifest.of("features") if ref.partition == self.drift_checked.partition]
        views = self.config.features.views and newest
        key = write_watch_report(
            self.mlflow, self.store, self.config, verdict,
            as_of=self.as_of, drift_checked=self.drift_checked, evaluated=self.evaluated_windows,
            joined=read_join(self.store, self.config.name, newest[0]) if views else None,
        )  # fmt: skip
        self.log.info("The whole report: %s", self.store.resolve(key))
        return key
