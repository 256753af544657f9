"""Cut partitions out of the files of a table that holds them all, in one pass over each file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from include.data.days import to_text
from include.data.sources.index import read_chunk
from include.data.sources.periods import last_days

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import date
    from pathlib import Path

    from include.data.sources.dated_file import Cut, DatedFile

_IN_MEMORY = 32 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class CutPart:
    """Rows of one partition that were cut out of one file.

    :param file: with these rows, its row numbers beside it.
    :param origin: URI of the file they come from.
    """

    file: Path
    origin: str


@dataclass(frozen=True, kw_only=True)
class CutRows:
    """What was cut out for one partition.

    :param rows: how many rows.
    :param parts: the files that hold them, in the order of the files they come from.
    """

    rows: int
    parts: tuple[CutPart, ...]


def cut_files(
    files: Iterable[DatedFile], partitions: Collection[str], scratch: Path, today: date
) -> dict[str, CutRows]:
    """Write the rows of some partitions to files of their own.

    No more than 32 MiB of rows wait in memory, beside the chunk that is read.

    :param files: of the table, in order.
    :param partitions: ISO dates of those that are wanted.
    :param scratch: folder to write to.
    :param today: the date by the clock, in the table's zone.
    :return: each partition that has any row.
    :raises DataError: as :func:`include.data.sources.index.index_file`.
    """
    found: dict[str, list[CutRows]] = {}
    for number, file in enumerate(files):
        for partition, rows in _cut_file(file, partitions, scratch, number, today):
            found.setdefault(partition, []).append(rows)
    return {
        partition: CutRows(
            rows=sum(one.rows for one in many), parts=tuple(part for one in many for part in one.parts)
        )
        for partition, many in found.items()
    }


def _cut_file(
    file: DatedFile, partitions: Collection[str], scratch: Path, number: int, today: date
) -> Iterator[tuple[str, CutRows]]:
    cuts: dict[str, Cut] = {}
    for chunk in file.chunks():
        ends = last_days(read_chunk(file, chunk, today).days, file.rule.every)
        for end in np.unique(ends).tolist():
            partition = to_text(end)
            if partition not in partitions:
                continue
            if partition not in cuts:
                cuts[partition] = file.cut(scratch / f"{partition}-{number:05}", file.part)
            chunk.write(np.flatnonzero(ends == end), cuts[partition])
        if sum(cut.waiting for cut in cuts.values()) > _IN_MEMORY:
            _flush(cuts.values())
    _flush(cuts.values())
    for partition, cut in cuts.items():
        parts = tuple(CutPart(file=written, origin=file.part.origin) for written in cut.files)
        yield partition, CutRows(rows=cut.rows, parts=parts)


def _flush(cuts: Iterable[Cut]) -> None:
    for cut in cuts:
        cut.flush()
