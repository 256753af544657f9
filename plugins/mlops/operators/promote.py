"""The version that passed takes over, after it has proven that it is the one that was judged."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.errors import StaleDecisionError
from include.verdicts import Verdict
from mlops.links import ModelVersionLink
from mlops.model_operator import ModelOperator
from mlops.run_context import run_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

    from include.config.schema import ModelConfig
    from mlops.hooks.mlflow import MlflowHook


class PromoteModelOperator(ModelOperator):
    """Sets ``challenger``, probes, then moves the aliases of production, with one entry in the ledger.

    The ledger entry is opened with the complete plan (which alias goes to which version) before the first
    alias of production moves. Whoever is killed in between finds that plan at the next try and carries it out
    to the end: absolute targets, so doing a step twice does nothing. If the champion is no longer the one the
    gate compared with, nothing moves.

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
        from include.promotion.moves import check_current, decision_id, plan
        from mlops.hooks.ledger import Ledger
        from mlops.hooks.mlflow import MlflowHook
        from mlops.hooks.model_registry import CHALLENGER, TRAINING_KEY, ModelRegistry

        config = self.config
        version = str(self.registered["version"])
        hook = MlflowHook(self.mlflow_conn_id)
        registry, ledger = ModelRegistry(hook, config.name), Ledger(hook, config.name)
        identifier = decision_id(config.name, "promotion", self.registered["run_id"])
        self.link(ModelVersionLink.name, registry.url(version))
        entry = ledger.find(identifier)
        if entry is not None and entry.done:
            self.log.info("Version %s was promoted by an earlier try", version)
            return {"version": version, "aliases": registry.aliases(), "decision_id": identifier}
        try:
            check_current(registry.aliases(), version, self.evaluated["champion_version"])
        except StaleDecisionError:
            if entry is not None:  # decided, but never to be carried out
                hook.close_run(entry.run_id, "FAILED")
            raise
        if entry is None:
            registry.set_alias(CHALLENGER, version)
            self._probe(hook, config, version)
        verdict = self._promotion(version)
        moves = plan(registry.aliases(), version)
        entry = entry or ledger.open(
            identifier,
            verdict,
            plan={"champion": moves.champion, "previous_champion": moves.previous_champion},
            decided_by=run_key(context),
            tags={TRAINING_KEY: self.training_key, "mlops.version": version},
        )
        registry.apply(moves)
        ledger.close(entry, verdict)
        self.log.info("%s", verdict.to_text())
        return {"version": version, "aliases": registry.aliases(), "decision_id": identifier}

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

    def _probe(self, hook: MlflowHook, config: ModelConfig, version: str) -> None:
        """Let another process load the version from the registry and predict again what was evaluated."""
        from mlops.frozen_sets import frozen_test_set
        from mlops.hooks.object_store import ObjectStoreHook
        from mlops.probe import ProbeOrder, run_probe

        store = ObjectStoreHook(self.object_store_conn_id)
        with tempfile.TemporaryDirectory(prefix="probe-") as folder:
            test = frozen_test_set(store, self.dataset, Path(folder))
            scores = store.local_path(store.resolve(self.evaluated["scores"]), Path(folder))
            result = run_probe(
                ProbeOrder(
                    server=hook.server.to_dict(),
                    uri=f"models:/{config.name}/{version}",
                    model_folder=self.model_folder,
                    test=str(test),
                    scores=str(scores),
                )
            )
        self.log.info(
            "Probe: version %s, loaded from the registry in another process, predicts %d rows again; largest "
            "difference %.3g (allowed %.3g)",
            version, result.rows, result.largest_difference, result.tolerance,
        )  # fmt: skip
