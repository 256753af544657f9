"""What is watched when some deliveries are bad: the extraction, the contract and the way between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from include.config.load import load_model
from include.errors import DataError, QuarantinedDataError, StorageError
from include.lineage import Manifest, SnapshotRef
from include.monitoring.policy.missing import find_gone
from mlops import object_keys
from mlops.data.quarantine import Checked, without_quarantined
from mlops.data.watched_deliveries import convert_readable
from mlops.hooks.object_store import ObjectStoreHook
from mlops.operators.validate import ValidateDataOperator
from tests.world.results import HANDED_ON

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.adapter

MAY, JUNE, JULY = "2005-05-31", "2005-06-30", "2005-07-31"
SELECTED = {"features": {MAY: "may", JUNE: "june"}, "labels": {JUNE: "labels"}}


def ref(table: str, partition: str) -> SnapshotRef:
    return SnapshotRef(
        table=table, partition=partition, path=f"m/{table}/{partition}.parquet",
        md5=f"{table}-{partition}".encode().hex()[:32].ljust(32, "0"), rows=1, size=1, commit="c",
        source=f"{table}/{partition}", source_sha256="x", schema_digest="y",
    )  # fmt: skip


@pytest.fixture
def convert(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model_folder: Path) -> Any:
    """Return a function that converts what is selected, where some partitions fail as they are told to."""
    config = load_model(model_folder)

    def run(*, watching: bool = True, **failures: Exception) -> Any:
        def convert_changed(_config: Any, _source: Any, selected: Any, *_: Any, **_kept: Any) -> Any:
            ((table, partitions),) = selected.items()
            ((partition, uri),) = partitions.items()
            if uri in failures:
                raise failures[uri]
            return [ref(table, partition)], []

        monkeypatch.setattr("mlops.data.watched_deliveries.convert_changed", convert_changed)
        nothing: Any = None
        return convert_readable(
            config, nothing, SELECTED, {}, deliveries=nothing, scratch=tmp_path, watching=watching
        )

    return run


def test_one_delivery_that_can_not_be_read_is_left_out_and_named(convert: Any) -> None:
    kept, new, missing = convert(may=DataError("may.csv: line 7\nand more"), labels=DataError("empty"))
    assert [one.partition for one in kept] == [JUNE]
    assert new == []
    assert [(one.name, one.reason, one.detail) for one in missing] == [
        (MAY, "can't be read", "may.csv: line 7"),
        (f"labels {JUNE}", "can't be read", "empty"),
    ]


def test_nothing_readable_fails_with_what_is_wrong_with_the_newest(convert: Any) -> None:
    with pytest.raises(DataError, match="the newest"):
        convert(may=DataError("older"), june=DataError("the newest"))


def test_who_does_not_watch_fails_at_the_first(convert: Any) -> None:
    with pytest.raises(DataError, match="older"):
        convert(watching=False, may=DataError("older"))


def test_an_outage_is_not_a_bad_delivery(convert: Any) -> None:
    with pytest.raises(StorageError):
        convert(may=StorageError("no route"))


def test_a_message_without_a_line_is_not_a_crash(convert: Any) -> None:
    _, _, missing = convert(may=DataError(""))
    assert missing[0].detail == ""


def test_what_the_source_no_longer_holds_is_named_where_it_is_looked_for() -> None:
    known = {(table, day): ref(table, day) for table in ("features", "labels") for day in (MAY, JUNE, JULY)}
    known["features", "2005-03-31"] = ref("features", "2005-03-31")
    delivered = {"features": {MAY: "a", JULY: "c"}, "labels": {MAY: "a", JUNE: "b", JULY: "c"}}
    gone = find_gone(delivered, {"features": {MAY: "a"}, "labels": {}}, known, JULY)
    assert [one.name for one in gone] == [JUNE], "older ones, and those it still holds, are not missing"
    assert find_gone(delivered, {"features": {MAY: "a"}}, known, MAY) == []


@pytest.fixture
def manifest(state: Path) -> Manifest:
    snapshots = (ref("features", MAY), ref("features", JUNE), ref("labels", JUNE))
    return Manifest(model="m", as_of=JULY, snapshots=snapshots)


def quarantine(*refs: SnapshotRef) -> None:
    store = ObjectStoreHook()
    for one in refs:
        mark = {"md5": one.md5, "path": one.path, "summary": "a child."}
        store.write_json(store.resolve(object_keys.quarantine("m", one.md5)), mark)


def test_the_others_are_used_when_some_are_quarantined(manifest: Manifest) -> None:
    store = ObjectStoreHook()
    assert without_quarantined(store, "m", manifest) == manifest
    quarantine(ref("features", JUNE), ref("labels", JUNE))
    good = without_quarantined(store, "m", manifest)
    assert [(one.table, one.partition) for one in good.snapshots] == [("features", MAY)]
    assert without_quarantined(store, "other", manifest) == manifest
    quarantine(ref("features", MAY))
    with pytest.raises(QuarantinedDataError, match=r"2005-05-31.parquet is quarantined .* a child\."):
        without_quarantined(store, "m", manifest)


@pytest.fixture
def validate(manifest: Manifest, model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that validates the manifest, in which some partitions break the contract."""
    from include.validation.report import ValidationReport

    store = ObjectStoreHook()
    store.write_json(store.resolve("manifest.json"), manifest.to_dict())

    def run(*bad: tuple[str, str], watching: bool) -> dict[str, Any]:
        def check(_self: Any, one: SnapshotRef) -> Checked:
            usable = (one.table, one.partition) not in bad
            report = ValidationReport(
                model="m", table=one.table, partition=one.partition, as_of=JULY, rows=1,
                contract_digest="c", findings=(), rules=(), gx_result={},
            )  # fmt: skip
            return Checked(ref=one, report=report, object_key="p", page="page", news=False, usable=usable)

        monkeypatch.setattr("mlops.data.quarantine.SnapshotChecker.check", check)
        task = ValidateDataOperator(
            task_id="validate", model_folder=str(model_folder), watching=watching,
            extracted=HANDED_ON["extracted"] | {"manifest_key": "manifest.json"},
        )  # fmt: skip
        task.pre_execute({})  # type: ignore[typeddict-item]
        context: Any = {}
        return task.execute(context)

    return run


def test_who_watches_goes_on_with_what_is_good(validate: Any, capfd: pytest.CaptureFixture[str]) -> None:
    result = validate(("features", JUNE), ("labels", JUNE), watching=True)
    assert result["quarantined"] == [f"m/features/{JUNE}.parquet", f"m/labels/{JUNE}.parquet"]
    assert f"m/features/{JUNE}.parquet is quarantined" in "".join(capfd.readouterr())
    assert validate(watching=True)["quarantined"] == []


def test_who_learns_fails_and_so_does_who_has_nothing_to_watch(validate: Any) -> None:
    with pytest.raises(DataError):
        validate(("labels", JUNE), watching=False)
    with pytest.raises(DataError):
        validate(("features", MAY), ("features", JUNE), watching=True)
