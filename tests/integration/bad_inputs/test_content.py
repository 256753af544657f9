"""Files that can be read and whose content is wrong: refused by the contract, or where too little is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.errors import ConfigError, DataError, ModelError
from include.validation.report import ContractBreach
from mlops import object_keys
from mlops.hooks.data_registry import DataRegistryHook
from tests.world.world import FIRST, MODEL, NEXT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.bad_inputs.conftest import Refusal, Waits
    from tests.world.world import World

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]


def column(name: str, change: Callable[[int, str], str]) -> Callable[[Path], None]:
    """Return what changes the values of a column, given the row's number (from 1) and the value."""

    def spoil(file: Path) -> None:
        header, *rows = [line.split(",") for line in file.read_text().splitlines()]
        place = header.index(name)
        for number, row in enumerate(rows, 1):
            row[place] = change(number, row[place])
        file.write_text("\n".join(",".join(row) for row in [header, *rows]) + "\n")

    return spoil


def repeat_rows(file: Path) -> None:
    lines = file.read_text().splitlines()
    file.write_text("\n".join([*lines, *lines[1:4]]) + "\n")


def some(rows: set[int], value: str) -> Callable[[int, str], str]:
    """Return what puts a value into some rows, for :func:`column`."""
    return lambda row, old: value if row in rows else old


def every(value: str) -> Callable[[int, str], str]:
    """Return what puts a value into every row, for :func:`column`."""
    return lambda row, old: value


# what, table, how it is spoiled, what the message says
BREACHES = [
    ("all-null numeric column", "features", column("age", every("")), ["age", "a column that was lost"]),
    ("all-null category", "features", column("sex", every("")), ["sex", "a column that was lost"]),
    ("infinite value", "features", column("bill_amount", some({5}, "inf")),
     ["bill_amount", "such as inf", "division by zero"]),
    ("duplicate entity rows", "features", repeat_rows,
     ["customer_id=1, as_of=2005-06-30", "One row for each entity and date"]),
    ("date in the future", "features", column("as_of", some({9}, "2026-01-01")),
     ["as_of", "such as 2026-01-01", "in the future"]),
    ("date of another partition", "features", column("as_of", some({9}, FIRST)),
     ["as_of", f"such as {FIRST}", "own date"]),
    ("value outside of the contract", "features", column("age", some({1, 2, 3}, "7")),
     ["age", "such as 7", "at least 18", "Cards are for adults"]),
    ("unknown category", "features", column("education", some({2}, "PhD")),
     ["education", "such as 'PhD'", "coding changed"]),
    ("target outside of 0 and 1", "labels", column("defaulted", some({3}, "2")),
     ["defaulted", "such as 2", "allowed one of 0, 1"]),
    ("label of a later date", "labels", column("as_of", every("2005-09-30")),
     ["as_of", "such as 2005-09-30", "in the future"]),
    ("duplicate labels", "labels", repeat_rows,
     ["customer_id=1, as_of=2005-05-31", "One row for each entity and date"]),
]  # fmt: skip


@pytest.mark.parametrize(("what", "table", "spoil", "says"), BREACHES, ids=[case[0] for case in BREACHES])
def test_content_in_breach_of_contract_is_refused_and_quarantined(
    world: World, refused: Refusal, what: str, table: str, spoil: Callable[[Path], None], says: list[str]
) -> None:
    file = world.accounts() if table == "features" else world.labels()
    spoil(file)
    message = refused(
        what, world.pipeline(), "validate", ContractBreach, f"file://{file}: {MODEL} {table} {NEXT}",
        "CRITICAL", "allowed", "delivered again", *says,
    )  # fmt: skip
    assert len(message.splitlines()) <= 12, "at most ten findings, a heading and the remedy"
    ref = DataRegistryHook().pointers(MODEL)[table, NEXT]
    assert (world.store / object_keys.quarantine(MODEL, ref.md5)).is_file()
    (report,) = (world.store / "models" / MODEL / "validation" / ref.md5).glob("*.html")
    assert table in report.read_text()


