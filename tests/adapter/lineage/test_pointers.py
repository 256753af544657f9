"""Every pointer of a data registry by two git processes, read as the hook wrote them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.errors import ConfigError, QuarantinedDataError
from mlops.data.quarantine import refuse_quarantined
from mlops.data.quarantine_by_hand import BY_HAND, quarantine_by_hand
from mlops.hooks.data_registry import DataRegistryHook
from mlops.hooks.dvc.workspace import NewSnapshot
from mlops.lineage.forward import describe_delivery, find_deliveries
from mlops.lineage.objects import open_objects
from mlops.lineage.pointers import Pointers
from mlops.lineage.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from include.lineage import SnapshotRef

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(120)]


def publish(folder: Path, model: str, *content: tuple[str, int]) -> list[SnapshotRef]:
    """Publish a snapshot of one number for each partition."""
    new = []
    for partition, number in content:
        file = folder / f"{model}-{partition}-{number}.parquet"
        pq.write_table(pa.table({"number": [number]}), file)
        new.append(
            NewSnapshot(
                table="features", partition=partition, file=file, rows=1, source=f"file://{file}",
                source_sha256=f"{number:064}", schema_digest="s" * 64, as_of=partition,
            )
        )  # fmt: skip
    return DataRegistryHook().publish(model, new)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a registry and a store that the tests of this file share."""
    folder = tmp_path_factory.mktemp("lineage")
    with pytest.MonkeyPatch.context() as patch:
        for name, extra in (("DATA_REGISTRY", "registry.git"), ("OBJECT_STORE", "store")):
            where = {"remote": f"{folder}/{extra}", "root": f"file://{folder}/{extra}"}
            patch.setenv(f"AIRFLOW_CONN_{name}_DEFAULT", json.dumps({"conn_type": "generic", "extra": where}))
        yield folder


@pytest.fixture(scope="module")
def refs(home: Path) -> list[SnapshotRef]:
    """Two partitions of churn, of which the first was restated, and one of another model."""
    first = publish(home, "churn", ("2026-01-01", 1), ("2026-01-02", 2))
    return [
        *first,
        *publish(home, "churn", ("2026-01-01", 3)),
        *publish(home, "fraud", ("2026-01-01", 4)),
    ]


def test_every_version_that_ever_was_is_found_as_the_hook_knows_it(refs: list[SnapshotRef]) -> None:
    found = Pointers("data_registry_default").all
    assert [pointer.ref for pointer in found] == refs
    assert [pointer.owner for pointer in found] == ["churn", "churn", "churn", "fraud"]
    assert [pointer.md5 for pointer in found] == [ref.md5 for ref in refs]
    churn = DataRegistryHook().history("churn")
    assert [pointer.ref for pointer in found if pointer.owner == "churn"] == [one.ref for one in churn]


def test_a_pointer_that_the_registry_lacks_is_shown_from_one_that_it_has(refs: list[SnapshotRef]) -> None:
    pointers = Pointers("data_registry_default")
    others = [
        replace(refs[0], commit="0" * 40),
        replace(refs[0], path="churn/features/1999-01-01.parquet"),
        replace(refs[0], md5="0" * 32),
        replace(refs[3], commit=refs[0].commit),  # came later
    ]
    assert pointers.has([*refs, *others]) == {**dict.fromkeys(refs, True), **dict.fromkeys(others, False)}
    places = [(ref.commit, ref.path) for ref in [*refs, *others[:2]]]
    assert pointers.at(places) == [*refs, None, None]


def test_a_registry_elsewhere_is_cloned_and_one_that_is_not_there_holds_nothing(
    refs: list[SnapshotRef], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lead_to(remote: str) -> Pointers:
        monkeypatch.setenv("AIRFLOW_CONN_DATA_REGISTRY_DEFAULT", f'{{"extra": {{"remote": "{remote}"}}}}')
        return Pointers("data_registry_default")

    cloned = lead_to(f"file://{home}/registry.git")
    assert [pointer.ref for pointer in cloned.all] == refs
    nowhere = lead_to(f"{home}/nowhere.git")
    assert (nowhere.all, nowhere.has(refs[:1]), nowhere.at([("c", "p")])) == ([], {refs[0]: False}, [None])
    assert not (home / "nowhere.git").exists()


def test_a_delivery_is_found_by_how_its_md5_begins(refs: list[SnapshotRef]) -> None:
    sources = Sources()
    (found,) = find_deliveries(sources, refs[2].md5[:8].upper())
    assert (found.owner, found.ref, found.registered, found.stored) == ("churn", refs[2], True, True)
    with pytest.raises(ConfigError, match="Did you mean"):
        find_deliveries(sources, refs[0].md5[:5])
    with pytest.raises(ConfigError, match=r"There is no snapshot .* There are: [0-9a-f]{32}"):
        find_deliveries(sources, refs[3].md5, "churn")


def test_places_of_another_environment_are_refused(
    refs: list[SnapshotRef], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLOPS_ENVIRONMENT", "production")
    for ask in (lambda: Pointers("data_registry_default"), lambda: open_objects("object_store_default")):
        with pytest.raises(ConfigError, match="production"):
            ask()


def test_quarantine_by_hand_may_be_repeated_and_keeps_what_the_contract_said(
    refs: list[SnapshotRef],
) -> None:
    store = DataRegistryHook().store
    assert [quarantine_by_hand(store, "churn", refs[0], why) for why in ("cents", "again")] == [True, False]
    with pytest.raises(QuarantinedDataError, match="by hand: cents"):
        refuse_quarantined(store, "churn", refs)
    path = store.resolve(f"models/churn/quarantine/{refs[1].md5}.json")
    store.write_json(path, {"md5": refs[1].md5, "path": refs[1].path, "contract": "c1", "summary": "2 rules"})
    assert quarantine_by_hand(store, "churn", refs[1], "cents")
    assert (store.require_json(path)["contract"], store.require_json(path)[BY_HAND]) == ("c1", "cents")


def test_what_a_delivery_was_made_from_is_shown_and_what_is_gone_is_named(
    refs: list[SnapshotRef], home: Path
) -> None:
    assert describe_delivery(Sources(), refs[1].md5).gaps == []
    (home / "churn-2026-01-02-2.parquet").unlink()
    (home / "store" / "dvc" / "files" / "md5" / refs[1].md5[:2] / refs[1].md5[2:]).unlink()
    gaps = [node.gap for node in describe_delivery(Sources(), refs[1].md5).gaps]
    assert ["is gone from the object store" in gaps[0], "is no longer there" in gaps[1]] == [True, True]
