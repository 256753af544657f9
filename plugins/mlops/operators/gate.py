"""The gate: may the candidate serve."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mlops.operators.base import DecisionOperator
from mlops.operators.links import MlflowRunLink
from mlops.run_context import run_key
from mlops.tracking.tags import CANDIDATE_RUN, GATE, TEST_DIGEST, TRAINING_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

    from include.verdicts import Verdict
    from mlops.hooks.mlflow import MlflowHook


class GateModelOperator(DecisionOperator):
    """Applies the gate of ``model.yaml`` to an evaluation and chooses the way on.

    A rejection goes into the ledger under its training key, so that the same data does not train the same
    model again tomorrow. In a dry run the verdict is only shown: nothing is recorded, registered or promoted.

    :param model_folder: the folder with ``model.yaml``.
    :param evaluated: what ``evaluate`` returned.
    :param training_key: digest of data, configuration and estimator.
    :param promote: id of the task to go on with when the candidate may serve.
    :param alert: id of the task to go on with when it may not.
    :param preview: decide, show, and stop (``dry_run`` is a method of every operator).
    :param mlflow_conn_id: Airflow connection of MLflow.
    :param object_store_conn_id: Airflow connection of the object store.
    """

    template_fields: Sequence[str] = (
        "model_folder", "evaluated", "training_key", "promote", "alert", "preview", "mlflow_conn_id",
        "object_store_conn_id",
    )  # fmt: skip
    operator_extra_links = (MlflowRunLink(),)
    ui_color = "#fff5d6"

    def __init__(
        self,
        *,
        model_folder: str,
        evaluated: Any,
        training_key: Any,
        promote: str,
        alert: str,
        preview: bool | str = False,
        mlflow_conn_id: str = "mlflow_default",
        object_store_conn_id: str = "object_store_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(model_folder=model_folder, **kwargs)
        self.evaluated = evaluated
        self.training_key = training_key
        self.promote = promote
        self.alert = alert
        self.preview = preview
        self.mlflow_conn_id = mlflow_conn_id
        self.object_store_conn_id = object_store_conn_id

    def decide(self, context: Context) -> tuple[Verdict, str | None]:
        """Return the verdict and the task to follow, which is None in a dry run."""
        from include.evaluation.record import Evaluation
        from include.promotion import gate
        from mlops.hooks.mlflow import MlflowHook
        from mlops.hooks.object_store import ObjectStoreHook
        from mlops.hooks.stored_records import require_record

        config = self.config
        hook = MlflowHook(self.mlflow_conn_id)
        store = ObjectStoreHook(self.object_store_conn_id)
        evaluation = require_record(store, self.evaluated["evaluation"], Evaluation.from_dict)
        run_id = self.evaluated["run_id"]
        verdict = gate.decide(evaluation, config)
        verdict = replace(verdict, inputs={**verdict.inputs, "candidate_run": run_id})
        hook.log_json(run_id, verdict.to_dict(), "gate/verdict.json")
        hook.log_text(run_id, verdict.to_markdown(), "gate/verdict.md")
        hook.set_tags(run_id, {GATE: verdict.decision, "mlflow.note.content": verdict.to_markdown()})
        self.link(MlflowRunLink.name, self.evaluated["run_url"])
        if verdict.decision == "reject" and str(self.preview) != "True":
            self._remember(hook, verdict, run_key(context))
        if str(self.preview) == "True":
            self.log.info("Dry run: nothing is registered, promoted or kept in the ledger")
            return verdict, None
        return verdict, self.promote if verdict.decision == "promote" else self.alert

    def _remember(self, hook: MlflowHook, verdict: Verdict, decided_by: str) -> None:
        from include.promotion.alias_plan import decision_id
        from mlops.tracking.ledger import Ledger

        model = self.config.name
        ledger = Ledger(hook, model)
        entry = ledger.record_planned(
            decision_id(model, "rejection", self.evaluated["run_id"]),
            verdict,
            plan={},
            decided_by=decided_by,
            tags={
                TRAINING_KEY: self.training_key,
                CANDIDATE_RUN: self.evaluated["run_id"],
                TEST_DIGEST: self.evaluated["test_digest"],
            },
        )
        ledger.record_applied(entry, verdict)
