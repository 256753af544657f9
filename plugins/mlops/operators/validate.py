"""The data contract, snapshot by snapshot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops import places
from mlops.model_operator import ModelOperator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

    from include.config.contract import Contract
    from include.config.schema import ModelConfig
    from include.lineage import SnapshotRef
    from mlops.hooks.data_registry import DataRegistryHook


class ValidateDataOperator(ModelOperator):
    """Checks every snapshot against the contract; a breach quarantines it and fails at once.

    A result is kept under the digests of content and contract, as JSON and as a page for people, before
    anything is raised. What was checked before is not checked again.

    :param model_folder: the folder with ``model.yaml`` and ``contract.yaml``.
    :param extracted: what ``extract`` returned.
    :param registry_conn_id: Airflow connection of the data registry.
    :param object_store_conn_id: Airflow connection of the object store.
    """

    template_fields: Sequence[str] = (
        "model_folder", "extracted", "registry_conn_id", "object_store_conn_id",
    )  # fmt: skip
    ui_color = "#d9f0ff"

    def __init__(
        self,
        *,
        model_folder: str,
        extracted: Any,
        registry_conn_id: str = "data_registry_default",
        object_store_conn_id: str = "object_store_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(model_folder=model_folder, **kwargs)
        self.extracted = extracted
        self.registry_conn_id = registry_conn_id
        self.object_store_conn_id = object_store_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Return how many snapshots were checked, and where the results are.

        :raises ContractBreach: a ``critical`` rule does not hold; the message has the findings, worst first.
        """
        from include.config.contract import load_contract
        from include.lineage import Manifest
        from mlops.hooks.data_registry import DataRegistryHook
        from mlops.hooks.object_store import ObjectStoreHook

        config = self.config
        contract = load_contract(Path(self.model_folder), config)
        store = ObjectStoreHook(self.object_store_conn_id)
        registry = DataRegistryHook(self.registry_conn_id, object_store_conn_id=self.object_store_conn_id)
        manifest = Manifest.from_dict(store.require_json(store.resolve(self.extracted["manifest"])))
        results = {
            ref.path: self._check(ref, config=config, contract=contract, registry=registry)
            for ref in manifest.snapshots
        }
        checked = sum(not result["cached"] for result in results.values())
        warnings = sum(result["warnings"] for result in results.values())
        self.log.info(
            "%d snapshots hold their contract (%d checked now, %d before), %d warnings",
            len(results), checked, len(results) - checked, warnings,
        )  # fmt: skip
        return {
            "snapshots": len(results),
            "checked": checked,
            "warnings": warnings,
            "contract_digest": contract.digest,
            "newest_page": results[manifest.of("features")[-1].path]["page"],
        }

    def _check(
        self, ref: SnapshotRef, *, config: ModelConfig, contract: Contract, registry: DataRegistryHook
    ) -> dict[str, Any]:
        """Return the kept result of a snapshot, or check it now, keep the result, and raise on a breach."""
        store = registry.store
        places_of = {
            suffix: places.validation(
                config.name, ref.md5, f"{contract.digest[:12]}{config.digest[:12]}", suffix
            )
            for suffix in ("json", "html")
        }
