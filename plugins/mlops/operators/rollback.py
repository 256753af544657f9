"""Roll back to a version that served before, on manual request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.alerting.alert import Alert, Cause
from include.errors import ModelError, StaleDecisionError
from include.promotion.alias_plan import CHAMPION, decision_id
from include.promotion.rollback import check_reason, find_target, rollback_verdict
from mlops import object_keys
from mlops.operators.base import ModelOperator
from mlops.operators.links import ModelVersionLink
from mlops.operators.results import RolledBack
from mlops.run_context import as_of_date, log_url, run_key
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
    from airflow.sdk import Context

    from include.verdicts import Verdict
    from mlops.tracking.ledger import Entry

_CHECK_TAGS = (DATASET, TEST_DIGEST)


class RollbackModelOperator(ModelOperator):
    """Checks that the target reproduces itself, applies the alias plan with one ledger entry, and alerts.

    As in a promotion, the ledger entry is planned before any alias changes. It belongs to the Airflow run,
    which a person triggered: a retry finds the entry, with the target as it was then (``previous_champion``
    may point elsewhere by now), and applies the rest of it; a new run is a new decision. Rolling back to
    ``previous_champion`` twice returns to where it began.

    :param target: an alias, or the number of a version.
    :param reason: why, in the words of who asked for it.
    """

    operator_extra_links = (ModelVersionLink(),)
    ui_color = "#ffe0dc"

    def __init__(self, *, target: str, reason: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.target = target
        self.reason = reason

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the version that serves now, the one that served before, and the aliases.

        :raises ModelError: the target does not exist, or does not repeat its predictions.
        :raises StaleDecisionError: another version became champion meanwhile.
        """
        from mlops.tracking.promotion import apply_promotion

        model, registry, ledger = self.config.name, self.model_registry, self.ledger
        reason, by = check_reason(self.reason), _person(context)
        identifier = decision_id(model, "rollback", context["ti"].run_id)
        entry, aliases = ledger.find(identifier), registry.aliases()
        version = entry.plan[CHAMPION] if entry else find_target(aliases, self.target, model=model)
        left = entry.tags[FROM_VERSION] if entry else aliases[CHAMPION]
        self.link(ModelVersionLink.name, registry.url(version))
        checked = "in an earlier try" if entry else self._check_target(version)
        verdict = rollback_verdict(model, left=left, version=version, reason=reason, by=by, checked=checked)
        if entry is None or not entry.applied:
            self._check_champion(entry, {left, version} if entry else {left})
            tags = {
                VERSION: version,
                TRAINING_KEY: self._training_key(version),
                FROM_VERSION: left,
                FROM_TRAINING_KEY: self._training_key(left),
                BY: by,
                COMMENT: reason,
            }
            apply_promotion(
                registry, ledger, verdict, version,
                identifier=identifier, entry=entry, decided_by=run_key(context), tags=tags,
            )  # fmt: skip
        self._notify(context, verdict, identifier)
        self.log.info("%s", verdict.to_text())
        return RolledBack(
            version=version, from_version=left, aliases=registry.aliases(), decision_id=identifier
        ).to_xcom()

    def _training_key(self, version: str) -> str:
        found = self.model_registry.version(version)
        return found.tags.get(TRAINING_KEY, "") if found else ""

    def _check_target(self, version: str) -> str:
        """Check that a version repeats its predictions for its test set; return what was found.

        :raises ModelError: it does not exist, can't be checked, or failed the check.
        """
        from mlops.tracking.promotion import check_reproducibility, describe_check

        registry = self.model_registry
        found = registry.version(version)
        if found is None:
            raise ModelError(
                f"{registry.model} has no version {version}: it never had, or somebody deleted it. "
                f"Nothing was moved. Choose one of {registry.url(version).rpartition('/')[0]}"
            )
        if missing := [tag for tag in _CHECK_TAGS if not found.tags.get(tag)]:
            raise ModelError(
                f"version {version} can't be checked: it has no tag {' and no tag '.join(missing)}, because "
                f"it was not registered by {registry.model}_training. Nothing was moved. Choose another "
                "target."
            )
        evaluation = object_keys.evaluation(registry.model, str(found.run_id))
        result = check_reproducibility(
            self.mlflow, self.store, self.config, version,
            dataset_key=found.tags[DATASET], test_digest=found.tags[TEST_DIGEST],
            scores_key=f"{evaluation}/scores.parquet",
        )  # fmt: skip
        return describe_check(version, result)

    def _check_champion(self, entry: Entry | None, expected: set[str]) -> None:
        """Make sure that nobody moved the champion meanwhile.

        :raises StaleDecisionError: somebody did.
        """
        serving = self.model_registry.aliases().get(CHAMPION)
        if serving in expected:
            return
        if entry is not None:  # decided, but never to be applied
            self.ledger.record_abandoned(entry)
        raise StaleDecisionError(
            f"version {serving} became champion while this rollback was under way (expected version "
            f"{' or '.join(sorted(expected))}): nothing was moved. Look at the ledger, then trigger it anew."
        )

    def _notify(self, context: Context, verdict: Verdict, identifier: str) -> None:
        model, version, left = self.config.name, verdict.inputs["version"], verdict.inputs["from_version"]
        self.send_alert(
            Alert(
                cause=Cause(model=model, kind="rollback", subject=identifier, event=True),
                subject=f"{model}: rolled back from version {left} to version {version}",
                text=verdict.to_text(),
                effect=f"Version {version} serves now. Version {left} is not promoted again automatically.",
                links={"Model version": self.model_registry.url(version), "Airflow": log_url(context)},
                runbook="rollback",
                as_of=as_of_date(context),
            )
        )


def _person(context: Context) -> str:
    """Return who triggered the run, as far as Airflow knows."""
    return str(getattr(context.get("dag_run"), "triggering_user_name", None) or "an unknown user")
