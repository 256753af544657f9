"""Files that can't be read as what model.yaml says: refused by extract, before anything is versioned."""

from __future__ import annotations

import gzip
import json
import shutil
from typing import TYPE_CHECKING

import pytest

from include.errors import ConfigError, DataError
from mlops.hooks.data_registry import DataRegistryHook
from tests.world.world import MODEL, NEXT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.bad_inputs.conftest import Refusal, Waits
    from tests.world.world import World

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]


def column(file: Path, name: str, change: Callable[[str], str]) -> None:
    """Change every value of a column."""
    header, *rows = [line.split(",") for line in file.read_text().splitlines()]
    place = header.index(name)
    for row in rows:
        row[place] = change(row[place])
    file.write_text("\n".join(",".join(row) for row in [header, *rows]) + "\n")


def without_last_column(file: Path) -> None:
    file.write_text("".join(line.rsplit(",", 1)[0] + "\n" for line in file.read_text().splitlines()))


def without_id_7(file: Path) -> None:
    column(file, "customer_id", lambda value: "" if value == "7" else value)


def rename(old: str, new: str) -> Callable[[Path], None]:
    def change(file: Path) -> None:
        header, rest = file.read_text().split("\n", 1)
        file.write_text(header.replace(old, new, 1) + "\n" + rest)

    return change


def repeat_first_feature(file: Path) -> None:
    lines = file.read_text().splitlines()
    header = lines[0] + ",credit_limit"
    file.write_text("\n".join([header, *(line + ",1" for line in lines[1:])]) + "\n")


def as_latin_1(file: Path) -> None:
    column(file, "education", lambda value: "Universität" if value == "2" else value)
    file.write_bytes(file.read_text().encode("latin-1"))


def note(file: Path, value: str) -> None:
    """Add a column that the model does not use."""
    header, *rows = file.read_text().splitlines()
    file.write_bytes(f"{header},note\n{''.join(f'{row},{value}{chr(10)}' for row in rows)}".encode())


def sex_as_floats(file: Path) -> None:
    column(file, "sex", lambda value: f"{value}.0")
    header, first, rest = file.read_text().split("\n", 2)
    fields = first.split(",")
    fields[header.split(",").index("sex")] = ""
    file.write_text("\n".join([header, ",".join(fields), rest]))


# what, how the delivery is spoiled, what the message says besides the file's name
SPOILED = [
    ("empty file", lambda file: file.write_text(""), ["is empty (0 bytes)", "Deliver the complete"]),
    (
        "header only",
        lambda file: file.write_text(file.read_text().split("\n", 1)[0] + "\n"),
        ["a header but no rows", "Deliver the complete file again"],
    ),
    ("bare double quote", lambda file: note(file, '5" pipe'), ["line 2", "Double the quotes"]),
    ("quotes escaped by a backslash", lambda file: note(file, '"a \\"b\\" c"'), ["line 2", "backslash"]),
    ("zero byte", lambda file: file.write_bytes(file.read_bytes()[:-9] + bytes(9)), ["is null"]),
    ("carriage return within a line", lambda file: note(file, "a\rb"), ["line 2", "carriage return"]),
    (
        "two files joined",
        lambda file: file.write_bytes(file.read_bytes() + b"\xef\xbb\xbf" + file.read_bytes()),
        ["byte order mark", "joined"],
    ),
    ("gzip cut off", lambda file: file.write_bytes(gzip.compress(file.read_bytes())[:-20]), ["truncated"]),
    ("category written as floats", sex_as_floats, ["'sex'", "astype('Int64')"]),
    (
        "category that spells a boolean in two ways",
        lambda file: column(file, "sex", lambda value: "true" if value == "1" else "True"),
        ["'sex'", "'true'", "'True'", "one spelling"],
    ),
    ("JSON where CSV is expected", lambda file: file.write_text('{"customer_id": 1}\n'), ["JSON"]),
    ("CSV in Latin-1", as_latin_1, ["line ", "not valid UTF-8", "Deliver it again in UTF-8"]),
    ("CSV in UTF-16", lambda file: file.write_text(file.read_text(), "utf-16"), ["UTF-16", "UTF-8"]),
    ("column missing", without_last_column, ["is missing", "Columns found", "Deliver the file again"]),
    ("column renamed", rename("pay_status", "Pay_Stat"), ["'pay_status'", "was it renamed?", "'Pay_Stat'"]),
    ("column twice", repeat_first_feature, ["'credit_limit'", "2 times", "remove the wrong one"]),
    (
        "column of another type",
        lambda file: column(file, "age", lambda value: f"{value} years"),
        ["age", "line 2", "years'", "a number such as 1234.5"],
    ),
    (
        "row cut short",
        lambda file: file.write_text(file.read_text().rstrip("\n").rsplit(",", 2)[0] + "\n"),
        ["line 3001"],
    ),
    ("id missing in a row", without_id_7, ["line 8"]),
    ("Parquet where CSV is expected", lambda file: file.write_bytes(b"PAR1" + b"\0" * 200), ["Parquet"]),
]  # fmt: skip


@pytest.mark.parametrize(("what", "spoil", "says"), SPOILED, ids=[case[0] for case in SPOILED])
def test_a_spoiled_file_is_refused_with_its_place(
    world: World, refused: Refusal, what: str, spoil: Callable[[Path], None], says: list[str]
) -> None:
    versions = DataRegistryHook().pointers(MODEL)
    spoil(world.accounts())
    refused(what, world.pipeline(), "extract", DataError, f"as_of={NEXT}/accounts.csv", *says)
    assert DataRegistryHook().pointers(MODEL) == versions, "a part of a refused delivery was versioned"


