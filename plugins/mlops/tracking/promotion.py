"""How an alias of production moves, forwards or back: probe, plan in the ledger, move."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.config.schema import ModelConfig
    from include.verdicts import Verdict
    from mlops.hooks.mlflow import MlflowHook
    from mlops.hooks.object_store import ObjectStoreHook
    from mlops.tracking.ledger import Entry, Ledger
    from mlops.tracking.model_registry import ModelRegistry
    from mlops.tracking.reproducibility import ProbeResult


def probe_version(
    hook: MlflowHook,
    store: ObjectStoreHook,
    config: ModelConfig,
    version: str,
    *,
    dataset: Mapping[str, Any],
    scores: str,
) -> ProbeResult:
    """Let another process load a version from the registry and predict again what was evaluated.

    :param hook: the MLflow hook.
    :param store: the object store.
    :param config: the model's configuration.
    :param version: the version.
    :param dataset: ``place`` and ``test_digest`` of the dataset it was evaluated on.
    :param scores: place of its predictions for the test set.
    :raises ModelError: it does not reproduce them, or they are gone.
    """
    from include.data.dataset_record import TEST_FILE
    from mlops.data.inputs import frozen_test_set
    from mlops.hooks.object_store import plain_uri
    from mlops.tracking.reproducibility import ProbeOrder, run_probe

    for place in (f"{dataset['place']}/{TEST_FILE}", scores):
        path = store.resolve(place)
        if not store.exists(path):
            raise ModelError(
                f"version {version} can't be probed: {plain_uri(path)} is gone, and with it what its "
                "predictions are compared with. Restore it, or choose another version."
            )
    with tempfile.TemporaryDirectory(prefix="probe-") as folder:
        order = ProbeOrder(
            server=hook.server.to_dict(),
            uri=f"models:/{config.name}/{version}",
            config=config.model_dump(mode="json"),
            test=str(frozen_test_set(store, dataset, Path(folder))),
            scores=str(store.local_path(store.resolve(scores), Path(folder))),
        )
        return run_probe(order)


def say_probed(version: str, result: ProbeResult) -> str:
    """Return what a probe found, as one sentence."""
    return (
        f"version {version}, loaded from the registry in another process, predicts {result.rows} rows again; "
        f"largest difference {result.shown} (allowed {result.tolerance:.3g})"
    )


def carry_out(
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
    """Make a version the champion: write down where the aliases shall end up, move them, close the entry.

    Who is killed in between finds the entry at the next try and goes on from what the registry shows:
    absolute targets, so doing a step twice does nothing.

    :param registry: the registered model.
    :param ledger: its ledger.
    :param verdict: the decision.
    :param version: the version that is to serve.
    :param identifier: id of the decision.
    :param entry: the open entry of an earlier try, or None.
    :param decided_by: the Airflow task.
    :param tags: what later decisions will want to know.
    """
    from include.promotion.alias_plan import plan

    moves = plan(registry.aliases(), version)
    entry = entry or ledger.open(
        identifier,
        verdict,
        plan={"champion": moves.champion, "previous_champion": moves.previous_champion},
        decided_by=decided_by,
        tags=tags,
    )
    registry.apply(moves)
    ledger.close(entry, verdict)
