"""Promote the version that passed its gate, once it has reproduced the predictions of its evaluation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from include.errors import StaleDecisionError
from include.verdicts import Verdict
from mlops.operators.base import ModelOperator
from mlops.operators.links import ModelVersionLink
from mlops.run_context import run_key
from mlops.tracking.tags import BY, COMMENT, TRAINING_KEY, VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

    from mlops.hooks.mlflow import MlflowHook
    from mlops.tracking.ledger import Ledger
    from mlops.tracking.model_registry import ModelRegistry


class PromoteModelOperator(ModelOperator):
    """Sets ``challenger``, checks that the version reproduces itself, then applies the alias plan.

    The ledger entry is planned with all targets (which alias goes to which version) before the first alias of
    production changes. After a crash in between, the next try finds that plan and applies the rest of it: the
    targets are absolute, so a step that is applied twice changes nothing. If another champion serves than the
    gate compared with, or if somebody rolled back from the version meanwhile, nothing changes.

    :param model_folder: the folder with ``model.yaml``.
    :param dataset: what ``prepare`` returned.
    :param registered: what ``register`` returned.
    :param evaluated: what ``evaluate`` returned.
    :param verdict: the gate's verdict.
    :param training_key: digest of data, configuration and estimator.
    :param mlflow_conn_id: Airflow connection of MLflow.
    :param object_store_conn_id: Airflow connection of the object store.
    """

    template_fields: Sequence[str] = (
        "model_folder",
        "dataset",
        "registered",
        "evaluated",
        "verdict",
        "training_key",
        "mlflow_conn_id",
        "object_store_conn_id",
    )
    operator_extra_links = (ModelVersionLink(),)
    ui_color = "#e6defa"

    def __init__(
        self,
        *,
        model_folder: str,
        dataset: Any,
        registered: Any,
        evaluated: Any,
        verdict: Any,
        training_key: Any,
        mlflow_conn_id: str = "mlflow_default",
        object_store_conn_id: str = "object_store_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(model_folder=model_folder, **kwargs)
        self.dataset = dataset
        self.registered = registered
        self.evaluated = evaluated
        self.verdict = verdict
        self.training_key = training_key
        self.mlflow_conn_id = mlflow_conn_id
        self.object_store_conn_id = object_store_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the aliases as they are afterwards."""
        from include.promotion.alias_plan import decision_id
        from mlops.hooks.mlflow import MlflowHook
        from mlops.hooks.object_store import ObjectStoreHook
        from mlops.tracking.ledger import Ledger
        from mlops.tracking.model_registry import CHALLENGER, ModelRegistry
        from mlops.tracking.promotion import apply_promotion, check_reproducibility, describe_check

        config = self.config
        version = str(self.registered["version"])
        hook = MlflowHook(self.mlflow_conn_id)
        registry, ledger = ModelRegistry(hook, config.name), Ledger(hook, config.name)
        identifier = decision_id(config.name, "promotion", self.registered["run_id"])
        self.link(ModelVersionLink.name, registry.url(version))
        entry = ledger.find(identifier)
        if entry is not None and entry.applied:
            self.log.info("Version %s was promoted by an earlier try", version)
            return {"version": version, "aliases": registry.aliases(), "decision_id": identifier}
        try:
            approved = self._check_current(hook, registry, ledger, version)
        except StaleDecisionError:
            if entry is not None:  # decided, but never to be applied
                ledger.record_abandoned(entry)
            raise
        if entry is None:
            registry.set_alias(CHALLENGER, version)
            result = check_reproducibility(
                hook, ObjectStoreHook(self.object_store_conn_id), config, version,
                dataset=self.dataset, scores=self.evaluated["scores"],
            )  # fmt: skip
            self.log.info("Reproducibility check: %s", describe_check(version, result))
        verdict = self._promotion(version)
        apply_promotion(
            registry, ledger, verdict, version,
            identifier=identifier, entry=entry, decided_by=run_key(context),
            tags={TRAINING_KEY: self.training_key, VERSION: version, **approved},
        )  # fmt: skip
        self.log.info("%s", verdict.to_text())
        return {"version": version, "aliases": registry.aliases(), "decision_id": identifier}

    def _check_current(
        self, hook: MlflowHook, registry: ModelRegistry, ledger: Ledger, version: str
    ) -> dict[str, str]:
        """Make sure that the decision still holds; return who approved it, and why, where that is asked for.

        :raises StaleDecisionError: another champion serves by now, somebody rolled back from this one, or
            there is no approval.
        """
        from include.promotion.alias_plan import check_current, decision_id
        from include.promotion.approval import check_approved
        from include.promotion.rollback import rolled_back_by

        check_current(registry.aliases(), version, self.evaluated["champion_version"])
        trained = hook.run(self.registered["run_id"]).info.start_time
        forbidden = rolled_back_by(ledger.steps(), key=self.training_key, version=version, since=trained)
        if forbidden:
            raise StaleDecisionError(
                f"version {version}, or one that learned from the very same, was rolled back from by "
                f"decision {forbidden}: nothing was moved, and it is not promoted automatically. To serve "
                f"it nevertheless, trigger {registry.model}_rollback with target {version}, or train "
                "again with force."
            )
        if self.config.approval != "required":
            return {}
        found = ledger.find(decision_id(registry.model, "approval", self.registered["run_id"]))
        check_approved(found.decision if found and found.applied else None, version)
        return {tag: found.tags[tag] for tag in (BY, COMMENT)} if found else {}

    def _promotion(self, version: str) -> Verdict:
        """Return the gate's verdict as the promotion that follows from it."""
        gate = Verdict.from_dict(self.verdict)
        before = self.evaluated["champion_version"]
        return replace(
            gate,
            kind="promotion",
            subject=f"version {version} becomes champion"
            + (f" in place of version {before}" if before else ", the first one"),
        )
