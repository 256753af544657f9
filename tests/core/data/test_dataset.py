from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.data.dataset import build_dataset
from include.data.dataset_files import check_frozen, file_digest
from include.data.dataset_record import Dataset
from include.data.leaks import check_no_leak
from include.data.splits import select_holdout
from include.errors import DataError, StorageError

pytestmark = pytest.mark.core

APRIL, MAY, JUNE, JULY = "2005-04-30", "2005-05-31", "2005-06-30", "2005-07-31"
KNOWN = {APRIL: MAY, MAY: JUNE, JUNE: JULY}  # a month's labels arrive at the end of the next one
CUSTOMERS = 60
FEW = {"min_rows": 1, "min_positives": 1}  # what sixty customers can meet


@pytest.fixture
def config(make_config):
    return make_config(window={"min_rows": 10}, gate=FEW)


class Source:
    """A folder of small canonical snapshots."""

    def __init__(self, folder: Path, entity_type: pa.DataType) -> None:
        self.folder = folder
        self.entity_type = entity_type
        self.features: dict[str, Path] = {}
        self.labels: dict[str, Path] = {}

    def add_features(self, partition, ids=None, *, time=None, targets=None):
        ids = list(range(CUSTOMERS)) if ids is None else ids
        rng = np.random.default_rng(len(self.features))
        columns = {
            "customer_id": self._ids(ids),
            "as_of": pa.array([date.fromisoformat(time or partition)] * len(ids), pa.date32()),
            **{
                name: pa.array(rng.normal(size=len(ids)))
                for name in ("credit_limit", "age", "pay_status", "bill_amount", "paid_amount")
            },
            **{
                name: pa.array(rng.choice(["1", "2"], size=len(ids)).tolist())
                for name in ("sex", "education", "marital_status")
            },
        }
        if targets is not None:
            columns["defaulted"] = pa.array(targets, pa.int8())
        self.features[partition] = self._write(f"features-{partition}", columns)

    def add_labels(self, delivery, about, ids=None, targets=None):
        ids = list(range(CUSTOMERS)) if ids is None else ids
        targets = [number % 2 for number in range(len(ids))] if targets is None else targets
        days = [about] * len(ids) if isinstance(about, str) else about
        columns = {
            "customer_id": self._ids(ids),
            "as_of": pa.array([date.fromisoformat(day) if day else None for day in days], pa.date32()),
            "defaulted": pa.array(targets, pa.int8()),
        }
        self.labels[delivery] = self._write(f"labels-{delivery}", columns)

    def add_month(self, partition):
        self.add_features(partition)
        self.add_labels(KNOWN[partition], partition)

    def _ids(self, ids):
        return pa.array(
            [str(one) for one in ids] if self.entity_type == pa.string() else ids, self.entity_type
        )

    def _write(self, name, columns):
        path = self.folder / f"{name}.parquet"
        pq.write_table(pa.table(columns), path)
        return path


@pytest.fixture
def source(tmp_path):
    return Source(tmp_path, pa.int64())


@pytest.fixture
def build(source, config, tmp_path):
    def build(as_of, config=config, target=tmp_path / "dataset"):
        return build_dataset(source.features, source.labels, config, as_of, target)

    return build


def rows_of(folder, name):
    return pq.read_table(folder / f"{name}.parquet").to_pylist()


def test_the_first_month_is_split_by_customer_alone(source, build, config, tmp_path):
    source.add_month(APRIL)
    dataset = build(MAY)
    assert (dataset.split_kind, dataset.train_partitions, dataset.test_partitions) == (
        "group split",
        (APRIL,),
        (APRIL,),
    )
    held_out = select_holdout(
        pa.array(range(CUSTOMERS)), seed=config.split.seed, share=config.split.test_share
    )
    expected = set(np.flatnonzero(held_out).tolist())
    assert {row["customer_id"] for row in rows_of(tmp_path / "dataset", "test")} == expected
    assert {row["customer_id"] for row in rows_of(tmp_path / "dataset", "train")} == set(
        range(CUSTOMERS)
    ) - expected
    assert dataset.train.rows + dataset.test.rows == CUSTOMERS


