"""What panel.py writes, against the published description of the data and not against itself."""

from __future__ import annotations

import csv
import errno
import gzip
import hashlib
import math
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import pytest

from include.errors import DataError, StorageError
from include.examples.credit_default import panel

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.core

PROJECT = Path(__file__).parents[3]

# as_of, status >= 2, customers with status code 1, median bill, utilisation, payment, label rate
PUBLISHED = [
    ("2005-04-30", 0.103, 0, 17_071, 0.185, 1_500, 0.099),
    ("2005-05-31", 0.099, 0, 18_105, 0.212, 1_500, 0.117),
    ("2005-06-30", 0.117, 2, 19_052, 0.242, 1_500, 0.140),
    ("2005-07-31", 0.140, 4, 20_089, 0.273, 1_800, 0.147),
    ("2005-08-31", 0.147, 28, 21_200, 0.296, 2_009, 0.104),
    ("2005-09-30", 0.104, 3_688, 22_382, 0.314, 2_100, 0.221),
]
MONTHS = [row[0] for row in PUBLISHED]
KNOWN_ON = [*MONTHS[1:], "2005-10-31"]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the whole panel."""
    target = tmp_path_factory.mktemp("credit") / "source"
    panel.write_panel(target)
    return target


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="ascii") as lines:
        return list(csv.DictReader(lines))


def accounts_of(source: Path, as_of: str) -> list[dict[str, str]]:
    return read(source / f"accounts/as_of={as_of}/accounts.csv")


def labels_known_on(source: Path, known_on: str) -> list[dict[str, str]]:
    return read(source / f"labels/known_on={known_on}/labels.csv")


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def rounded(number: float) -> int:
    """Round half up, as the published table does."""
    return math.floor(number + 0.5)


@pytest.mark.parametrize("published", PUBLISHED, ids=MONTHS)
def test_each_month_has_the_published_figures(source: Path, published: Sequence[float]) -> None:
    as_of, late, code_1, bill, utilisation, payment, _ = published
    rows = accounts_of(source, str(as_of))

    assert len(rows) == 30_000
    assert round(sum(int(row["pay_status"]) >= 2 for row in rows) / len(rows), 3) == late
    assert sum(row["pay_status"] == "1" for row in rows) == code_1
    assert rounded(median(int(row["bill_amount"]) for row in rows)) == bill
    assert round(median(int(row["bill_amount"]) / int(row["credit_limit"]) for row in rows), 3) == utilisation
    assert rounded(median(int(row["paid_amount"]) for row in rows)) == payment


@pytest.mark.parametrize(("published", "known_on"), list(zip(PUBLISHED, KNOWN_ON, strict=True)), ids=MONTHS)
def test_each_month_has_the_published_label_rate(
    source: Path, published: Sequence[float], known_on: str
) -> None:
    rows = labels_known_on(source, known_on)

    assert round(sum(int(row["defaulted"]) for row in rows) / len(rows), 3) == published[-1]
    assert {row["as_of"] for row in rows} == {published[0]}


@pytest.mark.parametrize(("as_of", "known_on"), list(zip(MONTHS[:-1], KNOWN_ON[:-1], strict=True)))
def test_a_label_is_the_status_of_the_next_month_and_known_at_its_end(
    source: Path, as_of: str, known_on: str
) -> None:
    later = {row["customer_id"]: int(row["pay_status"]) for row in accounts_of(source, known_on)}

    for row in labels_known_on(source, known_on):
        assert row["as_of"] == as_of
        assert row["defaulted"] == str(int(later[row["customer_id"]] >= 2))


def test_the_label_of_september_is_the_published_target(source: Path) -> None:
    with gzip.open(panel.RAW_FILE, "rt", newline="") as lines:
        target = {row["ID"]: row["default_payment_next_month"] for row in csv.DictReader(lines)}

    assert {row["customer_id"]: row["defaulted"] for row in labels_known_on(source, "2005-10-31")} == target


def test_every_value_is_a_cell_of_the_raw_file(source: Path) -> None:
    with gzip.open(panel.RAW_FILE, "rt", newline="") as lines:
        first = next(csv.DictReader(lines))

    april, september = accounts_of(source, "2005-04-30")[0], accounts_of(source, "2005-09-30")[0]

    for row in (april, september):
        assert [
            row[name] for name in ("customer_id", "credit_limit", "sex", "education", "marital_status", "age")
        ] == [first[name] for name in ("ID", "LIMIT_BAL", "SEX", "EDUCATION", "MARRIAGE", "AGE")]
    names = ("pay_status", "bill_amount", "paid_amount")
    assert [april[name] for name in names] == [first[name] for name in ("PAY_6", "BILL_AMT6", "PAY_AMT6")]
    assert [september[name] for name in names] == [first[name] for name in ("PAY_0", "BILL_AMT1", "PAY_AMT1")]


def test_the_same_customers_come_each_month(source: Path) -> None:
    customers = [row["customer_id"] for row in accounts_of(source, MONTHS[0])]

    assert len(set(customers)) == 30_000
    for as_of in MONTHS[1:]:
        assert [row["customer_id"] for row in accounts_of(source, as_of)] == customers


def test_a_header_line_is_the_first_and_lines_end_as_on_unix(source: Path) -> None:
    content = (source / "accounts/as_of=2005-04-30/accounts.csv").read_bytes()

    assert content.startswith(
        b"customer_id,as_of,credit_limit,sex,education,marital_status,age,pay_status,bill_amount,paid_amount\n1,2005"
    )
    assert b"\r" not in content
    assert content.endswith(b"\n")
    assert content.count(b"\n") == 30_001


def test_two_panels_have_the_same_bytes(source: Path, tmp_path: Path) -> None:
    panel.write_panel(tmp_path)

    assert files_below(tmp_path) == files_below(source)
    for name in files_below(source):
        assert (tmp_path / name).read_bytes() == (source / name).read_bytes()


def test_the_bytes_are_those_this_project_was_measured_on(source: Path) -> None:
    digest = hashlib.sha256()
    for name in files_below(source):
        digest.update(name.encode() + b"\0" + (source / name).read_bytes())

    assert digest.hexdigest() == "1a804bc731827d6c3dcf0314d09f4b75e17493c08298fd59defd9fdad461d53b"


def test_paths_are_returned_accounts_first_and_oldest_first(source: Path) -> None:
    paths = [str(path.relative_to(source)) for path in panel.write_panel(source)]

    assert paths == [f"accounts/as_of={day}/accounts.csv" for day in MONTHS] + [
        f"labels/known_on={day}/labels.csv" for day in KNOWN_ON
    ]


def test_until_writes_only_what_was_known_on_that_day(tmp_path: Path) -> None:
    panel.write_panel(tmp_path, until=date(2005, 5, 31))

    assert files_below(tmp_path) == [
        "accounts/as_of=2005-04-30/accounts.csv",
        "accounts/as_of=2005-05-31/accounts.csv",
        "labels/known_on=2005-05-31/labels.csv",
    ]


def test_a_day_before_the_first_delivery_writes_nothing(tmp_path: Path) -> None:
    assert panel.write_panel(tmp_path, until=date(2005, 4, 29)) == []
    assert not files_below(tmp_path)


def test_a_later_day_adds_and_an_earlier_one_removes_nothing(tmp_path: Path) -> None:
    panel.write_panel(tmp_path, until=date(2005, 5, 30))
    panel.write_panel(tmp_path, until=date(2005, 6, 30))
    panel.write_panel(tmp_path, until=date(2005, 4, 30))

    assert len(files_below(tmp_path)) == 5


def test_a_second_run_rewrites_nothing(tmp_path: Path) -> None:
    until = date(2005, 4, 30)
    (path,) = panel.write_panel(tmp_path, until)
    before = path.stat()

    panel.write_panel(tmp_path, until)

    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_damaged_partition_is_written_again(tmp_path: Path) -> None:
    until = date(2005, 4, 30)
    (path,) = panel.write_panel(tmp_path, until)
    whole = path.read_bytes()
    path.write_bytes(whole[:1000])

    panel.write_panel(tmp_path, until)

    assert path.read_bytes() == whole
    assert files_below(tmp_path) == ["accounts/as_of=2005-04-30/accounts.csv"]


def test_a_full_disk_leaves_the_old_file_and_no_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    until = date(2005, 4, 30)
    (path,) = panel.write_panel(tmp_path, until)
    path.write_bytes(b"old")

    def no_space(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)

    with pytest.raises(StorageError, match=r"accounts\.csv: can't be written \(No space left on device\)"):
        panel.write_panel(tmp_path, until)
    assert path.read_bytes() == b"old"
    assert files_below(tmp_path) == ["accounts/as_of=2005-04-30/accounts.csv"]


def test_a_target_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "source").write_text("in the way", encoding="utf-8")

    with pytest.raises(StorageError, match="can't be written"):
        panel.write_panel(tmp_path / "source")


def test_a_changed_raw_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = tmp_path / "credit_default.csv.gz"
    changed.write_bytes(panel.RAW_FILE.read_bytes()[:-1])
    monkeypatch.setattr(panel, "RAW_FILE", changed)

    with pytest.raises(DataError, match=r"expected 82a49e94ce58\w+; restore it from git"):
        panel.write_panel(tmp_path / "source")
    assert not (tmp_path / "source").exists()


def test_a_missing_raw_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panel, "RAW_FILE", tmp_path / "gone.csv.gz")

    with pytest.raises(DataError, match=r"gone\.csv\.gz: can't be read \(No such file or directory\)"):
        panel.write_panel(tmp_path)


def test_the_command_line_writes_the_panel(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "include.examples.credit_default.panel",
        "--to",
        str(tmp_path / "source"),
    ]

    ended = subprocess.run(
        [*command, "--until", "2005-04-30"], cwd=PROJECT, capture_output=True, text=True, check=True
    )

    assert ended.stderr.splitlines()[-1] == f"1 partitions below {tmp_path / 'source'}"
    assert files_below(tmp_path / "source") == ["accounts/as_of=2005-04-30/accounts.csv"]


def test_the_command_line_refuses_what_is_not_a_date(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        panel.main(["--to", str(tmp_path), "--until", "31.5.2005"])

    assert "'31.5.2005' is not a date such as 2005-05-31" in capsys.readouterr().err


def test_help_says_what_the_command_does(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        panel.main(["--help"])

    assert ended.value.code == 0
    assert "delivered month by month" in capsys.readouterr().out
