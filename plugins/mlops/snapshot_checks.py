"""Validation of snapshots, once per content and contract, with a quarantine for those that fail."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlops import places
from mlops.hooks.object_store import plain_uri

if TYPE_CHECKING:
    from include.config.contract import Contract
    from include.config.schema import ModelConfig
    from include.lineage import SnapshotRef
    from include.validation.report import ValidationReport
    from mlops.hooks.data_registry import DataRegistryHook


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What became of one snapshot.

    :param ref: the snapshot.
    :param report: its validation report.
    :param place: where the report is kept, without the ending: ``.json`` for programs, ``.html`` for people.
    :param page: URI of the page for people.
    :param news: whether it was validated now, not by an earlier run.
    :param usable: whether it may be trained on: it holds its contract, or somebody released it.
    """

    ref: SnapshotRef
    report: ValidationReport
    place: str
    page: str
    news: bool
    usable: bool


class SnapshotChecker:
    """Validates snapshots and remembers the results in the object store.

    The mark of quarantine is written before the report, and the report only then counts as known: whoever
    dies in between validates again. So a report that failed without a mark beside it has been released.

    :param config: the model's configuration.
    :param contract: its data contract.
    :param registry: the data registry, which also knows the object store.
    """

    def __init__(self, config: ModelConfig, contract: Contract, registry: DataRegistryHook) -> None:
        self.config = config
        self.contract = contract
        self.registry = registry
        self.store = registry.store

    def check(self, ref: SnapshotRef) -> Checked:
        """Return the result for one snapshot, from an earlier run where there is one."""
        from include.validation.report import ValidationReport

        place = places.validation(self.config.name, ref.md5, self.contract.digest, self.config.digest)
        mark = self.store.resolve(places.quarantine(self.config.name, ref.md5))
        known = self.store.read_json(self.store.resolve(f"{place}.json"))
        if known is not None:
            report = ValidationReport.from_dict(known)
            usable = report.passed or self.store.read_json(mark) is None
        else:
            report = self._validate(ref)
            usable = report.passed
            if not usable:
                first = report.summary(1).splitlines()[0]
                self.store.write_json(mark, {"md5": ref.md5, "path": ref.path, "summary": first})
            self.store.write_text(self.store.resolve(f"{place}.html"), report.to_html())
            self.store.write_json(self.store.resolve(f"{place}.json"), report.to_dict())
        return Checked(
            ref=ref,
            report=report,
            place=place,
            page=plain_uri(self.store.resolve(f"{place}.html")),
            news=known is None,
            usable=usable,
        )

    def _validate(self, ref: SnapshotRef) -> ValidationReport:
        from include.validation.snapshot import validate_snapshot

        with tempfile.TemporaryDirectory(prefix="validate-") as scratch:
            return validate_snapshot(
                self.registry.local_path(ref, Path(scratch)),
                table=ref.table,
                config=self.config,
                contract=self.contract,
                partition=ref.partition,
                as_of=ref.partition,
            )