def test_later_months_train_on_the_past_and_test_on_the_newest(source, build, tmp_path):
    for month in (APRIL, MAY, JUNE):
        source.add_month(month)
    dataset = build(JULY)
    assert (dataset.split_kind, dataset.train_partitions, dataset.test_partitions) == (
        "group and time split",
        (APRIL, MAY),
        (JUNE,),
    )
    train, test = rows_of(tmp_path / "dataset", "train"), rows_of(tmp_path / "dataset", "test")
    assert {str(row["as_of"]) for row in train} == {APRIL, MAY}
    assert {str(row["as_of"]) for row in test} == {JUNE}
    assert not {row["customer_id"] for row in train} & {row["customer_id"] for row in test}


def test_nobody_tested_in_april_is_ever_trained_on(source, build, tmp_path):
    source.add_month(APRIL)
    build(MAY)
    tested_first = {row["customer_id"] for row in rows_of(tmp_path / "dataset", "test")}
    for month in (MAY, JUNE):
        source.add_month(month)
    build(JULY)
    trained_later = {row["customer_id"] for row in rows_of(tmp_path / "dataset", "train")}
    assert not tested_first & trained_later


def test_without_out_of_time_the_newest_month_is_trained_on_too(source, build, make_config):
    for month in (APRIL, MAY):
        source.add_month(month)
    dataset = build(JUNE, make_config(window={"min_rows": 10}, gate=FEW, split={"out_of_time": False}))
    assert (dataset.train_partitions, dataset.test_partitions, dataset.split_kind) == (
        (APRIL, MAY),
        (MAY,),
        "group split",
    )


def test_only_what_was_known_is_used_whatever_is_passed(source, build):
    for month in (APRIL, MAY, JUNE):
        source.add_month(month)
    dataset = build(JUNE)  # June's labels come a month later
    assert (dataset.train_partitions, dataset.test_partitions) == ((APRIL,), (MAY,))
    assert dataset.labels.known_on == JUNE
    assert [(seen.partition, seen.labelled) for seen in dataset.coverage] == [
        (APRIL, 60),
        (MAY, 60),
        (JUNE, 0),
    ]
    assert [seen.partition for seen in build(MAY).coverage] == [APRIL, MAY]


def test_the_window_takes_the_newest_labelled_partitions(source, build, make_config):
    for month in (APRIL, MAY, JUNE):
        source.add_month(month)
    dataset = build(JULY, make_config(window={"min_rows": 10, "partitions": 2}, gate=FEW))
    assert (dataset.train_partitions, dataset.test_partitions) == ((MAY,), (JUNE,))
    assert [seen.partition for seen in dataset.coverage] == [MAY, JUNE]


def test_rows_are_ordered_by_time_and_entity_with_all_columns_in_order(source, build, config, tmp_path):
    source.add_features(APRIL, list(range(CUSTOMERS))[::-1])
    source.add_labels(MAY, APRIL)
    source.add_month(MAY)
    source.add_month(JUNE)
    build(JULY)
    table = pq.read_table(tmp_path / "dataset" / "train.parquet")
    assert table.column_names == ["customer_id", "as_of", *config.feature_names, "defaulted"]
    keys = list(zip(table["as_of"].to_pylist(), table["customer_id"].to_pylist(), strict=True))
    assert keys == sorted(keys)


def test_features_and_labels_stay_with_their_customer(source, build, tmp_path):
    shuffled = np.random.default_rng(5).permutation(CUSTOMERS).tolist()
    source.add_features(APRIL)
    source.add_labels(MAY, APRIL, ids=shuffled, targets=[int(one % 3 == 0) for one in shuffled])
    build(MAY)
    given = {row["customer_id"]: row for row in pq.read_table(source.features[APRIL]).to_pylist()}
    for name in ("train", "test"):
        for row in rows_of(tmp_path / "dataset", name):
            assert row.pop("defaulted") == (row["customer_id"] % 3 == 0)
            assert row == given[row["customer_id"]]


