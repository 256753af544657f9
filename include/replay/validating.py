"""Which snapshots meet their contract: found once for each content and contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.replay.cache import digest
from include.validation.contract.contract import load_contract
from include.validation.report import ContractBreach, ValidationReport
from include.validation.validate import validate_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.lineage import SnapshotRef
    from include.replay.cache import Cache

_RULES_FOLLOW_FROM = {"name", "task", "source", "entity", "row", "time", "target", "features", "weight"}


class Validating:
    """Validates snapshots as the task ``validate`` does.

    :param config: the model's configuration.
    :param folder: the model folder, with ``contract.yaml``.
    :param cache: keeps reports.
    :param local: gives a snapshot as a local file.
    :param released: digests of the snapshots that somebody released from quarantine.
    """

    def __init__(
        self,
        config: ModelConfig,
        folder: Path,
        cache: Cache,
        local: Callable[[SnapshotRef], Path],
        released: Collection[str] = (),
    ) -> None:
        self._config = config
        self._contract = load_contract(folder, config)
        self._cache = cache
        self._local = local
        self._released = released
        self._reports: dict[str, ValidationReport] = {}

    def report(self, ref: SnapshotRef) -> ValidationReport:
        """Return the report on a snapshot.

        :raises DataError: the snapshot is damaged.
        """
        key = digest(
            "report",
            ref.md5,
            ref.table,
            ref.partition,
            self._contract.digest,
            self._config.model_dump(mode="json", include=_RULES_FOLLOW_FROM),
        )
        if key not in self._reports:
            self._reports[key] = ValidationReport.from_dict(
                self._cache.value("validation", key, lambda: self._validate(ref).to_dict())
            )
        return self._reports[key]

    def usable(self, ref: SnapshotRef) -> bool:
        """Tell whether a snapshot may be used: it meets its contract, or somebody released it."""
        return self.report(ref).passed or ref.md5 in self._released

    def require(self, refs: Iterable[SnapshotRef]) -> None:
        """Make sure that all of some snapshots may be used.

        :raises ContractBreach: one may not.
        """
        bad = [ref for ref in refs if not self.usable(ref)]
        if bad:
            raise ContractBreach(self.report(bad[0]), bad[0].source)

    def require_good(self, refs: Sequence[SnapshotRef]) -> tuple[SnapshotRef, ...]:
        """Return those of some snapshots that may be used, features among them.

        :raises ContractBreach: no features are left.
        """
        good = tuple(ref for ref in refs if self.usable(ref))
        if not any(ref.table == "features" for ref in good):
            self.require(refs)
        return good

    def summary(self, ref: SnapshotRef) -> str:
        """Return what is wrong with a snapshot, in one line."""
        outcome_and_worst = (line.strip() for line in self.report(ref).summary(1).splitlines()[:2])
        return "; ".join(outcome_and_worst)

    def _validate(self, ref: SnapshotRef) -> ValidationReport:
        return validate_snapshot(
            self._local(ref),
            table=ref.table,
            config=self._config,
            contract=self._contract,
            partition=ref.partition,
            as_of=ref.partition,
        )
