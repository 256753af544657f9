"""The policy: what follows from what was found."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from mlops.monitoring.policy_state import PolicyStore, model_asset
from mlops.operators.base import DecisionOperator
from mlops.operators.links import MlflowRunLink
from mlops.run_context import today

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

    from include.monitoring.drift.decision import DriftDecision
    from include.monitoring.policy.decide import Decision
    from include.monitoring.policy.inputs import WindowFinding
    from include.monitoring.policy.missing import MissingDelivery
    from include.verdicts import Verdict


class RetrainingPolicyOperator(DecisionOperator):
    """Decides whether to retrain, wait or alert, remembers it, and hands the retraining on.

    The state is written before anything is started, as an intention; whether a retraining was started is
    asked of Airflow, which alone knows (:mod:`include.monitoring.policy.exactly_once`). One task at a time,
    over all runs and backfills: reading, deciding and writing must not overlap.

    It pushes ``verdict``, ``cause`` (of an alert), ``url`` and, with a retraining, ``run_id`` and ``conf``.

    :param model_folder: the folder with ``model.yaml``.
    :param as_of: as-of date of the decision (ISO).
    :param extracted: what ``extract`` returned.
    :param drifted: what ``drift_check`` returned.
    :param judged: what ``performance_check`` returned.
    :param retrain: id of the task to go on with when the champion is to be replaced.
    :param alert: id of the task to go on with when people have to know.
    :param mlflow_conn_id: Airflow connection of MLflow.
    :param object_store_conn_id: Airflow connection of the object store.
    """

    template_fields: Sequence[str] = (
        "model_folder", "as_of", "extracted", "drifted", "judged", "retrain", "alert", "mlflow_conn_id",
        "object_store_conn_id",
    )  # fmt: skip
    operator_extra_links = (MlflowRunLink(),)
    ui_color = "#fff5d6"

    def __init__(
        self,
        *,
        model_folder: str,
        as_of: str,
        extracted: Any,
        drifted: Any,
        judged: Any,
        retrain: str,
        alert: str,
        mlflow_conn_id: str = "mlflow_default",
        object_store_conn_id: str = "object_store_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            model_folder=model_folder,
            inlets=[model_asset(model_folder)],
            max_active_tis_per_dag=1,
            **kwargs,
        )
        self.as_of = as_of
        self.extracted = extracted
        self.drifted = drifted
        self.judged = judged
        self.retrain = retrain
        self.alert = alert
        self.mlflow_conn_id = mlflow_conn_id
        self.object_store_conn_id = object_store_conn_id

    def decide(self, context: Context) -> tuple[Verdict, str | None]:
        """Return the verdict and the task to follow, which is None when there is nothing to do."""
        from include.monitoring.policy.decide import decide
        from include.monitoring.policy.exactly_once import decide_once
        from include.monitoring.policy.inputs import Champion
        from mlops.defaults import Tag

        config = self.config
        limits, version = config.monitoring.policy, self.judged["champion_version"]
        store = PolicyStore(context, model_asset(self.model_folder))
        drift = self._drift(store, version)
        missing = self._missing()
        make = partial(
            decide,
            self._findings(drift, missing),
            model=config.name,
            champion=Champion(version=version, newest_labels=self.judged["newest_labels"] or "")
            if version
            else None,
            as_of=self.as_of,
            new_labels=self.judged["new_labels"],
            limits=limits,
            missing=missing,
            today=today(),
        )
        retraining = f"{config.name}_{Tag.RETRAINING}"
        decision = decide_once(
            lambda state: make(state=state),
            store.read(),
            lambda run_id: context["ti"].get_dr_count(dag_id=retraining, run_ids=[run_id]) > 0,
        )
        self._hand_on(context, decision)
        if version and decision.state.watermark == self.as_of:
            store.remember_drift(version, drift, limits.windows)
        store.write(decision.state)
        ways = {"retrain": self.retrain, "alert": self.alert}
        return decision.verdict, ways.get(decision.verdict.decision)

    def _drift(self, store: PolicyStore, version: str | None) -> dict[str, DriftDecision]:
        """Return what the drift check found against the champion, today and before: partition to decision."""
        from include.monitoring.drift.decision import rename_decision

        if version is None:
            return {}
        known = store.drift(version)
        if self.drifted["decision"] is not None and self.drifted["champion_version"] == version:
            known[self.drifted["partition"]] = rename_decision(self.drifted["decision"])
        return known

    def _findings(
        self, drift: dict[str, DriftDecision], missing: list[MissingDelivery]
    ) -> list[WindowFinding]:
        """Return what was found, window by window."""
        from include.monitoring.policy.inputs import WindowFinding

        performance = {window["partition"]: window["status"] for window in self.judged["windows"]}
        bad = {one.partition for one in missing if one.table == "features" and one.blocks}
        return [
            WindowFinding(
                partition=partition,
                drift=drift.get(partition),
                performance=performance.get(partition),
                bad_data=partition in bad,
            )
            for partition in sorted({*performance, *drift, *bad})
        ]

    def _missing(self) -> list[MissingDelivery]:
        """Return what was not looked at: unreadable or gone for ``extract``, or quarantined by anybody."""
        from include.monitoring.policy.missing import BROKEN, MissingDelivery
        from mlops.data.inputs import read_manifest
        from mlops.data.quarantine import quarantined
        from mlops.hooks.object_store import ObjectStoreHook

        store = ObjectStoreHook(self.object_store_conn_id)
        manifest = read_manifest(store, self.extracted)
        broken = [
            MissingDelivery(
                table=ref.table, partition=ref.partition, reason=BROKEN, detail=str(mark.get("summary", ""))
            )
            for ref, mark in quarantined(store, self.config.name, manifest.snapshots)
        ]
        return broken + [MissingDelivery.from_dict(one) for one in self.extracted.get("missing", [])]

    def _hand_on(self, context: Context, decision: Decision) -> None:
        """Push what the tasks that follow need."""
        verdict, push = decision.verdict, partial(self.push, context)
        url = str(self.drifted.get("run_url") or "")
        push("url", url)
        self.link(MlflowRunLink.name, url)
        report = self._report(verdict)
        push("cause", verdict.inputs["cause"] or "")
        if decision.run_id is not None:
            evidence = {"verdict": verdict.to_dict(), "report": report, "url": url}
            push("run_id", decision.run_id)
            push("conf", {"as_of": self.as_of, "evidence": evidence})

    def _report(self, verdict: Verdict) -> str:
        """Write the page on what was found and decided; return its place."""
        from mlops.hooks.mlflow import MlflowHook
        from mlops.hooks.object_store import ObjectStoreHook
        from mlops.monitoring.daily_report import write_watch_report

        store = ObjectStoreHook(self.object_store_conn_id)
        place = write_watch_report(
            MlflowHook(self.mlflow_conn_id), store, self.config, verdict,
            as_of=self.as_of, drifted=self.drifted, judged=self.judged,
        )  # fmt: skip
        self.log.info("The whole report: %s", store.resolve(place))
        return place