def test_the_same_input_gives_the_same_bytes(source, build, tmp_path):
    for month in (APRIL, MAY):
        source.add_month(month)
    once, again = build(JUNE, target=tmp_path / "once"), build(JUNE, target=tmp_path / "again")
    assert once == again
    for name in ("train.parquet", "test.parquet", "dataset.json"):
        assert (tmp_path / "once" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_the_order_of_rows_in_a_delivery_changes_nothing(source, build, tmp_path):
    source.add_month(APRIL)
    once = build(MAY)
    path = source.features[APRIL]
    table = pq.read_table(path)
    pq.write_table(table.take(np.arange(CUSTOMERS)[::-1]), path)
    assert build(MAY, target=tmp_path / "again").digest == once.digest


def test_digests_name_the_files_and_the_split(source, build, make_config, tmp_path):
    source.add_month(APRIL)
    dataset = build(MAY)
    assert dataset.test_digest == file_digest(tmp_path / "dataset" / "test.parquet")
    assert dataset.train_digest == file_digest(tmp_path / "dataset" / "train.parquet")
    other = build(MAY, make_config(window={"min_rows": 10}, gate=FEW, split={"seed": 1}), tmp_path / "other")
    assert len({dataset.digest, dataset.test_digest, other.digest, other.test_digest}) == 4


def test_the_record_survives_json(source, build, tmp_path):
    source.add_month(APRIL)
    dataset = build(MAY)
    assert Dataset.from_dict(json.loads(json.dumps(dataset.to_dict()))) == dataset
    assert json.loads((tmp_path / "dataset" / "dataset.json").read_text()) == dataset.to_dict()
    assert dataset.train.rate == dataset.train.positives / dataset.train.rows


def test_a_record_of_a_single_test_partition_is_still_read(source, build):
    """As it was written before a test set could hold more than one, and before the holdout was kept."""
    source.add_month(APRIL)
    dataset = build(MAY)
    old = dataset.to_dict()
    (old["test_partition"],) = old.pop("test_partitions")
    old["border"] = {"group split": "entity"}[old.pop("split_kind")]
    del old["holdout"], old["champion_holdout"], old["dominant"], old["format"]
    for seen in old["coverage"]:
        del seen["left_out"]
    assert Dataset.from_dict(old) == dataclasses.replace(dataset, holdout=None)


def test_a_file_that_changed_after_it_was_frozen_is_refused(source, build, tmp_path):
    source.add_month(APRIL)
    dataset = build(MAY)
    path = tmp_path / "dataset" / "test.parquet"
    check_frozen(path, dataset.test_digest)
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(DataError, match=r"test\.parquet has changed since it was frozen.*run prepare again"):
        check_frozen(path, dataset.test_digest)


def test_string_entities_work(tmp_path, make_config):
    source = Source(tmp_path, pa.string())
    source.add_month(APRIL)
    source.add_month(MAY)
    config = make_config(entity={"type": "string"}, window={"min_rows": 10}, gate=FEW)
    dataset = build_dataset(source.features, source.labels, config, JUNE, tmp_path / "dataset")
    assert dataset.train.rows + dataset.test.rows == CUSTOMERS
    assert 0 < dataset.test.rows < CUSTOMERS


def test_a_label_repeated_with_the_same_value_is_counted(source, build):
    source.add_features(APRIL)
    source.add_labels(
        MAY, APRIL, [*range(CUSTOMERS), 3, 3, 4], [*(one % 2 for one in range(CUSTOMERS)), 1, 1, 0]
    )
    assert build(MAY).labels.repeated == 3


def test_a_conflict_within_one_delivery_is_refused_with_examples(source, build):
    source.add_features(APRIL)
    source.add_labels(MAY, APRIL, [*range(CUSTOMERS), 3, 7], [*(one % 2 for one in range(CUSTOMERS)), 0, 0])
    with pytest.raises(
        DataError, match=r"labels of 2005-05-31 about 2005-04-30: 2 rows have two different values.*3, 7"
    ):
        build(MAY)


def test_a_later_delivery_corrects_an_earlier_one(source, build, tmp_path):
    source.add_month(APRIL)
    source.add_features(MAY)
    source.add_labels(
        JUNE, [APRIL, APRIL, *[MAY] * CUSTOMERS], [3, 4, *range(CUSTOMERS)], [0, 0, *[0, 1] * 30]
    )
    dataset = build(JUNE, target=tmp_path / "dataset")
    assert (dataset.labels.corrected, dataset.labels.repeated) == (1, 1)
    april = build(MAY, target=tmp_path / "april")  # what was known then stays as it was
    assert (april.labels.corrected, april.labels.repeated) == (0, 0)
    for folder, expected in (("dataset", 0), ("april", 1)):
        rows = [*rows_of(tmp_path / folder, "train"), *rows_of(tmp_path / folder, "test")]
        found = [row["defaulted"] for row in rows if row["customer_id"] == 3 and str(row["as_of"]) == APRIL]
        assert found in ([expected], [])
        assert found or folder == "dataset"


def test_late_labels_complete_a_partition(source, build):
    source.add_features(APRIL)
    source.add_labels(MAY, APRIL, list(range(50)))
    source.add_labels(JUNE, APRIL, list(range(50, CUSTOMERS)))
    assert [seen.labelled for seen in build(MAY).coverage] == [50]
    assert [seen.labelled for seen in build(JUNE).coverage] == [60]


def test_labels_of_unknown_entities_and_partitions_are_counted_and_ignored(source, build):
    source.add_features(APRIL)
    source.add_labels(
        MAY,
        [*[APRIL] * (CUSTOMERS + 2), *["2005-05-15"] * 5],
        [*range(CUSTOMERS), 900, 901, *range(5)],
    )
    dataset = build(MAY)
    assert dataset.labels.without_features == 7
    assert dataset.coverage[0].labels_without_features == 2
    assert dataset.train.rows + dataset.test.rows == CUSTOMERS


def test_features_without_a_label_are_counted_and_left_out(source, build):
    source.add_features(APRIL, list(range(70)))
    source.add_labels(MAY, APRIL)
    dataset = build(MAY)
    assert (dataset.coverage[0].rows, dataset.coverage[0].labelled) == (70, 60)
    assert dataset.train.rows + dataset.test.rows == 60


def test_the_target_may_be_a_column_of_the_features(source, make_config, tmp_path):
    config = make_config(source={"labels": None}, window={"min_rows": 10}, gate=FEW)
    source.add_features(APRIL, targets=[None, *[one % 2 for one in range(1, CUSTOMERS)]])
    source.add_features(MAY, targets=[one % 2 for one in range(CUSTOMERS)])
    dataset = build_dataset(source.features, {}, config, "2005-06-30", tmp_path / "dataset")
    assert [(seen.rows, seen.labelled) for seen in dataset.coverage] == [
        (60, 59),
        (60, 0),
    ]  # 31 days have not passed
    assert dataset.labels.known_on == "2005-05-31"
    later = build_dataset(source.features, {}, config, "2005-07-01", tmp_path / "later")
    assert (later.train_partitions, later.test_partitions) == ((APRIL,), (MAY,))


def test_a_repeated_row_of_features_is_refused_with_examples(source, build):
    source.add_features(APRIL, [*range(CUSTOMERS), 7, 7, 9])
    source.add_labels(MAY, APRIL)
    with pytest.raises(
        DataError, match=r"features of 2005-04-30: 2 values of customer_id occur more than once.*7, 9"
    ):
        build(MAY)


def test_a_row_of_another_date_is_refused(source, build):
    source.add_features(APRIL, time=JUNE)
    source.add_labels(MAY, APRIL)
    with pytest.raises(
        DataError, match=r"features of 2005-04-30 hold rows of 2005-06-30: expected as_of = 2005-04-30"
    ):
        build(MAY)


def test_a_label_known_before_its_observation_is_refused(source, build):
    source.add_month(APRIL)
    source.add_labels(MAY, [*[APRIL] * 59, JUNE])
    with pytest.raises(
        DataError, match=r"labels of 2005-05-31 hold 1 labels about 2005-06-30, which is later"
    ):
        build(MAY)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("customer_id", {"ids": [None, *range(1, CUSTOMERS)]}),
        ("as_of", {"about": [None, *[APRIL] * 59]}),
        ("defaulted", {"targets": [None, *[0, 1] * 29, 0]}),
    ],
)
def test_a_label_with_a_hole_is_refused(source, build, column, values):
    source.add_features(APRIL)
    source.add_labels(MAY, **{"about": APRIL, **values})
    with pytest.raises(DataError, match=f"labels of 2005-05-31: 1 of 60 rows have no {column}"):
        build(MAY)


