"""What is known of a frozen dataset: the content of ``dataset.json``."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.data.splits import Holdout

if TYPE_CHECKING:
    from include.config.schema import ModelConfig
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
        """Share of positives; 0 without rows."""
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
class Dataset:
    """One frozen dataset.

    :param model: the model's name.
    :param as_of: the day whose knowledge was used.
    :param border: what separates training from test: the entity alone, or the entity and the time.
    :param train_partitions: partitions trained on, oldest first.
    :param test_partitions: partitions tested on, oldest first.
    :param train: figures of the training set.
    :param test: figures of the test set.
    :param coverage: how far the labels are known, partition by partition, oldest first.
    :param labels: what was found among the labels.
    :param feature_names: columns the model sees, in order.
    :param train_digest: sha256 of ``train.parquet``, as ``sha256sum`` prints it.
    :param test_digest: sha256 of ``test.parquet``: the name under which a test set is frozen.
    :param digest: sha256 of both digests, the split's settings and the names of the features.
    :param holdout: whom training left out; None in a record that was written before this was kept.
    :param champion_holdout: whom the champion's training left out, where that is another holdout: the test
        set then holds only those that both left out.
    """

    model: str
    as_of: str
    border: Border
    train_partitions: tuple[str, ...]
    test_partitions: tuple[str, ...]
    train: Part
    test: Part
    coverage: tuple[Coverage, ...]
    labels: LabelCounts
    feature_names: tuple[str, ...]
    train_digest: str = ""
    test_digest: str = ""
    digest: str = ""
    holdout: Holdout | None = None
    champion_holdout: Holdout | None = None

    @property
    def newest(self) -> str:
        """The newest labelled partition that was used."""
        return self.test_partitions[-1]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values; :meth:`from_dict` is the way back."""
        plain = dataclasses.asdict(self)
        for name in ("train_partitions", "test_partitions", "coverage", "feature_names"):
            plain[name] = list(plain[name])
        return plain

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Dataset:
        """Build a record from what :meth:`to_dict` returned.

        Before a test set could hold more than one partition it returned ``test_partition``.
        """
        fields = dict(plain)
        if "test_partition" in fields:
            fields["test_partitions"] = [fields.pop("test_partition")]
        fields["train_partitions"] = tuple(plain["train_partitions"])
        fields["test_partitions"] = tuple(fields["test_partitions"])
        for name in ("holdout", "champion_holdout"):
            fields[name] = Holdout(**plain[name]) if plain.get(name) else None
        fields["feature_names"] = tuple(plain["feature_names"])
        fields["train"], fields["test"] = Part(**plain["train"]), Part(**plain["test"])
        fields["coverage"] = tuple(Coverage(**seen) for seen in plain["coverage"])
        fields["labels"] = LabelCounts(**plain["labels"])
        return cls(**fields)


def dataset_key(config: ModelConfig, champion_holdout: Holdout | None) -> str:
    """Return a digest of all that decides which rows of some snapshots are trained on and tested on.

    :param config: the model's configuration.
    :param champion_holdout: whom the champion's training left out; None without a champion.
    """
    if champion_holdout is None or champion_holdout == Holdout.of(config):
        return config.digest
    content = f"{config.digest} {champion_holdout!r}"
    return hashlib.sha256(content.encode()).hexdigest()
