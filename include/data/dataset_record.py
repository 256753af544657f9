"""What is known of a frozen dataset: the content of ``dataset.json``."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from include.data.dominant_column import DominantColumn
from include.data.splits import Holdout
from include.records import Record, RecordKind
from include.strict_json import to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.config.schema import ModelConfig
    from include.data.time_split import SplitKind

TRAIN_FILE = "train.parquet"
TEST_FILE = "test.parquet"
RECORD_FILE = "dataset.json"


def _to_several_partitions(fields: dict[str, Any]) -> dict[str, Any]:
    """Format 2 knows several test partitions, whom training left out, and dominant columns."""
    if "test_partition" in fields:
        fields["test_partitions"] = [fields.pop("test_partition")]
    return {"dominant": [], "holdout": None, "champion_holdout": None, **fields}


def _to_split_kind(fields: dict[str, Any]) -> dict[str, Any]:
    """Format 3 names the kind of split, where format 2 said what separates training from test."""
    kinds = {"entity": "group split", "entity and time": "group and time split"}
    fields["split_kind"] = kinds[fields.pop("border")]
    return fields


def _to_arcs(fields: dict[str, Any]) -> dict[str, Any]:
    """Format 4 knows where a holdout begins and how it turns, and what partitions teach, split or not."""
    return {"material": {}, **fields}


def _to_any_target(fields: dict[str, Any]) -> dict[str, Any]:
    """Format 5 describes targets that are no 0 or 1."""
    return fields


DATASET = RecordKind(
    name="record of a dataset",
    remedy="remove the file and clear the task prepare, which writes it again",
    upgrades=(_to_several_partitions, _to_split_kind, _to_arcs, _to_any_target),
)


@dataclass(frozen=True, kw_only=True)
class Part:
    """The training set or the test set in figures.

    :param rows: its rows.
    :param positives: those of class 1; 0 where there are not two classes.
    :param target: what else it shows of the target, as its task describes it (:mod:`include.data.targets`);
        empty where that is 0 or 1 and all rows count the same.
    """

    rows: int
    positives: int
    target: dict[str, Any] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Share of positives, by weight where rows have one; 0 without rows."""
        if "rate" in self.target:
            return float(self.target["rate"])
        return self.positives / self.rows if self.rows else 0.0


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How far the labels of one feature partition are known.

    :param partition: the observation date.
    :param rows: rows of features.
    :param labelled: rows whose label is known; the others are not labelled (yet).
    :param labels_without_features: labels of entities that the partition does not have; ignored.
    :param left_out: why nothing was learned from it or tested on it; empty where it was.
    """

    partition: str
    rows: int
    labelled: int
    labels_without_features: int
    left_out: str = ""

    @property
    def share(self) -> float:
        """Share of the rows whose label is known; 0 without rows."""
        return self.labelled / self.rows if self.rows else 0.0


@dataclass(frozen=True, kw_only=True)
class LabelCounts:
    """What was found among the labels.

    :param known_on: the newest delivery used.
    :param repeated: labels delivered more than once with the same value.
    :param corrected: labels that a later delivery changed; the later one is used.
    :param without_features: labels for which there is no row of features; ignored.
    """

    known_on: str
    repeated: int
    corrected: int
    without_features: int


@dataclass(frozen=True, kw_only=True)
class Dataset(Record, kind=DATASET):
    """One frozen dataset.

    :param model: the model's name.
    :param as_of: the day whose knowledge was used.
    :param split_kind: as :attr:`include.data.time_split.TimeSplit.kind`.
    :param train_partitions: partitions trained on, oldest first.
    :param test_partitions: partitions tested on, oldest first.
    :param train: figures of the training set.
    :param test: figures of the test set.
    :param coverage: how far the labels are known, partition by partition, oldest first.
    :param labels: what was found among the labels.
    :param feature_names: columns the model sees, in order.
    :param dominant: features that nearly make up a model alone, found on the training set.
    :param train_digest: sha256 of ``train.parquet``, as ``sha256sum`` prints it.
    :param test_digest: sha256 of ``test.parquet``: the name under which a test set is frozen.
    :param digest: sha256 of both digests, the split's settings and the names of the features.
    :param holdout: whom training left out; None in a record that was written before this was kept.
    :param champion_holdout: whom the champion's training left out, where that is another holdout: the test
        set then holds those of them that are tested while it is champion.
    :param material: partition trained on to the sha256 of all that it teaches, whoever is held out
        (:mod:`include.data.material`); empty in a record that was written before this was kept.
    """

    model: str
    as_of: str
    split_kind: SplitKind
    train_partitions: tuple[str, ...]
    test_partitions: tuple[str, ...]
    train: Part
    test: Part
    coverage: tuple[Coverage, ...]
    labels: LabelCounts
    feature_names: tuple[str, ...]
    dominant: tuple[DominantColumn, ...] = ()
    train_digest: str = ""
    test_digest: str = ""
    digest: str = ""
    holdout: Holdout | None = None
    champion_holdout: Holdout | None = None
    material: dict[str, str] = field(default_factory=dict)

    @property
    def newest(self) -> str:
        """The newest labelled partition that was used."""
        return self.test_partitions[-1]

    def _plain(self) -> dict[str, Any]:
        plain = dataclasses.asdict(self)
        for name in ("train_partitions", "test_partitions", "coverage", "feature_names", "dominant"):
            plain[name] = list(plain[name])
        return plain

    @classmethod
    def _build(cls, plain: dict[str, Any]) -> Self:
        fields = dict(plain)
        fields["train_partitions"] = tuple(plain["train_partitions"])
        fields["test_partitions"] = tuple(fields["test_partitions"])
        for name in ("holdout", "champion_holdout"):
            fields[name] = _read_holdout(plain.get(name))
        fields["feature_names"] = tuple(plain["feature_names"])
        fields["train"], fields["test"] = Part(**plain["train"]), Part(**plain["test"])
        fields["coverage"] = tuple(Coverage(**seen) for seen in plain["coverage"])
        fields["labels"] = LabelCounts(**plain["labels"])
        fields["dominant"] = tuple(DominantColumn.from_plain(found) for found in plain["dominant"])
        return cls(**fields)


def _read_holdout(plain: Mapping[str, Any] | None) -> Holdout | None:
    """Build a holdout from the fields of :class:`Holdout`."""
    return Holdout(**{**plain, "beside": _read_holdout(plain.get("beside"))}) if plain else None


def dataset_key(config: ModelConfig, champion_holdout: Holdout | None) -> str:
    """Return a digest of all that decides which rows of some snapshots are trained on and tested on.

    :param config: the model's configuration.
    :param champion_holdout: whom the champion's training left out; None without a champion.
    """
    holdout = Holdout.of(config, champion_holdout)
    if champion_holdout in {None, holdout} and not holdout.rotation:
        return config.digest
    holdouts = [one and dataclasses.asdict(one) for one in (holdout, champion_holdout)]
    return hashlib.sha256(to_json([config.digest, holdouts], sort_keys=True).encode()).hexdigest()