def test_a_row_without_an_entity_is_refused(source, build):
    source.add_features(APRIL, [None, *range(1, CUSTOMERS)])
    source.add_labels(MAY, APRIL)
    with pytest.raises(DataError, match="features of 2005-04-30: 1 of 60 rows have no customer_id"):
        build(MAY)


def test_a_target_outside_zero_and_one_is_refused(source, build):
    source.add_features(APRIL)
    source.add_labels(MAY, APRIL, targets=[*[0, 1] * 29, 2, -1])
    with pytest.raises(DataError, match=r"2 of 60 are neither 0 nor 1 \(found \[-1, 2\]\)"):
        build(MAY)


def test_a_missing_snapshot_is_refused(source, build):
    source.add_month(APRIL)
    source.features[APRIL].unlink()
    with pytest.raises(DataError, match="does not exist: run extract"):
        build(MAY)


def test_a_truncated_snapshot_is_refused(source, build):
    source.add_month(APRIL)
    path = source.features[APRIL]
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match="is not a readable Parquet file"):
        build(MAY)


def test_a_snapshot_of_other_types_is_refused(source, build, make_config):
    source.add_month(APRIL)
    config = make_config(entity={"type": "string"})
    with pytest.raises(DataError, match="customer_id: found int64, expected string"):
        build(MAY, config)


