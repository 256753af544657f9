from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from include.config.load import load_model
from include.errors import ConfigError, DataError, StorageError
from mlops.hooks.sources.hook import SourceHook

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from include.config.data_schema import Table
    from include.config.schema import ModelConfig
    from mlops.hooks.sources.base import Delivery

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]


@pytest.fixture
def deliveries(state: Path) -> Path:
    """A source with two small partitions of each table, and things that lie about."""
    folder = state / "source" / "credit_risk"
    files = {
        "accounts/as_of=2005-04-30/accounts.csv": "a\n1\n",
        "accounts/as_of=2005-05-31/accounts.csv": "a\n2\n",
        "labels/known_on=2005-05-31/labels.csv": "b\n1\n",
        "accounts/README.md": "about",
        "accounts/as_of=2005-05-31/_SUCCESS": "",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def settings(model_folder: Path) -> ModelConfig:
    return load_model(model_folder)


def with_source(config: ModelConfig, **tables: Table | None) -> ModelConfig:
    return config.model_copy(update={"source": config.source.model_copy(update=tables)})


def fetch(hook: SourceHook, scratch: Path, partition: str = "2005-04-30") -> Delivery:
    return hook.tables["features"].fetch(partition, scratch)


def test_what_is_delivered_is_found_by_table_and_partition(settings: ModelConfig, deliveries: Path) -> None:
    found = SourceHook(settings).partitions()
    assert {table: list(partitions) for table, partitions in found.items()} == {
        "features": ["2005-04-30", "2005-05-31"],
        "labels": ["2005-05-31"],
    }
    uri = f"file://{deliveries}/accounts/as_of=2005-04-30/accounts.csv"
    assert found["features"]["2005-04-30"] == uri


def test_a_delivery_that_has_just_arrived_is_seen(settings: ModelConfig, deliveries: Path) -> None:
    hook = SourceHook(settings)
    hook.partitions()
    new = deliveries / "accounts" / "as_of=2005-06-30" / "accounts.csv"
    new.parent.mkdir()
    new.write_text("a\n3\n")
    assert list(hook.partitions()["features"])[-1] == "2005-06-30"


def test_a_source_that_is_not_there_has_no_partitions(settings: ModelConfig, state: Path) -> None:
    assert SourceHook(settings).partitions() == {"features": {}, "labels": {}}


def test_a_partition_that_is_named_by_no_date_is_reported(settings: ModelConfig, deliveries: Path) -> None:
    wrong = deliveries / "accounts" / "as_of=31.05.2005"
    wrong.mkdir()
    (wrong / "accounts.csv").write_text("a\n")
    with pytest.raises(DataError, match=r"31\.05\.2005"):
        SourceHook(settings).partitions()


def test_a_model_with_its_target_in_the_features_has_one_table(model_folder: Path, deliveries: Path) -> None:
    hook = SourceHook(with_source(load_model(model_folder), labels=None))
    assert list(hook.tables) == list(hook.partitions()) == ["features"]


def test_a_uri_with_a_scheme_stands_for_itself(model_folder: Path, deliveries: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "2005-04-30.csv"
    other.parent.mkdir()
    other.write_text("a\n1\n")
    config = load_model(model_folder)
    table = config.source.features.model_copy(update={"uri": f"file://{other.parent}/{{partition}}.csv"})
    found = SourceHook(with_source(config, features=table)).partitions()
    assert found["features"] == {"2005-04-30": f"file://{other}"}


def test_a_message_can_name_the_source(settings: ModelConfig, deliveries: Path) -> None:
    expected = f"file://{deliveries}/accounts/as_of={{partition}}/accounts.csv"
    assert SourceHook(settings).describe() == expected


def test_a_local_delivery_is_read_where_it_lies(
    settings: ModelConfig, deliveries: Path, tmp_path: Path
) -> None:
    hook = SourceHook(settings)
    uri = hook.partitions()["features"]["2005-04-30"]
    delivery = fetch(hook, tmp_path / "scratch")
    assert delivery.files[0] == deliveries / "accounts/as_of=2005-04-30/accounts.csv"
    assert delivery.uri == uri
    assert delivery.sha256 == hashlib.sha256(b"a\n1\n").hexdigest()
    assert not (tmp_path / "scratch").exists(), "nothing is copied"


def test_a_delivery_that_is_gone_again_is_reported(
    settings: ModelConfig, deliveries: Path, tmp_path: Path
) -> None:
    hook = SourceHook(settings)
    hook.partitions()
    (deliveries / "accounts/as_of=2005-04-30/accounts.csv").unlink()
    with pytest.raises(DataError, match=r"as_of=2005-04-30/accounts\.csv is gone.*Deliver it again"):
        fetch(hook, tmp_path)


def test_a_delivery_that_is_still_being_written_is_worth_a_retry(
    settings: ModelConfig, deliveries: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = SourceHook(settings)
    hook.partitions()
    file = deliveries / "accounts/as_of=2005-04-30/accounts.csv"
    digest = hashlib.file_digest

    def writing(stream: object, name: str) -> object:
        found = digest(stream, name)  # type: ignore[arg-type]
        with file.open("a") as more:
            more.write("2\n")
        return found

    monkeypatch.setattr(hashlib, "file_digest", writing)
    with pytest.raises(StorageError, match="changed while it was read"):
        fetch(hook, tmp_path)


def test_a_source_without_a_connection_is_a_issue(
    settings: ModelConfig, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_CREDIT_RISK_SOURCE")
    with pytest.raises(ConfigError, match=r"no Airflow connection 'credit_risk_source'.*Admin > Connections"):
        SourceHook(settings).partitions()


def parts(settings: ModelConfig, uri: str) -> SourceHook:
    table = settings.source.features.model_copy(update={"uri": uri})
    return SourceHook(with_source(settings, features=table, labels=None))


@pytest.fixture
def spark(state: Path) -> Path:
    """What Spark writes: part files, and files of its own beside them."""
    folder = state / "source" / "credit_risk" / "spark" / "as_of=2005-04-30"
    folder.mkdir(parents=True)
    for name, text in {
        "part-00001.csv": "a\n2\n", "part-00000.csv": "a\n1\n", "_SUCCESS": "", ".part-00000.csv.crc": "x",
        "._SUCCESS.crc": "x", ".DS_Store": "x", "part-00000.csv.crc": "x",
    }.items():  # fmt: skip
        (folder / name).write_text(text)
    (folder / "_temporary").mkdir()
    (folder.parent / "_SUCCESS").write_text("")
    (folder.parent / "README.md").write_text("about")
    return folder


@pytest.mark.parametrize("end", ["", "*", "*.csv", "part-*.csv", "part*"])
def test_part_files_are_one_delivery_in_the_order_of_their_names(
    settings: ModelConfig, spark: Path, tmp_path: Path, end: str
) -> None:
    hook = parts(settings, f"spark/as_of={{partition}}/{end}")
    found = hook.partitions()
    assert list(found["features"]) == ["2005-04-30"]
    delivery = fetch(hook, tmp_path)
    assert delivery.files == (spark / "part-00000.csv", spark / "part-00001.csv")
    assert delivery.origins == (f"file://{spark}/part-00000.csv", f"file://{spark}/part-00001.csv")


def test_the_fingerprint_of_part_files_is_that_of_names_and_content(
    settings: ModelConfig, spark: Path, tmp_path: Path
) -> None:
    hook = parts(settings, "spark/as_of={partition}/")
    hook.partitions()
    seen = [fetch(hook, tmp_path).sha256]
    (spark / "part-00001.csv").write_text("a\n3\n")
    seen.append(fetch(hook, tmp_path).sha256)
    (spark / "part-00001.csv").rename(spark / "part-00002.csv")
    seen.append(fetch(hook, tmp_path).sha256)
    (spark / "part-00003.csv").write_text("a\n")
    seen.append(fetch(hook, tmp_path).sha256)
    (spark / "_SUCCESS").write_text("other")
    assert len(set(seen)) == 4
    assert fetch(hook, tmp_path).sha256 == seen[-1]


def spoil_empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.rmdir() if path.is_dir() else path.unlink()


def spoil_side_files_only(folder: Path) -> None:
    for path in folder.glob("part*.csv"):
        path.unlink()


def spoil_inner_folder(folder: Path) -> None:
    (folder / "region=north").mkdir()


def spoil_delta(folder: Path) -> None:
    (folder / "_delta_log").mkdir()


def spoil_file(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder)
    folder.write_text("a\n1\n")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (spoil_empty, "holds nothing: the folder is empty"),
        (spoil_side_files_only, "has no part file that matches"),
        (spoil_inner_folder, "contains the folder 'region=north'; expected only part files"),
        (spoil_delta, "is a Delta Lake table"),
        (spoil_file, "is a file; expected a folder of part files"),
    ],
)
def test_a_folder_that_is_not_a_delivery_is_reported(
    settings: ModelConfig, spark: Path, tmp_path: Path, spoil: Callable[[Path], None], says: str
) -> None:
    spoil(spark)
    hook = parts(settings, "spark/as_of={partition}/")
    hook.partitions()
    with pytest.raises(DataError, match=says):
        fetch(hook, tmp_path)


def test_a_folder_where_a_file_was_expected_is_reported_with_the_uri_it_needs(
    settings: ModelConfig, spark: Path, tmp_path: Path
) -> None:
    """As Spark writes ``accounts.csv``."""
    inner = spark / "accounts.csv"
    inner.mkdir()
    hook = parts(settings, "spark/as_of={partition}/accounts.csv")
    hook.partitions()
    with pytest.raises(DataError, match=r"accounts\.csv is a folder; expected a file.*end the uri"):
        fetch(hook, tmp_path)


@pytest.mark.parametrize("name", ["part-2.csv._COPYING_", "part-2.csv.part", "x.tmp"])
def test_a_folder_with_unfinished_files_is_worth_a_retry(
    settings: ModelConfig, spark: Path, tmp_path: Path, name: str
) -> None:
    (spark / name).write_text("a\n")
    hook = parts(settings, "spark/as_of={partition}/")
    hook.partitions()
    with pytest.raises(StorageError, match="still being written"):
        fetch(hook, tmp_path)


def test_a_folder_that_spark_has_not_finished_is_worth_a_retry(
    settings: ModelConfig, spark: Path, tmp_path: Path
) -> None:
    (spark / "_SUCCESS").unlink()
    hook = parts(settings, "spark/as_of={partition}/")
    hook.partitions()
    with pytest.raises(StorageError, match="still being written"):
        fetch(hook, tmp_path)


def test_a_folder_that_grows_while_it_is_read_is_worth_a_retry(
    settings: ModelConfig, spark: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = parts(settings, "spark/as_of={partition}/")
    hook.partitions()
    digest = hashlib.file_digest

    def writing(stream: object, name: str) -> object:
        (spark / "part-00009.csv").write_text("a\n9\n")
        return digest(stream, name)  # type: ignore[arg-type]

    monkeypatch.setattr(hashlib, "file_digest", writing)
    with pytest.raises(StorageError, match="changed while it was read"):
        fetch(hook, tmp_path)


@pytest.mark.parametrize("name", ["a[1]", "a*b", "team#1", "a b", "a%20b", "a?b"])
def test_deliveries_below_an_odd_root_are_found(
    settings: ModelConfig, tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    file = tmp_path / name / "accounts" / "as_of=2005-04-30" / "accounts.csv"
    file.parent.mkdir(parents=True)
    file.write_text("a\n1\n")
    connection = {"conn_type": "generic", "extra": {"root": f"file://{tmp_path}/{name}"}}
    monkeypatch.setenv("AIRFLOW_CONN_CREDIT_RISK_SOURCE", json.dumps(connection))
    hook = parts(settings, "accounts/as_of={partition}/accounts.csv")
    found = hook.partitions()["features"]
    assert found == {"2005-04-30": f"file://{file}"}
    assert fetch(hook, tmp_path).files == (file,)


def test_a_folder_that_may_not_be_read_is_not_taken_for_an_empty_one(
    settings: ModelConfig, deliveries: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fsspec.implementations.local import LocalFileSystem

    ls = LocalFileSystem.ls

    def forbidden(self: LocalFileSystem, path: str, **options: object) -> object:
        if "as_of=2005-05-31" in str(path):
            raise PermissionError(13, "Permission denied", path)
        return ls(self, path, **options)

    monkeypatch.setattr(LocalFileSystem, "ls", forbidden)
    with pytest.raises(ConfigError, match=r"Permission denied.*credit_risk_source"):
        SourceHook(settings).partitions()


@pytest.mark.parametrize(
    ("uri", "files", "found"),
    [
        (
            "flights/year={year}/month={month}/day={day}/flights.csv",
            [
                "year=2005/month=4/day=30/flights.csv",
                "year=2005/month=05/day=01/flights.csv",
                "year=2005/README",
            ],
            {"2005-04-30": 1, "2005-05-01": 1},
        ),
        (
            "flights/year={year}/month={month}/*.csv",
            ["year=2005/month=4/a.csv", "year=2005/month=4/b.csv", "year=2004/month=02/a.csv", "_SUCCESS"],
            {"2004-02-29": 1, "2005-04-30": 2},
        ),
    ],
)
def test_the_keys_of_hive_lead_to_partitions(
    settings: ModelConfig, state: Path, tmp_path: Path, uri: str, files: list[str], found: dict[str, int]
) -> None:
    for name in files:
        file = state / "source" / "credit_risk" / "flights" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("a\n1\n")
    hook = parts(settings, uri)
    assert list(hook.partitions()["features"]) == list(found)
    assert {day: len(fetch(hook, tmp_path, day).files) for day in found} == found