def test_the_first_of_many_breaches_are_shown(world: World, refused: Refusal) -> None:
    for name in ("credit_limit", "age", "pay_status", "bill_amount", "paid_amount"):
        column(name, lambda row, value: "-99999999" if row % 2 else "")(world.accounts())
    for name in ("sex", "education", "marital_status"):
        column(name, every("x"))(world.accounts())
    message = refused("many breaches at once", world.pipeline(), "validate", ContractBreach, "more")
    assert len(message.splitlines()) == 13  # heading, ten findings, how many more, remedy


def test_fewer_rows_than_the_minimum(world: World, waits: Waits) -> None:
    for file in (world.accounts("2005-04-30"), world.labels(FIRST)):
        file.write_text("".join(file.read_text().splitlines(keepends=True)[:301]))
    waits(
        "fewer rows than the minimum", world.pipeline(as_of=FIRST),
        "training rows: 201 in 2005-04-30", "test rows: 81 held out in 2005-04-30",
    )  # fmt: skip


def test_one_class_in_what_is_left_to_train_on(world: World, waits: Waits) -> None:
    """Labels of both classes, but those of class 1 are about customers who have no features."""
    column("defaulted", lambda row, value: "0" if row <= 2800 else "1")(world.labels(FIRST))
    accounts = world.accounts("2005-04-30")
    accounts.write_text("".join(accounts.read_text().splitlines(keepends=True)[:2801]))
    waits(
        "one class among the training rows", world.pipeline(as_of=FIRST),
        "training classes: 1,830 rows, 1,830 with defaulted = 0, 0 with defaulted = 1",
        "test classes: values of customer_id: 714 with defaulted = 0, 0 with defaulted = 1",
    )  # fmt: skip


def test_labels_that_have_come_so_far(world: World, waits: Waits) -> None:
    """Those who are late are known first."""
    labels = world.labels(FIRST)
    head, *lines = labels.read_text().splitlines(keepends=True)
    labels.write_text(head + "".join(lines[:400]))
    waits(
        "part of the labels", world.pipeline(as_of=FIRST),
        "400 of 3,000 labels are known (13.3%)", "at least 80% are needed (target.min_coverage)",
    )  # fmt: skip


def test_a_column_that_the_whole_window_lacks(world: World, refused: Refusal) -> None:
    """In few rows it may be chance, so no single delivery is refused for it."""
    world.edit(("min_rows: 500", "min_rows: 50"))
    for file in (world.accounts("2005-04-30"), world.labels(FIRST)):
        file.write_text("".join(file.read_text().splitlines(keepends=True)[:300]))
    column("age", every(""))(world.accounts("2005-04-30"))
    refused(
        "column without a value in the whole window", world.pipeline(as_of=FIRST), "prepare", DataError,
        "age without a single value in all of 2005-04-30", "remove it from features in model.yaml",
    )  # fmt: skip


def test_a_rule_that_great_expectations_does_not_know(world: World, refused: Refusal) -> None:
    world.edit(
        ("type: expect_column_median_to_be_between", "type: expect_column_median_to_be_betwen"),
        file="contract.yaml",
    )
    refused(
        "misspelt rule in contract.yaml", world.pipeline(), "validate", ConfigError, "contract.yaml",
        "'expect_column_median_to_be_betwen'", "did you mean 'expect_column_median_to_be_between'",
    )  # fmt: skip


def test_an_estimator_that_can_not_be_built(world: World, refused: Refusal) -> None:
    world.edit(("max_iter: 150", "max_itre: 150"))
    refused(
        "misspelt estimator parameter", world.pipeline(force=True), "train", ConfigError, "estimator.py",
        "max_itre", "estimator.parameters",
    )  # fmt: skip


def test_an_estimator_that_fails_on_the_data(world: World, refused: Refusal) -> None:
    world.edit(("max_leaf_nodes: 15", "max_leaf_nodes: 1"))
    refused(
        "estimator that fails while fitting", world.pipeline(force=True), "train", ModelError,
        "max_leaf_nodes", "check estimator.py and estimator.parameters in model.yaml",
    )  # fmt: skip
    assert [run.info.status for run in world.runs("training")].count("RUNNING") == 0
