"""The accounts that the world delivers, and columns of theirs with other values."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def accounts_file(source: Path, day: str) -> Path:
    """Return the features that a source holds for a day."""
    return source / "accounts" / f"as_of={day}" / "accounts.csv"


def change_column(file: Path, column: str, value: Callable[[int, str], str]) -> None:
    """Replace the values of a column by a function of the row's number, from 0 on, and its value."""
    with file.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    with file.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows({**row, column: value(number, row[column])} for number, row in enumerate(rows))


def let_predictions_move(file: Path) -> None:
    """Deliver accounts a third of which have not paid for two months."""
    change_column(file, "pay_status", lambda number, value: value if number % 3 else "2")
