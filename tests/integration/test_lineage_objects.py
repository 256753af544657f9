"""Lineage reads a bucket as it reads a folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.errors import ConfigError, DataError, StorageError
from include.scoring.predictions import Stamp
from mlops import object_keys
from mlops.hooks.object_store import ObjectStoreHook
from mlops.lineage.objects import key_within, open_objects, read_json, read_stamp_of
from mlops.lineage.predictions import predictions_of

if TYPE_CHECKING:
    from pathlib import Path

    from mlops.lineage.objects import Objects

pytestmark = pytest.mark.integration

STAMP = Stamp(
    model="loans", version="1", partition="2005-04-30", snapshot_md5="0" * 32, registry_commit="a" * 40,
    training_run="b" * 32, airflow_run="loans_scoring/manual__1/score", as_of="2005-04-30",
)  # fmt: skip
GOOD, OF_TWO, ALTERED, NONE = (
    object_keys.predictions("loans", "2005-04-30", version, "0" * 32) for version in ("1", "2", "3", "12")
)


@pytest.fixture(params=["folder", "bucket"])
def objects(request: pytest.FixtureRequest, state: Path, tmp_path: Path) -> Objects:
    """A store with a document and four files of predictions: two good ones, an altered one, and none."""
    if request.param == "bucket":
        request.getfixturevalue("s3_store")
    hook = ObjectStoreHook()
    hook.write_json(hook.resolve("models/loans/x.json"), {"a": "ä"})
    (tmp_path / "broken.json").write_text("{")
    hook.upload(tmp_path / "broken.json", hook.resolve("models/loans/y.json"))
    written = STAMP.to_metadata()
    for key, version in ((GOOD, "1"), (OF_TWO, "2"), (ALTERED, "3'")):
        stamp = written | {"mlops.version": version}
        file = tmp_path / key.rpartition("/")[2]
        pq.write_table(pa.table({"score": [0.5]}).replace_schema_metadata(stamp), file)
        hook.upload(file, hook.resolve(key))
    hook.upload(tmp_path / "broken.json", hook.resolve(NONE))
    return open_objects("object_store_default")


def test_what_is_there_is_read_and_what_is_not_is_none(objects: Objects) -> None:
    keys = ["models/loans/x.json", "models/loans/none.json", "models/loans", "elsewhere/x.json"]
    assert objects.many(objects.exists, keys) == [True, False, False, False]
    assert [read_json(objects, key) for key in (keys[0], keys[1], keys[3])] == [{"a": "ä"}, None, None]
    with pytest.raises(DataError, match=r"y\.json is not valid JSON"):
        read_json(objects, "models/loans/y.json")
    assert objects.below("models/loans/predictions") == sorted([GOOD, OF_TWO, ALTERED, NONE])
    assert objects.below("models/nobody") == []
    assert [key_within(objects, text) for text in (GOOD, f"{objects.root}/{GOOD}")] == [GOOD, GOOD]
    for outside in (f"{objects.root}-2/{GOOD}", "s3://another/x.parquet", "../x.parquet", "/x.parquet"):
        with pytest.raises(ConfigError, match="does not lie in the object store"):
            key_within(objects, outside)


@pytest.mark.full  # waits for the client's retries
def test_a_server_that_is_away_is_an_error_and_no_gap(
    s3_store: str, s3_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = os.environ["AIRFLOW_CONN_OBJECT_STORE_DEFAULT"].replace(s3_endpoint, "http://127.0.0.1:9")
    monkeypatch.setenv("AIRFLOW_CONN_OBJECT_STORE_DEFAULT", connection)
    objects = open_objects("object_store_default")
    for ask in (objects.exists, objects.read_text, objects.below):
        with pytest.raises(StorageError):
            ask("models/loans/x.json")


def test_a_file_of_predictions_says_where_it_comes_from_and_one_that_can_not_is_named(
    objects: Objects,
) -> None:
    assert read_stamp_of(objects, GOOD) == STAMP
    found, wrong = predictions_of(objects, "loans")
    assert [one.key for one in found] == [GOOD, OF_TWO]
    assert {key: "stamp has the version" in why for key, why in wrong.items()} == {ALTERED: True, NONE: False}
    assert [one.key for one in predictions_of(objects, "loans", "1")[0]] == [GOOD]