def test_a_target_that_is_not_a_number_is_refused(world: World, refused: Refusal) -> None:
    column(world.labels(), "defaulted", lambda value: "yes" if value == "1" else "no")
    refused("target of text", world.pipeline(), "extract", DataError, "labels.csv", "line 2", "0 or 1")


@pytest.fixture
def parquet(world: World) -> Path:
    """The features as Parquet files; return the one of June."""
    import polars as pl

    world.edit((
        "accounts/as_of={partition}/accounts.csv\n    format: csv",
        "pq/{partition}.parquet\n    format: parquet",
    ))
    codes = dict.fromkeys(("sex", "education", "marital_status"), pl.String)
    for file in world.source.glob("accounts/*/accounts.csv"):
        target = world.source / "pq" / f"{file.parent.name.removeprefix('as_of=')}.parquet"
        target.parent.mkdir(exist_ok=True)
        pl.read_csv(file, schema_overrides=codes, try_parse_dates=True).write_parquet(target)
    assert world.pipeline().run("extract") == "extract", "whole files must pass"
    return world.source / "pq" / f"{NEXT}.parquet"


@pytest.mark.parametrize("cut", [0.5, 0.999])
def test_parquet_that_was_cut_off_is_refused(
    world: World, refused: Refusal, parquet: Path, cut: float
) -> None:
    parquet.write_bytes(parquet.read_bytes()[: int(cut * parquet.stat().st_size)])
    refused(
        "truncated Parquet",
        world.pipeline(),
        "extract",
        DataError,
        parquet.as_uri(),
        "truncated",
        "deliver it again",
    )


def test_a_parquet_column_of_another_type_is_refused(world: World, refused: Refusal, parquet: Path) -> None:
    import polars as pl

    pl.read_parquet(parquet).with_columns(pl.col("age") > 40).write_parquet(parquet)
    refused(
        "Parquet column of another type", world.pipeline(), "extract", DataError, parquet.as_uri(),
        "'age' is stored as Boolean", "expected whole numbers, floats or decimals", "Deliver the file again",
    )  # fmt: skip


def test_a_parquet_column_that_is_missing_is_refused(world: World, refused: Refusal, parquet: Path) -> None:
    import polars as pl

    pl.read_parquet(parquet).drop("age").write_parquet(parquet)
    refused(
        "column missing", world.pipeline(), "extract", DataError, parquet.as_uri(), "'age' is missing",
        "Deliver the file again",
    )  # fmt: skip


def test_a_delivery_of_the_future_does_not_exist_for_the_run(world: World) -> None:
    shutil.copytree(world.accounts().parent, world.accounts("2031-01-31").parent)
    pipeline = world.pipeline()
    pipeline.run("extract")
    assert pipeline.results["extract"]["newest"] == NEXT
    assert ("features", "2031-01-31") not in DataRegistryHook().pointers(MODEL)


def test_a_source_that_is_not_there_names_where_it_was_sought(world: World, refused: Refusal) -> None:
    shutil.rmtree(world.source)
    refused(
        "missing source", world.pipeline(), "extract", DataError,
        str(world.source), "no partitions", "connection's root", "source.features.uri",
    )  # fmt: skip


def test_a_date_before_the_first_delivery_says_what_there_is(world: World, refused: Refusal) -> None:
    refused(
        "no delivery up to the run's date", world.pipeline(as_of="2005-03-01"), "extract", DataError,
        "2005-03-01", "2005-04-30 to 2005-09-30", "Choose a later as-of date",
    )  # fmt: skip


def test_a_file_that_vanishes_after_it_was_listed(
    world: World, refused: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlops.hooks.sources.hook import SourceHook

    listed = SourceHook.partitions

    def list_and_lose(hook: SourceHook) -> dict[str, dict[str, str]]:
        found = listed(hook)
        world.accounts().unlink()
        return found

    monkeypatch.setattr(SourceHook, "partitions", list_and_lose)
    refused(
        "file gone after listing",
        world.pipeline(),
        "extract",
        DataError,
        "accounts.csv is gone",
        "Deliver it again",
    )


def test_a_partition_that_is_not_a_date(world: World, refused: Refusal) -> None:
    world.accounts().parent.rename(world.source / "accounts" / "as_of=June")
    refused(
        "delivery not named by a date",
        world.pipeline(),
        "extract",
        DataError,
        "as_of=June",
        "'June'",
        "rename it",
    )


def test_labels_that_were_not_delivered(world: World, waits: Waits) -> None:
    shutil.rmtree(world.source / "labels")
    waits("no labels at all", world.pipeline(), "only 0 of 3,000 labels are known", "due on 2005-07-01")


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({}, ["extra.root", "Admin > Connections"]),
        ({"root": "/plain/path"}, ["file:///a/folder or s3://bucket"]),
    ],
)
def test_a_connection_without_a_usable_root(
    world: World, refused: Refusal, monkeypatch: pytest.MonkeyPatch, extra: dict[str, str], words: list[str]
) -> None:
    monkeypatch.setenv(
        "AIRFLOW_CONN_CREDIT_RISK_SOURCE", json.dumps({"conn_type": "generic", "extra": extra})
    )
    refused(
        "source connection without a root",
        world.pipeline(),
        "extract",
        ConfigError,
        "credit_risk_source",
        *words,
    )


def test_a_connection_that_does_not_exist(
    world: World, refused: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_CREDIT_RISK_SOURCE")
    refused(
        "source connection missing",
        world.pipeline(),
        "extract",
        ConfigError,
        "credit_risk_source",
        "Connections",
    )