def test_a_failed_build_leaves_the_previous_dataset_and_no_rubbish(source, build, tmp_path, monkeypatch):
    source.add_month(APRIL)
    source.add_month(MAY)
    before = build(MAY)

    def fail(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", fail)
    with pytest.raises(StorageError, match=r"could not write the dataset to .*No space left.*free space"):
        build(JUNE)
    assert json.loads((tmp_path / "dataset" / "dataset.json").read_text()) == before.to_dict()
    assert sorted(path.name for path in (tmp_path / "dataset").iterdir()) == [
        "dataset.json",
        "test.parquet",
        "train.parquet",
    ]


@pytest.fixture
def leaky(source, build, config, tmp_path):
    """Return a function that checks two of the small dataset's files under a record with some fields
    changed."""
    for month in (APRIL, MAY):
        source.add_month(month)
    dataset = build(JUNE)

    def check(train="train", test="test", **changes):
        plain = {**dataset.to_dict(), **changes}
        folder = tmp_path / "dataset"
        check_no_leak(
            folder / f"{train}.parquet", folder / f"{test}.parquet", config, Dataset.from_dict(plain)
        )

    return check


def test_a_sound_dataset_has_no_leak(leaky):
    leaky()


def test_a_customer_on_both_sides_is_found(leaky):
    with pytest.raises(DataError, match=r"leak: \d+ values of customer_id are in training and test"):
        leaky(test="train", split_kind="group split")


def test_a_label_from_the_future_is_found(leaky):
    labels = {"known_on": JULY, "repeated": 0, "corrected": 0, "without_features": 0}
    with pytest.raises(DataError, match="leak: rows or labels of 2005-07-31 were used as of 2005-06-30"):
        leaky(labels=labels)


def test_a_row_from_the_future_is_found(leaky):
    with pytest.raises(DataError, match="leak: rows or labels of 2005-06-30 were used as of 2005-05-01"):
        leaky(as_of="2005-05-01")


def test_training_that_does_not_end_before_the_test_is_found(leaky):
    with pytest.raises(
        DataError, match="leak: training ends on 2005-05-31 and the test begins on 2005-04-30"
    ):
        leaky(train="test", test="train")


def test_preparing_imports_no_pandas(source, build, tmp_path):
    """pandas costs a second of every prepare task, and pyarrow imports it behind many an innocent call."""
    for month in (APRIL, MAY):
        source.add_month(month)
    script = f"""
import sys, yaml
from pathlib import Path
from include.config.schema import ModelConfig
from include.data.dataset import build_dataset
config = ModelConfig.model_validate(yaml.safe_load(Path("include/models/credit_risk/model.yaml").read_text()))
config = config.model_copy(update={{
    "window": config.window.model_copy(update={{"min_rows": 10}}),
    "gate": config.gate.model_copy(update={FEW!r}),
}})
features = {{k: Path(v) for k, v in { ({k: str(v) for k, v in source.features.items()})!r}.items()}}
labels = {{k: Path(v) for k, v in { ({k: str(v) for k, v in source.labels.items()})!r}.items()}}
print(build_dataset(features, labels, config, {JUNE!r}, Path({str(tmp_path / "fresh")!r})).digest)
print("pandas" in sys.modules, "sklearn" in sys.modules)
"""
    root = Path(__file__).parents[3]
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=False
    )
    assert result.stdout.split() == [build(JUNE).digest, "False", "False"], result.stderr
