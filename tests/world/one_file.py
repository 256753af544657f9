"""The features of the example in one file that holds all partitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

USUAL = "uri: accounts/as_of={partition}/accounts.csv\n    format: csv"
"""Where ``model.yaml`` says that they are."""


def deliveries(source: Path) -> list[Path]:
    """Return the files with the features, by day."""
    return sorted((source / "accounts").glob("as_of=*/accounts.csv"))


def in_one_file(source: Path) -> str:
    """Write all of them into one file; return what ``model.yaml`` has to say then."""
    first, *others = [file.read_text().splitlines(keepends=True) for file in deliveries(source)]
    (source / "accounts.csv").write_text("".join([*first, *(line for file in others for line in file[1:])]))
    return "uri: accounts.csv\n    format: csv\n    partition_by: {column: as_of, every: month}"
