"""Promote or roll back: check that the version reproduces itself, plan in the ledger, apply the plan."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from include.data.dataset_record import TEST_FILE
from include.errors import ModelError, StaleDecisionError
from include.promotion.alias_plan import check_current, decision_id, plan_aliases
from include.promotion.approval import check_approved
from include.promotion.rollback import rolled_back_by
from mlops.data.inputs import frozen_test_set
from mlops.hooks.object_path import plain_uri
from mlops.tracking import reproducibility
from mlops.tracking.tags import BY, COMMENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.config.schema import ModelConfig
    from include.verdicts import Verdict
    from mlops.hooks.mlflow import MlflowHook
    from mlops.hooks.object_store import ObjectStoreHook
    from mlops.tracking.ledger import Entry, Ledger
    from mlops.tracking.model_registry import ModelRegistry
    from mlops.tracking.reproducibility import ReproducibilityResult


def check_reproducibility(
    hook: MlflowHook,
    store: ObjectStoreHook,
    config: ModelConfig,
    version: str,
    *,
    dataset_key: str,
    test_digest: str,
    scores_key: str,
    column: str = "candidate",
) -> ReproducibilityResult:
    """Check in another process that a registered version repeats the predictions of its evaluation.

    :param hook: the MLflow hook.
    :param store: the object store.
    :param config: the model's configuration.
    :param version: the version.
    :param dataset_key: folder of the dataset it was evaluated on, in the object store.
    :param test_digest: digest of its test set.
    :param scores_key: object key of the version's predictions for it.
    :param column: as what it was evaluated: ``candidate`` or ``challenger``.
    :raises ModelError: it does not reproduce them, or they are gone.
    """
    for key in (f"{dataset_key}/{TEST_FILE}", scores_key):
        path = store.resolve(key)
        if not store.exists(path):
            raise ModelError(
                f"version {version} can't be checked: {plain_uri(path)} is gone, and its predictions "
                "can't be compared without it. Restore it, or choose another version."
            )
    with tempfile.TemporaryDirectory(prefix="reproducibility-") as folder:
        request = reproducibility.ReproducibilityRequest(
            server=hook.server.to_dict(),
            uri=f"models:/{config.name}/{version}",
            config=config.model_dump(mode="json"),
            test=str(frozen_test_set(store, dataset_key, test_digest, Path(folder))),
            scores=str(store.local_path(store.resolve(scores_key), Path(folder))),
            column=column,
        )
        return reproducibility.check_in_new_process(request)


def check_still_holds(
    registry: ModelRegistry,
    ledger: Ledger,
    version: str,
    *,
    run_id: str,
    champion: str | None,
    training_key: str,
    approval: bool,
    trained: int | None = None,
) -> dict[str, str]:
    """Make sure that the decision to promote still holds; return who approved it, and why, as tags.

    :param registry: the registered model.
    :param ledger: its ledger.
    :param version: the version that is to serve.
    :param run_id: its MLflow run.
    :param champion: the champion that the gate compared it with; None without one.
    :param training_key: what it learned from.
    :param approval: whether a person has to approve; the result is empty if not.
    :param trained: when it was trained, milliseconds since 1970; by default when its run began.
    :raises StaleDecisionError: another champion serves by now, somebody rolled back from this version, or
        there is no approval.
    """
    check_current(registry.aliases(), version, champion)
    if trained is None:
        trained = registry.hook.run(run_id).info.start_time
    forbidden = rolled_back_by(ledger.steps(), key=training_key, version=version, since=trained)
    if forbidden:
        raise StaleDecisionError(
            f"version {version}, or one that learned from the very same, was rolled back from by "
            f"decision {forbidden}: nothing was moved, and it is not promoted automatically. To serve "
            f"it nevertheless, trigger {registry.model}_rollback with target {version}, or train "
            "again with force."
        )
    if not approval:
        return {}
    found = ledger.find(decision_id(registry.model, "approval", run_id))
    check_approved(found.decision if found and found.applied else None, version)
    return {tag: found.tags[tag] for tag in (BY, COMMENT)} if found else {}


def describe_check(version: str, result: ReproducibilityResult) -> str:
    """Return what a reproducibility check found, as one sentence."""
    return (
        f"version {version}, loaded from the registry in another process, predicts {result.rows} rows again; "
        f"largest difference {result.shown} (allowed {result.tolerance:.3g})"
    )


def apply_promotion(
    registry: ModelRegistry,
    ledger: Ledger,
    verdict: Verdict,
    version: str,
    *,
    identifier: str,
    entry: Entry | None,
    decided_by: str,
    tags: Mapping[str, str],
) -> None:
    """Make a version the champion: record the alias plan in the ledger, apply it, record that it was applied.

    After a crash in between, the next try finds the planned entry and continues from what the registry shows.
    The plan names absolute targets, so a step that is applied twice changes nothing.

    :param registry: the registered model.
    :param ledger: its ledger.
    :param verdict: the decision.
    :param version: the version that is to serve.
    :param identifier: id of the decision.
    :param entry: the planned entry of an earlier try, or None.
    :param decided_by: the Airflow task.
    :param tags: what later decisions will want to know.
    """
    plan = plan_aliases(registry.aliases(), version)
    entry = entry or ledger.record_planned(
        identifier,
        verdict,
        plan={"champion": plan.champion, "previous_champion": plan.previous_champion},
        decided_by=decided_by,
        tags=tags,
    )
    registry.apply(plan)
    ledger.record_applied(entry, verdict)
