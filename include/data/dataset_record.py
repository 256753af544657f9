"""What is known of a frozen dataset: the content of ``dataset.json``."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from include.data.splits import Border

TRAIN_FILE = "train.parquet"
TEST_FILE = "test.parquet"
RECORD_FILE = "dataset.json"


@dataclass(frozen=True, kw_only=True)
class Part:
    """The training set or the test set in figures."""

    rows: int
    positives: int

    @property
    def rate(self) -> float:
        """Share of positives."""
        return self.positives / self.rows if self.rows else float("nan")


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How far the labels of one feature partition are known.

    :param partition: the observation date.
    :param rows: rows of features.
    :param labelled: rows whose label is known; the others are not labelled (yet).
    :param labels_without_features: labels of entities that the partition does not have; ignored.
    """

    partition: str
    rows: int
    labelled: int
    labels_without_features: int


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
class Dataset:
    """One frozen dataset.

    :param model: the model's name.
    :param as_of: the day whose knowledge was used.
    :param border: what separates training from test: the entity alone, or the entity and the time.
    :param train_partitions: partitions trained on, oldest first.
    :param test_partition: the partition tested on.
    :param train: figures of the training set.
    :param test: figures of the test set.
    :param coverage: how far the labels are known, partition by partition, oldest first.
    :param labels: what was found among the labels.
    :param feature_names: columns the model sees, in order.
    :param train_digest: sha256 of ``train.parquet``, as ``sha256sum`` prints it.
    :param test_digest: sha256 of ``test.parquet``: the name under which a test set is frozen.
    :param digest: sha256 of both digests, the split's settings and the names of the features.
    """

    model: str
    as_of: str
    border: Border
    train_partitions: tuple[str, ...]
    test_partition: str
    train: Part
    test: Part
    coverage: tuple[Coverage, ...]
    labels: LabelCounts
    feature_names: tuple[str, ...]
    train_digest: str = ""
    test_digest: str = ""
    digest: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values; :meth:`from_dict` is the way back."""
        plain = dataclasses.asdict(self)
        for name in ("train_partitions", "coverage", "feature_names"):
            plain[name] = list(plain[name])
        return plain

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Dataset:
        """Build a record from what :meth:`to_dict` returned."""
        fields = dict(plain)
        fields["train_partitions"] = tuple(plain["train_partitions"])
        fields["feature_names"] = tuple(plain["feature_names"])
        fields["train"], fields["test"] = Part(**plain["train"]), Part(**plain["test"])
        fields["coverage"] = tuple(Coverage(**seen) for seen in plain["coverage"])
        fields["labels"] = LabelCounts(**plain["labels"])
        return cls(**fields)
