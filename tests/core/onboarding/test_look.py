"""What is found in a table, what follows from it, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from include.errors import DataError
from include.onboarding.source import SourceTable, find_files
from tests.core.onboarding.tables import look_at, visits, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.core


@pytest.mark.parametrize(
    ("values", "task", "why"),
    [
        (lambda f: f.missed, "binary", "its values are 0 and 1"),
        (lambda f: f.missed.astype(bool), "binary", "two values"),
        (lambda f: np.where(f.missed == 1, "yes", "no"), "binary", "two values"),
        (lambda f: f.ward, "multiclass", "3 different texts"),
        (lambda f: f.minutes, "regression", "it holds numbers"),
        (lambda f: f.visit_id % 7.0, "regression", "for classes say --task multiclass"),
    ],
)
@pytest.mark.parametrize("name", ["table.csv.gz", "table.parquet"])
def test_task_follows_from_target(
    values: Callable[[pd.DataFrame], Any], task: str, why: str, name: str, tmp_path: Path
) -> None:
    frame = visits()
    frame["missed"] = values(frame)
    found = look_at(frame, tmp_path, name=name)
    assert found.target.task == task
    assert why in found.target.why


def test_other_values_than_0_and_1_are_laid_out_as_these(tmp_path: Path) -> None:
    frame = visits()
    frame["missed"] = np.where(frame.missed == 1, "churned", "stayed")
    assert look_at(frame, tmp_path).target.meaning == "1 is churned, 0 is stayed"


def test_whole_numbers_are_classes_where_somebody_says_so(tmp_path: Path) -> None:
    frame = visits()
    frame["missed"] = frame.visit_id % 12
    assert look_at(frame, tmp_path, task="multiclass").target.classes == tuple(map(str, range(12)))


@pytest.mark.parametrize(
    ("rows", "days", "every"), [(9000, 20, "day"), (9000, 150, "week"), (900, 200, "month"), (120, 8, "day")]
)
def test_partitions_are_the_shortest_that_tell_something(
    rows: int, days: int, every: str, tmp_path: Path
) -> None:
    found = look_at(visits(rows, days), tmp_path)
    assert found.cut.every == every
    assert sum(found.cut.rows.values()) == rows


def test_partition_is_named_by_its_last_day(tmp_path: Path) -> None:
    frame = visits(900, 60)
    assert list(look_at(frame, tmp_path / "a", every="month").cut.rows) == ["2024-01-31", "2024-02-29"]
    weeks = list(look_at(frame, tmp_path / "b", every="week").cut.rows)
    assert weeks[:2] == ["2024-01-07", "2024-01-14"]


@pytest.mark.parametrize(("spelling", "said"), [("%d.%m.%Y", "day.month"), ("%m/%d/%Y", "month/day/year")])
def test_days_that_are_spelt_otherwise_are_read(spelling: str, said: str, tmp_path: Path) -> None:
    rows = visits()
    found = look_at(rows.assign(day=rows.day.dt.strftime(spelling)), tmp_path, name="table.csv")
    assert found.cut.rows == look_at(rows, tmp_path / "usual").cut.rows
    assert said in found.moments.note


def test_day_ends_at_midnight_of_the_zone(tmp_path: Path) -> None:
    frame = visits(400, 30)
    frame["day"] = frame.day.dt.tz_localize("UTC") + pd.Timedelta(hours=23)
    found = look_at(frame, tmp_path, every="day", timezone="Europe/Berlin")
    assert (found.moments.type, found.moments.zoned) == ("timestamp", True)
    assert min(found.cut.rows) == "2024-01-02"


def test_table_that_names_nobody_gets_numbers(tmp_path: Path) -> None:
    found = look_at(visits().drop(columns="visit_id"), tmp_path)
    assert (found.entity.column, found.entity.derived) == ("row_id", True)


def test_texts_that_all_differ_name_whom_a_row_is_about(tmp_path: Path) -> None:
    rows = visits().drop(columns="visit_id")
    found = look_at(rows.assign(who=[f"guest {n}" for n in range(len(rows))]), tmp_path)
    assert found.entity.column == "who"
    assert found.entity.why.startswith("no column is called like an id; it is filled in every row; no two")


def test_number_of_a_row_does_not_take_a_column_s_name(tmp_path: Path) -> None:
    frame = visits().drop(columns="visit_id").assign(Row_ID=0.5)
    assert look_at(frame, tmp_path).entity.column == "row_id_"


def test_entity_with_several_rows_in_a_partition_gets_a_row_key(tmp_path: Path) -> None:
    frame = visits()
    frame["patient_id"] = frame.visit_id % 100
    found = look_at(frame, tmp_path, entity="patient_id")
    assert found.row is not None
    assert found.row.column == "visit_id"
    assert "visit_id" not in found.features.names


def test_column_that_can_not_be_a_feature_is_left_out_with_its_reason(tmp_path: Path) -> None:
    frame = visits()
    months = frame.day.dt.month
    frame = frame.assign(
        same="x", nothing=np.nan, born=frame.day, code=[f"k{n}" for n in frame.visit_id],
        endless=np.where(frame.visit_id == 5, np.inf, 1.0), again=np.where(frame.missed == 1, "sent", "not"),
        since_may=frame.minutes.where(months > 4), lists=[[1]] * len(frame),
    )  # fmt: skip
    left_out = look_at(frame, tmp_path, entity="visit_id").features.left_out
    for name, reason in {
        "same": "one value in all rows", "nothing": "no value in any row", "born": "a date goes on",
        "code": "900 different texts", "endless": "infinite", "again": "it is the target again",
        "since_may": "no value in 4 of 6 partitions (2024-01-31,", "lists": "neither numbers nor categories",
    }.items():  # fmt: skip
        assert reason in left_out.pop(name), name
    assert not left_out


def test_text_for_missing_numbers_is_read_as_missing(tmp_path: Path) -> None:
    frame = visits()
    frame["größe"] = frame["größe"].astype(str).where(frame.visit_id % 10 != 0, "NA")
    found = look_at(frame, tmp_path)
    column = found.columns["größe"]
    assert (column.kind, column.missing, column.tokens) == ("number", 90, ("NA",))
    assert "größe" in found.features.numeric


def test_names_that_differ_in_case_are_two_columns(tmp_path: Path) -> None:
    found = look_at(visits().assign(KIND=np.arange(900) * 0.5), tmp_path)
    assert found.columns["KIND"].kind == "number"
    assert found.columns["kind"].kind == "text"


def test_labels_that_are_missing_at_the_end_are_late(tmp_path: Path) -> None:
    frame = visits()
    frame["missed"] = frame.missed.astype("Int64").where(frame.day < "2024-06-01")
    known = look_at(frame, tmp_path, every="month").known
    assert (known.delay_days, known.partitions[-1]) == (30, "2024-05-31")


def test_sizes_shrink_with_the_table(tmp_path: Path) -> None:
    large = look_at(visits(9000), tmp_path / "a").sizes
    small = look_at(visits(500), tmp_path / "b").sizes
    assert (large.min_rows, large.min_scarce, large.rotation, large.lacks) == (300, 40, 0.25, "")
    assert (small.rotation, small.min_rows < 300) == (0, True)


def test_past_that_is_too_short_for_the_usual_test_set_is_taken_whole(tmp_path: Path) -> None:
    found = look_at(visits(900, days=900), tmp_path)
    assert (found.cut.every, found.sizes.window) == ("month", len(found.cut.rows))
    assert (
        "all are learned from, as the newest 12 hold too little" in found.sizes.reasons["window.partitions"]
    )


def test_class_that_is_rare_of_late_is_tested_in_the_whole_window(tmp_path: Path) -> None:
    rows = visits(1500)
    rare = (rows.index < 400) & (rows.index % 4 == 0)
    found = look_at(rows.assign(ward=rows.ward.mask(rare, "rare")), tmp_path, target="ward")
    assert not found.sizes.out_of_time
    assert found.sizes.min_scarce == 40
    assert "tested in all of the window (out_of_time false)" in found.sizes.reasons["split.test_share"]


def test_table_that_is_too_small_says_what_is_missing(tmp_path: Path) -> None:
    assert "rows to test on, of 60" in look_at(visits(60, 90), tmp_path).sizes.lacks


MIXED = [f"2024-0{1 + n % 2}-03 10:00:00{'+02:00' if n % 3 else ''}" for n in range(900)]


@pytest.mark.parametrize(
    ("spoil", "wanted", "said"),
    [
        (lambda f: f, {"target": "Missed"}, "--target: found no column Missed; did you mean missed?"),
        (lambda f: f, {"target": "gone"}, "found no column gone; columns: day, visit_id"),
        (lambda f: f, {"time": "missed"}, "missed was named for two roles"),
        (lambda f: f.assign(missed=1), {}, "found 1 in all 900 rows that have a value"),
        (lambda f: f.assign(missed=None), {}, "found no value in any row"),
        (lambda f: f.assign(missed=[f"k{n % 300}" for n in range(900)]), {}, "300 different values"),
        (lambda f: f, {"task": "regression"}, "regression: it has 2 different values, which are classes"),
        (lambda f: f.assign(missed=[f"{n},5 kg" for n in range(900)]), {}, "values such as '0,5 kg', which"),
        (lambda f: f, {"today": "2024-05-01"}, "rows after today (2024-05-01), up to 2024-06-28"),
        (lambda f: f.set_axis([*"abcdef", "7.5"], axis=1), {}, "has the file no header?"),
        (lambda f: f.assign(day="April 30"), {}, "found 'April 30' and the like"),
        (lambda f: f.assign(day="01/02/2024"), {}, "read both as day/month/year and as month/day/year"),
        (lambda f: f.assign(day=f.day.where(f.visit_id > 3)), {}, "found no value in 4 of 900 rows"),
        (lambda f: f.assign(day=MIXED), {}, "found a time zone in 600 of 900 rows and none in the others"),
        (lambda f: f.assign(day="2024-01-05"), {}, "all 900 rows lie in one month"),
        (lambda f: f.assign(day=f.day.where(f.visit_id > 3, pd.Timestamp(0))), {}, "1970-01-01"),
        (lambda f: f, {"entity": "größe"}, "expected whole numbers or text"),
        (lambda f: f.assign(kind=f.kind.where(f.visit_id > 2)), {"entity": "kind"}, "in 3 of 900"),
        (lambda f: f[["day", "missed"]], {}, "found no column that can be a feature"),
        (lambda f: f.rename(columns={"kind": "mlops_k"}), {"entity": "mlops_k"}, "kept for columns of ours"),
        (lambda f: f.iloc[:0], {}, "found a header and no row"),
    ],
)  # fmt: skip
def test_what_can_not_be_used_is_refused_with_a_remedy(
    spoil: Callable[[pd.DataFrame], pd.DataFrame], wanted: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError) as refused:
        look_at(spoil(visits()), tmp_path, name="table.csv", **wanted)
    assert said in str(refused.value)
    assert str(tmp_path) in str(refused.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file has no content"),
        (b"a;b\n1;2\n", "expected a comma"),
        (b"a,b\n1,2\n3\n", "can't be read as csv"),
        (b"a,b\n1,\xff\n", "not valid UTF-8"),
    ],
)
def test_file_that_is_not_csv_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=said):
        SourceTable(find_files(path), tmp_path)


def test_folder_is_read_as_one_table(tmp_path: Path) -> None:
    frame = visits()
    folder = tmp_path / "parts"
    for month, part in frame.groupby(frame.day.dt.month):
        write(part, folder / f"month={month}", "part.parquet")
    (folder / "_SUCCESS").touch()
    with SourceTable(find_files(folder), tmp_path) as table:
        assert table.rows == len(frame)
    write(frame, folder, "more.csv")
    with pytest.raises(DataError, match="CSV and Parquet side by side"):
        find_files(folder)
    with pytest.raises(DataError, match="there is no such file"):
        find_files(tmp_path / "nowhere.csv")
