"""Lay the UCI credit card data out as a source that is delivered month by month.

The raw file has one row per customer and six months side by side in its columns. This turns them into one
file of accounts per month end and one file of labels per day on which labels became known::

    accounts/as_of=2005-04-30/accounts.csv    ...  accounts/as_of=2005-09-30/accounts.csv
    labels/known_on=2005-05-31/labels.csv     ...  labels/known_on=2005-10-31/labels.csv

Nothing is drawn, sampled or invented: each value is a cell of the raw file or, for a label, follows from one.
README.md in this folder says what is real and what is derived. Source: Yeh, I.-C. (2009),
https://doi.org/10.24432/C55S3H, CC BY 4.0.
"""

from __future__ import annotations

import argparse
import logging
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from include.examples.example import read_rows, write_if_changed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

RAW_FILE = Path(__file__).with_name("credit_default.csv.gz")
RAW_SHA256 = "82a49e94ce58581a946911742eb0546a0947c7267f3ce0e1bf67a008d633e9f7"

ACCOUNT_COLUMNS = (
    "customer_id", "as_of", "credit_limit", "sex", "education", "marital_status", "age", "pay_status",
    "bill_amount", "paid_amount",
)  # fmt: skip
LABEL_COLUMNS = ("customer_id", "as_of", "defaulted")

LATE = 2  # repayment status from which a customer counts as defaulted: two months late
UCI_TARGET = "default_payment_next_month"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Month:
    """One month of the panel and the raw columns that hold it.

    :param as_of: the month's last day.
    :param status: raw column of the repayment status; UCI counts back from September and skips PAY_1.
    :param bill: raw column of the statement's amount, NT$.
    :param paid: raw column of the amount paid in this month, NT$.
    """

    as_of: date
    status: str
    bill: str
    paid: str


MONTHS = (
    Month(date(2005, 4, 30), "PAY_6", "BILL_AMT6", "PAY_AMT6"),
    Month(date(2005, 5, 31), "PAY_5", "BILL_AMT5", "PAY_AMT5"),
    Month(date(2005, 6, 30), "PAY_4", "BILL_AMT4", "PAY_AMT4"),
    Month(date(2005, 7, 31), "PAY_3", "BILL_AMT3", "PAY_AMT3"),
    Month(date(2005, 8, 31), "PAY_2", "BILL_AMT2", "PAY_AMT2"),
    Month(date(2005, 9, 30), "PAY_0", "BILL_AMT1", "PAY_AMT1"),
)
LAST_KNOWN_ON = date(2005, 10, 31)


def write_panel(target: Path, until: date | None = None) -> list[Path]:
    """Write every partition that was known on a day; leave alone those that are there with the same bytes.

    :param target: folder of the source; made where it is missing.
    :param until: the last day whose deliveries are written; None for all of them.
    :returns: the partitions' files, accounts first, then labels, oldest first; written now or before.
    :raises DataError: the raw file is missing or not the one this module was written for.
    :raises StorageError: a file could not be written.
    """
    rows = read_rows(RAW_FILE, RAW_SHA256)
    paths = []
    for relative, content in _partitions(rows, until or date.max):
        path = target / relative
        changed = write_if_changed(path, content.encode())
        log.info("%s %s (%s bytes)", "wrote" if changed else "kept", path, f"{len(content):,}")
        paths.append(path)
    return paths


def _partitions(rows: list[dict[str, str]], until: date) -> Iterator[tuple[str, str]]:
    """Yield (path below the source, content) of every partition delivered by a day, accounts first."""
    for month in MONTHS:
        if month.as_of <= until:
            lines = [",".join(_account(row, month)) for row in rows]
            yield f"accounts/as_of={month.as_of}/accounts.csv", _csv(ACCOUNT_COLUMNS, lines)
    following = (*MONTHS[1:], None)
    for month, after in zip(MONTHS, following, strict=True):
        known_on = after.as_of if after else LAST_KNOWN_ON
        if known_on <= until:
            lines = [f"{row['ID']},{month.as_of},{_label(row, after)}" for row in rows]
            yield f"labels/known_on={known_on}/labels.csv", _csv(LABEL_COLUMNS, lines)


def _account(row: dict[str, str], month: Month) -> tuple[str, ...]:
    """Return one customer at one month end, in the order of ``ACCOUNT_COLUMNS``."""
    person = (row["LIMIT_BAL"], row["SEX"], row["EDUCATION"], row["MARRIAGE"], row["AGE"])
    return (row["ID"], str(month.as_of), *person, row[month.status], row[month.bill], row[month.paid])


def _label(row: dict[str, str], after: Month | None) -> str:
    """Return 1 for a customer in default one month later, else 0.

    The status of the following month decides. After September there is none: its label is UCI's own target,
    whose definition is another one.
    """
    if after is None:
        return row[UCI_TARGET]
    return "1" if int(row[after.status]) >= LATE else "0"


def _csv(columns: Sequence[str], lines: Sequence[str]) -> str:
    """Return a CSV file; no value of this panel needs quotes."""
    return "\n".join((",".join(columns), *lines, ""))


def _day(text: str) -> date:
    """Return an ISO date given on the command line."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2005-05-31") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line: ``python -m include.examples.credit_default.panel --to DIR``."""
    parser = argparse.ArgumentParser(
        description="Write the UCI credit card data as a source delivered month by month."
    )
    parser.add_argument(
        "--to", type=Path, required=True, metavar="DIR", help="folder of the source; made if missing"
    )
    parser.add_argument(
        "--until",
        type=_day,
        metavar="YYYY-MM-DD",
        help="write what was delivered up to this day (default: everything)",
    )
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    paths = write_panel(options.to, options.until)
    log.info("%d partitions below %s", len(paths), options.to)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
