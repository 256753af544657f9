"""Promote the version that passed its gate, once it has reproduced the predictions of its evaluation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from include.asset_event import AssetEvent, short_verdict
from include.errors import ModelError, StaleDecisionError
from include.promotion.alias_plan import CHALLENGER, CHAMPION, decision_id
from include.verdicts import Verdict
from mlops.assets import Part, moment
from mlops.operators.base import ModelOperator
from mlops.operators.links import ModelVersionLink
from mlops.operators.results.data import Prepared
from mlops.operators.results.decisions import Promoted
from mlops.operators.results.task_input import TaskInput
from mlops.operators.results.training import Evaluated, Registered
from mlops.run_context import requested_by, run_key
from mlops.tracking.tags import BY, EVALUATION, TRAINING_KEY, VERSION

if TYPE_CHECKING:
    from airflow.sdk import Context
    from mlflow.entities.model_registry import ModelVersion

CANDIDATE, CHALLENGER_SCORES = "candidate", "challenger"  # columns of include.evaluation.scores_file


class PromoteModelOperator(ModelOperator):
    """Sets ``challenger``, checks that the version reproduces itself, then applies the alias plan.

    The ledger entry is planned with all targets (which alias goes to which version) before the first alias of
    production changes. After a crash in between, the next try finds that plan and applies the rest of it: the
    targets are absolute, so a step that is applied twice changes nothing. If another champion serves than the
    gate compared with, or if somebody rolled back from the version meanwhile, nothing changes.

    :param dataset: what ``prepare`` returned.
    :param registered: what ``register`` returned.
    :param evaluated: what ``evaluate`` returned.
    :param verdict: the gate's verdict.
    :param training_key: digest of data, configuration and estimator.
    """

    operator_extra_links = (ModelVersionLink(),)
    shown = True
    ui_color = "#e6defa"
    dataset = TaskInput(Prepared)
    registered = TaskInput(Registered)
    evaluated = TaskInput(Evaluated)
    verdict = TaskInput(Verdict, Verdict.from_dict)

    def __init__(
        self, *, dataset: Any, registered: Any, evaluated: Any, verdict: Any, training_key: Any, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.dataset = dataset
        self.registered = registered
        self.evaluated = evaluated
        self.verdict = verdict
        self.training_key = training_key

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the aliases as they are afterwards.

        :raises ModelError: the version does not repeat its predictions.
        :raises StaleDecisionError: the decision no longer holds.
        """
        from mlops.tracking.promises import add_promise
        from mlops.tracking.promotion import (
            apply_promotion,
            check_reproducibility,
            check_still_holds,
            describe_check,
        )

        config, registry, ledger, version = (
            self.config, self.model_registry, self.ledger, self.registered.version,
        )  # fmt: skip
        identifier, by = decision_id(config.name, "promotion", self.registered.run_id), requested_by(context)
        key, asked = self.registered.training_key or self.training_key, {BY: by} if by else {}
        self.link(ModelVersionLink.name, registry.url(version))
        entry = ledger.find(identifier)
        if entry is None or not entry.applied:
            try:
                approved = check_still_holds(
                    registry, ledger, version,
                    run_id=self.registered.run_id, champion=self.evaluated.champion_version,
                    training_key=key, approval=config.approval == "required",
                )  # fmt: skip
            except StaleDecisionError:
                if entry is not None:  # decided, but never to be applied
                    ledger.record_abandoned(entry)
                raise
            if entry is None:
                registry.set_alias(CHALLENGER, version)
                found = check_reproducibility(
                    self.mlflow, self.store, config, version,
                    dataset_key=self.dataset.object_key, test_digest=self.dataset.test_digest,
                    scores_key=self.evaluated.scores_key, column=self._column(),
                )  # fmt: skip
                self.log.info("Reproducibility check: %s", describe_check(version, found))
            verdict, promised = add_promise(
                self._promotion(by), self.store, config, evaluated=self.evaluated,
                evaluation_key=self._evaluation_key(), dataset_key=self.dataset.object_key,
                as_of=self.dataset.as_of,
            )  # fmt: skip
            self.note(verdict=verdict)
            apply_promotion(
                registry, ledger, verdict, version,
                identifier=identifier, entry=entry, decided_by=run_key(context),
                tags={TRAINING_KEY: key, VERSION: version, **asked, **approved, **promised},
            )  # fmt: skip
            self.note_tally()
            self.log.info("%s", verdict.to_text())
        else:
            if registry.aliases().get(CHAMPION) == version:
                self.note(verdict=self._promotion(by))
                self.note_tally()
            self.log.info("Version %s was promoted by an earlier try", version)
        serving = registry.version(version)
        self.note(serving=serving)
        self._tell(context, identifier, by, serving)
        return self.hand_on(Promoted(version=version, aliases=registry.aliases(), decision_id=identifier))

    def _tell(self, context: Context, identifier: str, by: str, serving: ModelVersion | None) -> None:
        """Let the DAGs know that wait for another champion."""
        from mlops.tracking.version_digests import version_digests

        event = AssetEvent(
            key=identifier, model=self.config.name, as_of=self.dataset.as_of, by="promotion",
            version=self.registered.version, from_version=self.evaluated.champion_version,
            digests=version_digests(serving), verdict=short_verdict(self._promotion(by)),
        )  # fmt: skip
        since = moment(serving.creation_timestamp if serving else None)
        self.tell(context, Part.CHAMPION, event, since=since)

    def _column(self) -> str:
        """Return as what the version was evaluated, and let it say where, if not under its own run."""
        if self.registered.run_id == self.evaluated.run_id:
            return CANDIDATE
        key = self.evaluated.challenger_key
        if key is None or self.registered.run_id != self.evaluated.challenger_run:
            raise ModelError(
                f"version {self.registered.version} comes from run {self.registered.run_id}, which this run "
                "has not evaluated: clear evaluate and what follows"
            )
        self.model_registry.set_tags(self.registered.version, {EVALUATION: key})
        return CHALLENGER_SCORES

    def _evaluation_key(self) -> str:
        """Return the object key of what was found about the version in this exam."""
        newest, key = self.registered.run_id == self.evaluated.run_id, self.evaluated.challenger_key
        return self.evaluated.evaluation_key if newest or key is None else key

    def _promotion(self, by: str) -> Verdict:
        """Return the gate's verdict as the promotion that follows from it, with who asked for it by hand."""
        before = self.evaluated.champion_version
        instead = f" in place of version {before}" if before else ", the first one"
        subject = f"version {self.registered.version} becomes champion{instead}"
        summary = f"on manual request of {by}: {self.verdict.summary}" if by else self.verdict.summary
        return replace(self.verdict, kind="promotion", subject=subject, summary=summary)
