from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from include.config.load import load_model
from include.errors import ConfigError, DataError, StorageError
from mlops.hooks.source import SourceHook

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.schema import Source

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
def settings(model_folder: Path) -> Source:
    return load_model(model_folder).source


def test_what_is_delivered_is_found_by_table_and_partition(settings: Source, deliveries: Path) -> None:
    found = SourceHook(settings).partitions()
    assert {table: list(partitions) for table, partitions in found.items()} == {
        "features": ["2005-04-30", "2005-05-31"],
        "labels": ["2005-05-31"],
    }
    uri = f"file://{deliveries}/accounts/as_of=2005-04-30/accounts.csv"
    assert found["features"]["2005-04-30"] == uri


def test_a_delivery_that_has_just_arrived_is_seen(settings: Source, deliveries: Path) -> None:
    hook = SourceHook(settings)
    hook.partitions()
    new = deliveries / "accounts" / "as_of=2005-06-30" / "accounts.csv"
    new.parent.mkdir()
    new.write_text("a\n3\n")
    assert list(hook.partitions()["features"])[-1] == "2005-06-30"


def test_a_source_that_is_not_there_has_no_partitions(settings: Source, state: Path) -> None:
    assert SourceHook(settings).partitions() == {"features": {}, "labels": {}}


def test_a_partition_that_is_named_by_no_date_is_told_of(settings: Source, deliveries: Path) -> None:
    wrong = deliveries / "accounts" / "as_of=31.05.2005"
    wrong.mkdir()
    (wrong / "accounts.csv").write_text("a\n")
    with pytest.raises(DataError, match=r"31\.05\.2005"):
        SourceHook(settings).partitions()


def test_a_model_with_its_target_in_the_features_has_one_table(model_folder: Path, deliveries: Path) -> None:
    settings = load_model(model_folder).source.model_copy(update={"labels": None})
    hook = SourceHook(settings)
    assert list(hook.tables) == list(hook.partitions()) == ["features"]


def test_a_uri_with_a_scheme_stands_for_itself(model_folder: Path, deliveries: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "2005-04-30.csv"
    other.parent.mkdir()
    other.write_text("a\n1\n")
    source = load_model(model_folder).source
    table = source.features.model_copy(update={"uri": f"file://{other.parent}/{{partition}}.csv"})
    found = SourceHook(source.model_copy(update={"features": table})).partitions()
    assert found["features"] == {"2005-04-30": f"file://{other}"}


def test_a_message_can_name_the_source(settings: Source, deliveries: Path) -> None:
    expected = f"file://{deliveries}/accounts/as_of={{partition}}/accounts.csv"
    assert SourceHook(settings).describe() == expected


def test_a_local_delivery_is_read_where_it_lies(settings: Source, deliveries: Path, tmp_path: Path) -> None:
    hook = SourceHook(settings)
    uri = hook.partitions()["features"]["2005-04-30"]
    delivery = hook.fetch(uri, tmp_path / "scratch")
    assert delivery.file == deliveries / "accounts/as_of=2005-04-30/accounts.csv"
    assert delivery.uri == uri
    assert delivery.sha256 == hashlib.sha256(b"a\n1\n").hexdigest()
    assert not (tmp_path / "scratch").exists(), "nothing is copied"


def test_a_delivery_that_is_gone_again_is_told_of(settings: Source, deliveries: Path, tmp_path: Path) -> None:
    hook = SourceHook(settings)
    uri = hook.partitions()["features"]["2005-04-30"]
    (deliveries / "accounts/as_of=2005-04-30/accounts.csv").unlink()
    with pytest.raises(DataError, match=r"as_of=2005-04-30/accounts\.csv is gone.*Deliver it again"):
        hook.fetch(uri, tmp_path)


def test_a_delivery_that_is_still_being_written_is_worth_a_retry(
    settings: Source, deliveries: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = SourceHook(settings)
    uri = hook.partitions()["features"]["2005-04-30"]
    file = deliveries / "accounts/as_of=2005-04-30/accounts.csv"
    digest = hashlib.file_digest

    def writing(stream: object, name: str) -> object:
        found = digest(stream, name)  # type: ignore[arg-type]
        with file.open("a") as more:
            more.write("2\n")
        return found

    monkeypatch.setattr(hashlib, "file_digest", writing)
    with pytest.raises(StorageError, match="changed while it was read"):
        hook.fetch(uri, tmp_path)


def test_a_source_without_a_connection_is_a_mistake(
    settings: Source, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_CREDIT_RISK_SOURCE")
    with pytest.raises(ConfigError, match=r"no Airflow connection 'credit_risk_source'.*Admin > Connections"):
        SourceHook(settings).partitions()
