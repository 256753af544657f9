"""What was read of each thing, whatever it was read from: the input of the builders of nodes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.lineage import SnapshotRef
    from include.scoring.predictions import Stamp


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version in the model registry.

    :param model: the model's name.
    :param number: the version.
    :param run_id: MLflow run that it came from; empty where nothing says so.
    :param aliases: those that point at it.
    :param registered: when it was registered, in milliseconds since 1970; 0 where unknown.
    :param deleted: whether the model registry no longer has it.
    :param evaluation: object key of the evaluation that it passed the gate with; empty where no tag says so.
    :param known_from: what tells of one that was deleted, such as ``2 ledger entries``.
    """

    model: str
    number: str
    run_id: str = ""
    aliases: tuple[str, ...] = ()
    registered: int = 0
    deleted: bool = False
    evaluation: str = ""
    known_from: str = ""

    @property
    def name(self) -> str:
        """Model and version in one."""
        return f"{self.model}/{self.number}"


@dataclass(frozen=True, kw_only=True)
class TrainingRun:
    """One MLflow run of a training; empty texts where no tag says so.

    :param model: the model's name.
    :param run_id: its id.
    :param status: as MLflow has it.
    :param deleted: whether somebody deleted it.
    :param started: in milliseconds since 1970.
    :param as_of: as-of date.
    :param manifest_key: object key of the manifest.
    :param dataset_key: object key of the dataset's folder.
    :param code_version: git commit of the code.
    :param airflow_run: Airflow task, as ``dag/run/task``.
    :param superseded_by: the run that took its place after a correction.
    """

    model: str
    run_id: str
    status: str = ""
    deleted: bool = False
    started: int = 0
    as_of: str = ""
    manifest_key: str = ""
    dataset_key: str = ""
    code_version: str = ""
    airflow_run: str = ""
    superseded_by: str = ""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One entry of the ledger.

    :param model: the model's name.
    :param decision_id: what it is keyed by.
    :param kind: ``promotion``, ``gate``, ``approval`` ...
    :param decision: the outcome.
    :param summary: one sentence.
    :param state: planned, applied or abandoned.
    :param by: who decided; the gate where nobody is named.
    :param time: in milliseconds since 1970.
    :param version: the version that it is about; empty where it is about none.
    :param run_id: MLflow run of the candidate that it is about; empty where it does not say.
    """

    model: str
    decision_id: str
    kind: str
    decision: str
    summary: str
    state: str
    by: str
    time: int
    version: str = ""
    run_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """One version of one partition.

    :param owner: the model's name, or what stands in its place for feature views.
    :param ref: the version.
    :param registered: whether the data registry has the pointer at that commit; None where nobody looked.
    :param stored: whether the object store has the content; None where nobody looked.
    :param source_there: whether the delivered file is still there; None where it is not known here.
    :param quarantined: why it is in quarantine; empty where it is not.
    :param joined: the deliveries of feature views that its rows were joined with.
    """

    owner: str
    ref: SnapshotRef
    registered: bool | None = None
    stored: bool | None = None
    source_there: bool | None = None
    quarantined: str = ""
    joined: tuple[Snapshot, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """One file of predictions.

    :param key: its object key, or its path where it lies elsewhere.
    :param stamp: where its predictions come from.
    """

    key: str
    stamp: Stamp


@dataclass(frozen=True, kw_only=True)
class UsedData:
    """What a training run had of the data.

    :param md5s: (table, partition) to DVC's digest of the snapshot; None where its manifest is not known.
    :param trained: partitions that it learned from; None where its dataset is not known.
    :param tested: partitions that it was tested on.
    """

    md5s: Mapping[tuple[str, str], str] | None = None
    trained: frozenset[str] | None = None
    tested: frozenset[str] = field(default_factory=frozenset)
