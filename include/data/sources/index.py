"""What a pass over a table that holds all partitions finds: which there are, and a digest of their rows.

A digest is a sum over rows, so that it is the same in whatever order, in however many files, and in whatever
row groups they are delivered. Sums of files add up to those of the table: what is known of a file that has
not changed need not be found again.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from include.data.days import to_number, to_text
from include.data.ingest.value_errors import MOST_EXAMPLES, shown
from include.data.sources.dated_file import digest_rows
from include.data.sources.day_column import WORDS, read_days
from include.data.sources.periods import last_days
from include.errors import DataError
from include.strict_json import to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from include.data.sources.dated_file import Chunk, CutRule, DatedFile
    from include.data.sources.day_column import Clock, Days

_LANE = 2**64
_OLDEST = 365  # 1971-01-01: a day before is most often the zero of a clock
_FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class RowsOf:
    """The rows of one partition in a file, or in the table.

    :param rows: how many.
    :param sums: sums of their digests, modulo 2**64 each.
    :param first: ISO date of the first day that a row is on.
    """

    rows: int
    sums: tuple[int, int]
    first: str

    @property
    def digest(self) -> str:
        """sha256 that changes when the rows do."""
        return hashlib.sha256(
            to_json(["rows of a partition", _FORMAT, self.rows, *self.sums]).encode()
        ).hexdigest()

    def __add__(self, other: RowsOf) -> RowsOf:
        return RowsOf(
            rows=self.rows + other.rows,
            sums=(
                (self.sums[0] + other.sums[0]) % _LANE,
                (self.sums[1] + other.sums[1]) % _LANE,
            ),
            first=min(self.first, other.first),
        )


@dataclass(kw_only=True)
class Index:
    """The partitions of a file, or of a table.

    :param partitions: ISO date to what there is of it.
    :param clocks: the clocks that its days are read from, with a place of each.
    """

    partitions: dict[str, RowsOf] = field(default_factory=dict)
    clocks: dict[Clock, str] = field(default_factory=dict)

    def add(self, other: Index) -> None:
        """Add what another file of the table holds.

        :raises DataError: their clocks don't go together.
        """
        for partition, found in other.partitions.items():
            here = self.partitions.get(partition)
            self.partitions[partition] = found if here is None else here + found
        for clock, place in other.clocks.items():
            self.clocks.setdefault(clock, place)

    def check_clocks(self, rule: CutRule) -> None:
        """Make sure that all days are read from clocks that go together: dates and local times do.

        :raises DataError: some have a zone, others have none.
        """
        if "zoned" in self.clocks and len(self.clocks) > 1:
            found = "; ".join(f"{place}: {WORDS[clock]}" for clock, place in sorted(self.clocks.items()))
            raise DataError(
                f"column {rule.column!r} mixes clocks. Found {found}. Expected a zone in each row or in none "
                "(then it is that of timezone in model.yaml): the others may be on another day "
                "near midnight. Deliver the table again with one of them throughout."
            )

    def to_plain(self) -> dict[str, Any]:
        """Return JSON values; :meth:`from_plain` reads them."""
        return {
            "clocks": dict(self.clocks),
            "partitions": {
                name: [found.rows, *map(str, found.sums), found.first]
                for name, found in sorted(self.partitions.items())
            },
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Index:
        """Return what :meth:`to_plain` wrote.

        :raises LookupError: it is something else.
        :raises TypeError: likewise.
        :raises ValueError: likewise.
        """
        return cls(
            partitions={
                name: RowsOf(rows=int(rows), sums=(int(low), int(high)), first=str(first))
                for name, (rows, low, high, first) in plain["partitions"].items()
            },
            clocks=dict(plain["clocks"]),
        )


def index_file(file: DatedFile, today: date) -> Index:
    """Return what a file holds, from one pass over it.

    :param file: the file.
    :param today: the date by the clock, in the table's zone.
    :raises DataError: the file is damaged, or a row is on no day: without one, on one before 1971, or on one
        that has not come. All rows are in a partition, or there is an error.
    """
    rule = file.rule
    found: dict[int, tuple[int, int, int, int]] = defaultdict(lambda: (0, 0, 0, 2**62))
    clocks: dict[Clock, str] = {}
    rows = 0
    for chunk in file.chunks():
        days = read_chunk(file, chunk, today)
        for clock, place in days.clocks.items():
            clocks.setdefault(clock, f"{file.part.origin}, {file.word} {chunk.numbers[place]}")
        ends = last_days(days.days, rule.every)
        _add_up(found, ends, days.days, digest_rows(chunk.contents()))
        rows += len(ends)
    counted, filed = file.count_rows(), sum(count for count, *_ in found.values())
    if not rows == counted == filed:
        raise DataError(
            f"{file.part.origin}: {counted} rows were delivered, but {filed} are on a day. Nothing was "
            "stored. Compare the file with its producer's and deliver it again."
        )
    index = Index(
        partitions={
            to_text(end): RowsOf(rows=count, sums=(low, high), first=to_text(first))
            for end, (count, low, high, first) in sorted(found.items())
        },
        clocks=clocks,
    )
    index.check_clocks(rule)
    return index


def read_chunk(file: DatedFile, chunk: Chunk, today: date) -> Days:
    """Return the day of each row of a chunk.

    :param file: the file that it is of.
    :param chunk: some rows.
    :param today: the date by the clock, in the table's zone.
    :raises DataError: a row is on none that can be.
    """
    days = read_days(chunk.days, file.rule.timezone)
    # A clock of the source may be ahead; a day that has begun elsewhere is not delivered before it is over.
    wrong = ~days.is_day | (days.days < _OLDEST) | (days.days > to_number(today.isoformat()) + 1)
    if wrong.any():
        places = np.flatnonzero(wrong)[:MOST_EXAMPLES].tolist()
        examples = "; ".join(
            f"{file.word} {chunk.numbers[place]}: {shown(chunk.days[place])}" for place in places
        )
        raise DataError(
            f"{file.part.origin}: column {file.rule.column!r} does not say to which partition each row "
            f"belongs. Found {examples}. Expected a date such as 2005-04-30, or a time such as 2005-04-30 "
            f"14:05:00, from 1971 to today ({today.isoformat()}). Deliver the table again with the day of "
            "each row, and without rows that have none."
        )
    return days


def add_up(indexes: Iterable[Index], rule: CutRule) -> Index:
    """Return what a table holds, from what its files hold.

    :param indexes: of each file.
    :param rule: how the table is cut.
    :raises DataError: the clocks of the files don't go together.
    """
    table = Index()
    for index in indexes:
        table.add(index)
    table.check_clocks(rule)
    table.partitions = dict(sorted(table.partitions.items()))
    return table


def _add_up(
    found: dict[int, tuple[int, int, int, int]], ends: np.ndarray, days: np.ndarray, digests: np.ndarray
) -> None:
    """Add rows to the sums of their partitions."""
    order = np.argsort(ends, kind="stable")
    partitions, begins = np.unique(ends[order], return_index=True)
    sums = np.add.reduceat(digests[order], begins, axis=0)
    firsts = np.minimum.reduceat(days[order], begins)
    counts = np.diff(np.append(begins, len(ends)))
    for end, more, (low, high), first in zip(
        partitions.tolist(), counts.tolist(), sums.tolist(), firsts.tolist(), strict=True
    ):
        count, before_low, before_high, before = found[end]
        found[end] = (
            count + more,
            (before_low + low) % _LANE,
            (before_high + high) % _LANE,
            min(before, first),
        )
