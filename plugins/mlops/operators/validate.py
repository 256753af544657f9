"""The data contract, snapshot by snapshot."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops.operators.base import ModelOperator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context


class ValidateDataOperator(ModelOperator):
    """Checks every snapshot against the contract; a breach quarantines it and fails at once.

    Who only watches goes on with what is good: a breach is logged, quarantined and named in the result, and
    the policy's verdict and alert follow from it. It fails where no features are left to watch.

    A result is kept under the digests of content and contract, as JSON and as a page for people, before
    anything is raised. What was checked before is not checked again.

    :param model_folder: the folder with ``model.yaml`` and ``contract.yaml``.
    :param extracted: what ``extract`` returned.
    :param watching: go on with what is good.
    :param registry_conn_id: Airflow connection of the data registry.
    :param object_store_conn_id: Airflow connection of the object store.
    """

    template_fields: Sequence[str] = (
        "model_folder", "extracted", "watching", "registry_conn_id", "object_store_conn_id",
    )  # fmt: skip
    ui_color = "#d9f0ff"

    def __init__(
        self,
        *,
        model_folder: str,
        extracted: Any,
        watching: bool = False,
        registry_conn_id: str = "data_registry_default",
        object_store_conn_id: str = "object_store_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(model_folder=model_folder, **kwargs)
        self.extracted = extracted
        self.watching = watching
        self.registry_conn_id = registry_conn_id
        self.object_store_conn_id = object_store_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Return how many snapshots were checked, where the reports are, and what may not be used.

        :raises ContractBreach: a ``critical`` rule does not hold; the message names the delivery and has the
            findings, worst first.
        """
        from include.validation.contract.contract import load_contract
        from include.validation.report import ContractBreach
        from mlops.data.inputs import read_manifest
        from mlops.data.quarantine import SnapshotChecker
        from mlops.hooks.data_registry import DataRegistryHook
        from mlops.hooks.object_store import ObjectStoreHook

        config = self.config
        contract = load_contract(Path(self.model_folder), config)
        store = ObjectStoreHook(self.object_store_conn_id)
        registry = DataRegistryHook(self.registry_conn_id, object_store_conn_id=self.object_store_conn_id)
        manifest = read_manifest(store, self.extracted)
        checker = SnapshotChecker(config, contract, registry)
        checked = [checker.check(ref) for ref in manifest.snapshots]
        for outcome in checked:
            if outcome.news:
                level = logging.INFO if outcome.report.passed else logging.ERROR
                self.log.log(level, "%s\nThe whole report: %s", outcome.report.summary(), outcome.page)
        bad = [outcome for outcome in checked if not outcome.usable]
        if bad and not (self.watching and any(one.usable for one in checked if one.ref.table == "features")):
            raise ContractBreach(bad[0].report, bad[0].ref.source)
        for outcome in bad:
            self.log.error(
                "%s is quarantined since it broke its contract: what else there is is watched, and "
                "nothing is learned until it is delivered again or released. %s",
                outcome.ref.path, outcome.page,
            )  # fmt: skip
        new = sum(outcome.news for outcome in checked)
        warnings = sum(outcome.report.counts["warning"] for outcome in checked)
        self.log.info(
            "%d snapshots may be used (%d checked now, %d before), %d warnings",
            len(checked) - len(bad), new, len(checked) - new, warnings,
        )  # fmt: skip
        return {
            "checked": new,
            "warnings": warnings,
            "bad": [outcome.ref.path for outcome in bad],
            "reports": {outcome.ref.path: outcome.object_key for outcome in checked},
        }
