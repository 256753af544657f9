"""The data contract, snapshot by snapshot."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.asset_event import AssetEvent, snapshot_key
from include.validation.contract.contract import load_contract
from mlops.assets import Part, day
from mlops.operators.base import ModelOperator
from mlops.operators.results.data import Extracted, Validated
from mlops.operators.results.task_input import TaskInput

if TYPE_CHECKING:
    from airflow.sdk import Context

    from mlops.data.quarantine import Checked


class ValidateDataOperator(ModelOperator):
    """Checks every snapshot against the contract; a breach quarantines it, and the task fails at once.

    Monitoring goes on with what is good: a breach is logged, quarantined and named in the result, and the
    policy's verdict and alert follow from it. The task fails if no features are left to monitor.

    A result is kept under the digests of content and contract, as JSON and as a page for people, before
    anything is raised. What was checked before is not checked again.

    :param extracted: what ``extract`` returned.
    :param watching: go on with what is good.
    """

    shown = True
    ui_color = "#d9f0ff"
    extracted = TaskInput(Extracted)

    def __init__(self, *, extracted: Any, watching: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.extracted = extracted
        self.watching = watching

    def execute(self, context: Context) -> dict[str, Any]:
        """Return how many snapshots were checked, where the reports are, and what may not be used.

        :raises ContractBreach: a ``critical`` rule is broken; the message names the delivery and has the
            findings, worst first.
        :raises QuarantinedDataError: somebody quarantined a delivery by hand.
        """
        from include.validation.report import ContractBreach
        from mlops.data.inputs import read_manifest
        from mlops.data.quarantine import SnapshotChecker, refuse_quarantined

        contract = load_contract(Path(self.model_folder), self.config)
        checker = SnapshotChecker(self.config, contract, self.data_registry)
        manifest = read_manifest(self.store, self.extracted.manifest_key)
        checked = [checker.check(ref) for ref in manifest.snapshots]
        self.note(checked=checked)
        for outcome in checked:
            if outcome.news:
                level = logging.INFO if outcome.report.passed else logging.ERROR
                self.log.log(level, "%s\nThe whole report: %s", outcome.report.summary(), outcome.page)
        bad = [outcome for outcome in checked if not outcome.usable]
        if bad and not (self.watching and any(one.usable for one in checked if one.ref.table == "features")):
            self.show(context)
            refuse_quarantined(self.store, self.config.name, [one.ref for one in bad if one.by_hand])
            raise ContractBreach(bad[0].report, bad[0].ref.source)
        for outcome in bad:
            why = f"by hand ({outcome.by_hand})" if outcome.by_hand else "because it broke its contract"
            self.log.error(
                "%s is quarantined %s: everything else is monitored, and nothing is learned until it is "
                "delivered again or released. %s", outcome.ref.path, why, outcome.page,
            )  # fmt: skip
        new = sum(outcome.news for outcome in checked)
        warnings = sum(outcome.report.counts["warning"] for outcome in checked)
        self.log.info(
            "%d snapshots may be used (%d checked now, %d before), %d warnings",
            len(checked) - len(bad), new, len(checked) - new, warnings,
        )  # fmt: skip
        usable = [outcome for outcome in checked if outcome.usable and outcome.ref.table == "features"]
        if usable:
            self._tell(context, usable[-1])
        return self.hand_on(
            Validated(
                checked=new,
                warnings=warnings,
                quarantined=tuple(outcome.ref.path for outcome in bad),
                reports={outcome.ref.path: outcome.object_key for outcome in checked},
            )
        )

    def _tell(self, context: Context, newest: Checked) -> None:
        """Let the DAGs know that wait for a delivery that may be used, where this task tells of it."""
        ref, report = newest.ref, newest.report
        first = "no critical rule is broken" if report.passed else "somebody released it"
        event = AssetEvent(
            key=snapshot_key(ref.table, ref.partition, ref.md5), model=self.config.name,
            as_of=self.extracted.as_of, table=ref.table, partition=ref.partition, rows=ref.rows,
            digests={
                "snapshot_md5": ref.md5,
                "registry_commit": ref.commit,
                "manifest": self.extracted.manifest_digest,
            },
            verdict={
                "kind": "data contract", "decision": "good" if report.passed else "released",
                "subject": ref.path, "summary": f"{first}, {report.counts['warning']} warnings",
            },
        )  # fmt: skip
        self.tell(context, Part.SNAPSHOT, event, since=day(ref.partition))
