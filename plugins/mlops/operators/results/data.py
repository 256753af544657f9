"""What the tasks that bring data hand on: snapshots, the contract's findings, the frozen dataset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mlops.operators.results.base import TaskResult


@dataclass(frozen=True, kw_only=True)
class Extracted(TaskResult):
    """The snapshots of a run, from ``extract``.

    :param as_of: as-of date of the run (ISO).
    :param manifest_key: object key of the manifest, which lists the snapshots.
    :param manifest_digest: the manifest's digest.
    :param newest: the newest partition.
    :param snapshots: how many snapshots there are.
    :param changed: ``table/partition`` of those that are new or restated.
    :param rows: rows of all snapshots.
    :param missing: deliveries that could not be read or are gone, as ``MissingDelivery.to_dict`` gives them.
    """

    as_of: str
    manifest_key: str
    manifest_digest: str
    newest: str
    snapshots: int
    changed: tuple[str, ...]
    rows: int
    missing: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Validated(TaskResult):
    """The contract's findings, from ``validate``.

    :param checked: how many snapshots were checked now.
    :param warnings: how many warnings there are, in all reports.
    :param quarantined: paths of the snapshots that may not be used.
    :param reports: path of each snapshot to the object key of its report, without the ending.
    """

    checked: int
    warnings: int
    quarantined: tuple[str, ...]
    reports: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Prepared(TaskResult):
    """The frozen dataset, from ``prepare``.

    :param object_key: the dataset's folder in the object store.
    :param as_of: the date whose knowledge was used (ISO).
    :param data_digest: digest of all that ``model.yaml`` says about the data.
    :param digest: digest of the dataset.
    :param train_digest: digest of the training set.
    :param test_digest: digest of the test set.
    :param train_rows: rows of the training set.
    :param test_rows: rows of the test set.
    :param test_partitions: partitions tested on, oldest first.
    :param split_kind: what parts training from test, as :attr:`include.data.time_split.TimeSplit.kind`.
    :param split_seed: salt of the group split.
    :param test_share: share of the entities that are held out.
    :param entity_type: as what entity ids were hashed.
    :param entity_column: column that holds them.
    :param split_start: where the arc of held-out entities begins.
    :param split_rotation: share of it that is replaced if this candidate becomes champion.
    """

    object_key: str
    as_of: str
    data_digest: str
    digest: str
    train_digest: str
    test_digest: str
    train_rows: int
    test_rows: int
    test_partitions: tuple[str, ...]
    split_kind: str
    split_seed: int
    test_share: float
    entity_type: str
    entity_column: str
    split_start: float = 0.0
    split_rotation: float = 0.0
