"""Roll back to a version that served before: on manual request, after probation, or after a smoke test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.alerting.alert import Alert, Cause
from include.asset_event import AssetEvent, short_verdict
from include.promotion.alias_plan import CHAMPION, decision_id
from include.promotion.rollback import check_only_from, check_reason, find_target, rollback_verdict
from mlops.assets import Part
from mlops.operators.base import ModelOperator
from mlops.operators.links import ModelVersionLink
from mlops.operators.results.decisions import RolledBack
from mlops.run_context import PROBATION_RUN, SMOKE_RUN, as_of_date, log_url, person, run_key
from mlops.tracking.tags import BY, COMMENT, FROM_TRAINING_KEY, FROM_VERSION, TRAINING_KEY, VERSION

if TYPE_CHECKING:
    from airflow.sdk import Context

    from include.verdicts import Verdict


class RollbackModelOperator(ModelOperator):
    """Checks that the target reproduces itself, applies the alias plan with one ledger entry, and alerts.

    As in a promotion, the ledger entry is planned before any alias changes. It belongs to the Airflow run,
    which a person, probation or a smoke test triggered: a retry finds the entry, with the target as it was
    then (``previous_champion`` may point elsewhere by now), and applies the rest of it; a new run is a new
    decision. Rolling back to ``previous_champion`` twice returns to where it began.

    :param target: an alias, or the number of a version.
    :param reason: why, in the words of who asked for it.
    :param only_from: the version that must be champion, or nothing is rolled back; empty for any.
    """

    operator_extra_links = (ModelVersionLink(),)
    shown = True
    ui_color = "#ffe0dc"

    def __init__(self, *, target: str, reason: str, only_from: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.target = target
        self.reason = reason
        self.only_from = only_from

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the version that serves now, the one that served before, and the aliases.

        :raises ConfigError: the target does not exist.
        :raises ModelError: it does not repeat its predictions.
        :raises StaleDecisionError: another version became champion meanwhile.
        """
        from mlops.tracking.promotion import apply_promotion
        from mlops.tracking.rollback import check_champion, check_target, training_key_of
        from mlops.tracking.version_digests import version_digests

        model, registry, ledger = self.config.name, self.model_registry, self.ledger
        reason, by = check_reason(self.reason), _person(context)
        identifier = decision_id(model, "rollback", context["ti"].run_id)
        entry, aliases = ledger.find(identifier), registry.aliases()
        version = entry.plan[CHAMPION] if entry else find_target(aliases, self.target, model=model)
        left = entry.tags[FROM_VERSION] if entry else aliases[CHAMPION]
        if entry is None:
            check_only_from(left, self.only_from)
        self.link(ModelVersionLink.name, registry.url(version))
        checked = "in an earlier try" if entry else check_target(registry, self.store, self.config, version)
        verdict = rollback_verdict(model, left=left, version=version, reason=reason, by=by, checked=checked)
        self.note(verdict=verdict)
        if entry is None or not entry.applied:
            check_champion(registry, ledger, entry, {left, version} if entry else {left})
            tags = {
                VERSION: version,
                TRAINING_KEY: training_key_of(registry, version),
                FROM_VERSION: left,
                FROM_TRAINING_KEY: training_key_of(registry, left),
                BY: by,
                COMMENT: reason,
            }
            apply_promotion(
                registry, ledger, verdict, version,
                identifier=identifier, entry=entry, decided_by=run_key(context), tags=tags,
            )  # fmt: skip
        self.note_tally()
        self._notify(context, verdict, identifier)
        serving = registry.version(version)
        self.note(serving=serving)
        event = AssetEvent(
            key=identifier, model=model, as_of=as_of_date(context), by="rollback", version=version,
            from_version=left, digests=version_digests(serving),
            verdict=short_verdict(verdict),
        )  # fmt: skip
        self.tell(context, Part.CHAMPION, event, since=context["dag_run"].run_after)
        self.log.info("%s", verdict.to_text())
        return self.hand_on(
            RolledBack(version=version, from_version=left, aliases=registry.aliases(), decision_id=identifier)
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
    for begins, by in ((PROBATION_RUN, "probation"), (SMOKE_RUN, "a failed smoke test")):
        if str(context["ti"].run_id).startswith(begins):
            return by
    return person(context)
