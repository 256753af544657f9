"""Roll back to a version that served before, on manual request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.errors import ModelError, StaleDecisionError
from mlops.operators.base import ModelOperator
from mlops.operators.links import ModelVersionLink
from mlops.run_context import as_of_date, run_key
from mlops.tracking.tags import (
    BY,
    COMMENT,
    DATASET,
    FROM_TRAINING_KEY,
    FROM_VERSION,
    TEST_DIGEST,
    TRAINING_KEY,
    VERSION,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

    from include.config.schema import ModelConfig
    from include.verdicts import Verdict
    from mlops.tracking.ledger import Entry, Ledger
    from mlops.tracking.model_registry import ModelRegistry

_CHECK_TAGS = (DATASET, TEST_DIGEST)


class RollbackModelOperator(ModelOperator):
    """Checks that the target reproduces itself, applies the alias plan with one ledger entry, and alerts.

    As in a promotion, the ledger entry is planned before any alias changes. It belongs to the Airflow run,
    which a person triggered: a retry finds the entry, with the target as it was then (``previous_champion``
    may point elsewhere by now), and applies the rest of it; a new run is a new decision. Rolling back to
    ``previous_champion`` twice returns to where it began.

    :param model_folder: the folder with ``model.yaml``.
    :param target: an alias, or the number of a version.
    :param reason: why, in the words of who asked for it.
    :param mlflow_conn_id: Airflow connection of MLflow.
    :param object_store_conn_id: Airflow connection of the object store.
    """

    template_fields: Sequence[str] = (
        "model_folder", "target", "reason", "mlflow_conn_id", "object_store_conn_id",
    )  # fmt: skip
    operator_extra_links = (ModelVersionLink(),)
    ui_color = "#ffe0dc"

    def __init__(
        self,
        *,
        model_folder: str,
        target: str,
        reason: str,
        mlflow_conn_id: str = "mlflow_default",
        object_store_conn_id: str = "object_store_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(model_folder=model_folder, **kwargs)
        self.target = target
        self.reason = reason
        self.mlflow_conn_id = mlflow_conn_id
        self.object_store_conn_id = object_store_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the version that serves now, the one that served before, and the aliases."""
        from include.promotion.alias_plan import decision_id
        from include.promotion.rollback import check_reason, find_target, rollback_verdict
        from mlops.hooks.mlflow import MlflowHook
        from mlops.tracking.ledger import Ledger
        from mlops.tracking.model_registry import CHAMPION, ModelRegistry

        config, reason, by = self.config, check_reason(self.reason), _person(context)
        hook = MlflowHook(self.mlflow_conn_id)
        registry, ledger = ModelRegistry(hook, config.name), Ledger(hook, config.name)
        identifier = decision_id(config.name, "rollback", context["ti"].run_id)
        entry, aliases = ledger.find(identifier), registry.aliases()
        version = entry.plan[CHAMPION] if entry else find_target(aliases, self.target, model=config.name)
        left = entry.tags[FROM_VERSION] if entry else aliases[CHAMPION]
        self.link(ModelVersionLink.name, registry.url(version))
        checked = "in an earlier try" if entry else self._check_target(registry, config, version)
        verdict = rollback_verdict(
            config.name, left=left, version=version, reason=reason, by=by, checked=checked
        )
        if entry is None or not entry.applied:
            self._check_champion(registry, entry, {left, version} if entry else {left})
            self._apply(registry, ledger, verdict, entry, identifier=identifier, decided_by=run_key(context))
        self._notify(context, config, verdict, registry, identifier)
        self.log.info("%s", verdict.to_text())
        return {
            "version": version,
            "from_version": left,
            "aliases": registry.aliases(),
            "decision_id": identifier,
        }

    def _check_target(self, registry: ModelRegistry, config: ModelConfig, version: str) -> str:
        """Check that a version repeats its predictions for its test set; return what was found.

        :raises ModelError: it does not exist, can't be checked, or failed the check.
        """
        from mlops import object_keys
        from mlops.hooks.object_store import ObjectStoreHook
        from mlops.tracking.promotion import check_reproducibility, describe_check

        found = registry.version(version)
        if found is None:
            raise ModelError(
                f"{config.name} has no version {version}: it never had, or somebody deleted it. Nothing was "
                f"moved. Choose one of {registry.url(version).rpartition('/')[0]}"
            )
        if missing := [tag for tag in _CHECK_TAGS if not found.tags.get(tag)]:
            raise ModelError(
                f"version {version} can't be checked: it has no tag {' and no tag '.join(missing)}, because "
                f"it was not registered by {config.name}_training. Nothing was moved. Choose another target."
            )
        place, digest = (found.tags[tag] for tag in _CHECK_TAGS)
        result = check_reproducibility(
            registry.hook, ObjectStoreHook(self.object_store_conn_id), config, version,
            dataset={"place": place, "test_digest": digest},
            scores=f"{object_keys.evaluation(config.name, str(found.run_id))}/scores.parquet",
        )  # fmt: skip
        return describe_check(version, result)

    @staticmethod
    def _check_champion(registry: ModelRegistry, entry: Entry | None, expected: set[str]) -> None:
        """Make sure that nobody moved the champion meanwhile.

        :raises StaleDecisionError: somebody did.
        """
        from mlops.tracking.ledger import Ledger
        from mlops.tracking.model_registry import CHAMPION

        serving = registry.aliases().get(CHAMPION)
        if serving in expected:
            return
        if entry is not None:  # decided, but never to be applied
            Ledger(registry.hook, registry.model).record_abandoned(entry)
        raise StaleDecisionError(
            f"version {serving} became champion while this rollback was under way (expected version "
            f"{' or '.join(sorted(expected))}): nothing was moved. Look at the ledger, then trigger it anew."
        )

    @staticmethod
    def _apply(
        registry: ModelRegistry,
        ledger: Ledger,
        verdict: Verdict,
        entry: Entry | None,
        *,
        identifier: str,
        decided_by: str,
    ) -> None:
        from mlops.tracking.promotion import apply_promotion

        version, left = verdict.inputs["version"], verdict.inputs["from_version"]
        keys = {
            one: found.tags.get(TRAINING_KEY, "") if (found := registry.version(one)) else ""
            for one in (version, left)
        }
        apply_promotion(
            registry, ledger, verdict, version,
            identifier=identifier, entry=entry, decided_by=decided_by,
            tags={
                VERSION: version,
                TRAINING_KEY: keys[version],
                FROM_VERSION: left,
                FROM_TRAINING_KEY: keys[left],
                BY: verdict.inputs["by"],
                COMMENT: verdict.inputs["reason"],
            },
        )  # fmt: skip

    def _notify(
        self,
        context: Context,
        config: ModelConfig,
        verdict: Verdict,
        registry: ModelRegistry,
        identifier: str,
    ) -> None:
        from include.alerting.alert import Alert, Cause
        from mlops.alerts.send import alert_store, send_alert

        version, left = verdict.inputs["version"], verdict.inputs["from_version"]
        send_alert(
            config,
            Alert(
                cause=Cause(model=config.name, kind="rollback", subject=identifier, event=True),
                subject=f"{config.name}: rolled back from version {left} to version {version}",
                text=verdict.to_text(),
                effect=f"Version {version} serves now. Version {left} is not promoted again automatically.",
                links={
                    "Model version": registry.url(version),
                    "Airflow": str(getattr(context["ti"], "log_url", "")),
                },
                runbook="rollback",
                as_of=as_of_date(context),
            ),
            alert_store(self),
        )


def _person(context: Context) -> str:
    """Return who triggered the run, as far as Airflow knows."""
    return str(getattr(context.get("dag_run"), "triggering_user_name", None) or "an unknown user")
