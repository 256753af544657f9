"""Validation of snapshots, once per content and contract, with a quarantine for those that fail."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.errors import QuarantinedDataError
from include.validation.page import render_page
from include.validation.report import ValidationReport
from include.validation.validate import validate_snapshot
from mlops import object_keys
from mlops.data.quarantine_by_hand import BY_HAND
from mlops.hooks.object_path import plain_uri
from mlops.hooks.stored_records import read_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from include.config.schema import ModelConfig
    from include.lineage import Manifest, SnapshotRef
    from include.validation.contract.contract import Contract
    from mlops.hooks.data_registry import DataRegistryHook
    from mlops.hooks.object_store import ObjectStoreHook


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What became of one snapshot.

    :param ref: the snapshot.
    :param report: its validation report.
    :param object_key: of its report, without the ending: ``.json`` for programs, ``.html`` for people.
    :param page: URI of the page for people.
    :param news: whether it was validated now, not in an earlier run.
    :param usable: whether it may be trained on: it meets its contract, or somebody released it.
    :param by_hand: why somebody quarantined it; empty where nobody did.
    """

    ref: SnapshotRef
    report: ValidationReport
    object_key: str
    page: str
    news: bool
    usable: bool
    by_hand: str = ""


class SnapshotChecker:
    """Validates snapshots and remembers the results in the object store.

    A snapshot that failed stays in quarantine until it passes (a corrected contract) or somebody releases it
    by hand, which holds for the contract it was validated against and for no other. One that somebody
    quarantined by hand (:mod:`mlops.data.quarantine_by_hand`) stays until somebody releases it. The record of
    quarantine is written before the report: a task that dies in between validates again.

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
        key = object_keys.validation(self.config.name, ref.md5, self.contract.digest, self.config.digest)
        known = read_record(self.store, f"{key}.json", ValidationReport.from_dict)
        report = self._validate(ref) if known is None else known
        usable, by_hand = self._quarantine_or_free(ref, report)
        if known is None:
            self.store.write_text(self.store.resolve(f"{key}.html"), render_page(report))
            self.store.write_json(self.store.resolve(f"{key}.json"), report.to_dict())
        return Checked(
            ref=ref,
            report=report,
            object_key=key,
            page=plain_uri(self.store.resolve(f"{key}.html")),
            news=known is None,
            usable=usable,
            by_hand=by_hand,
        )

    def _quarantine_or_free(self, ref: SnapshotRef, report: ValidationReport) -> tuple[bool, str]:
        """Quarantine a snapshot or release it; return whether it may be used, and why not by hand."""
        record = self.store.resolve(object_keys.quarantine(self.config.name, ref.md5))
        known = self.store.read_json(record)
        if known is not None and BY_HAND in known:
            return False, str(known[BY_HAND])
        released = self.store.read_json(self.store.resolve(object_keys.release(self.config.name, ref.md5)))
        if report.passed or (released is not None and released.get("contract") == report.contract_digest):
            if known is not None:
                self.store.remove(record)
            return True, ""
        outcome_and_worst = (line.strip() for line in report.summary(1).splitlines()[:2])
        content = {
            "md5": ref.md5,
            "path": ref.path,
            "contract": report.contract_digest,
            "summary": "; ".join(outcome_and_worst),
        }
        self.store.write_json(record, content)
        return False, ""

    def _validate(self, ref: SnapshotRef) -> ValidationReport:

        with tempfile.TemporaryDirectory(prefix="validate-") as scratch:
            return validate_snapshot(
                self.registry.local_path(ref, Path(scratch)),
                table=ref.table,
                config=self.config,
                contract=self.contract,
                partition=ref.partition,
                as_of=ref.partition,
            )


def refuse_quarantined(store: ObjectStoreHook, model: str, snapshots: Iterable[SnapshotRef]) -> None:
    """Make sure that snapshots may be used, even if their validation was skipped or cleared.

    :param store: the object store.
    :param model: name of the model.
    :param snapshots: what is about to be used.
    :raises QuarantinedDataError: one of them failed its contract, and nobody released it.
    """
    for ref, record in quarantined(store, model, snapshots):
        why = "" if BY_HAND in record else "since it failed its contract: "
        raise QuarantinedDataError(
            f"{ref.path} is quarantined {why}{record['summary']} Deliver it "
            f"again, or release it with `bin/mlops quarantine {model} --release {record['md5']}`."
        )


def without_quarantined(store: ObjectStoreHook, model: str, manifest: Manifest) -> Manifest:
    """Return the part of a manifest that may be used, so that monitoring covers the good deliveries at least.

    :param store: the object store.
    :param model: name of the model.
    :param manifest: the snapshots of a run.
    :raises QuarantinedDataError: no features are left.
    """
    bad = [ref for ref, _ in quarantined(store, model, manifest.snapshots)]
    good = replace(manifest, snapshots=tuple(ref for ref in manifest.snapshots if ref not in bad))
    if not good.of("features"):
        refuse_quarantined(store, model, manifest.of("features"))
    return good


def quarantined(
    store: ObjectStoreHook, model: str, snapshots: Iterable[SnapshotRef]
) -> Iterator[tuple[SnapshotRef, dict[str, Any]]]:
    """Yield the snapshots that are in quarantine, each with its record. Parameters as above."""
    for ref in snapshots:
        record = store.read_json(store.resolve(object_keys.quarantine(model, ref.md5)))
        if record is not None:
            yield ref, record
