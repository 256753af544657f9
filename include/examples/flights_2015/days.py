"""Lay real flights out as a source that is delivered day by day, with their labels the day after.

::

    flights/as_of=2015-06-01/flights.csv      ...  flights/as_of=2015-07-12/flights.csv
    landed/known_on=2015-06-02/landed.csv     ...  landed/known_on=2015-07-13/landed.csv

README.md in this folder says what is real and what is derived. Source: US Department of Transportation,
Bureau of Transportation Statistics, public domain.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from include.examples.example import read_rows, write_if_changed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

RAW_FILE = Path(__file__).with_name("flights.csv.gz")
RAW_SHA256 = "5795f88facfa9f44546737b5709b3d1d71cda7c771e3813ea60c718c36a7e302"

FLIGHT_COLUMNS = ("flight", "as_of", "airline", "weekday", "distance")
LANDED_COLUMNS = ("flight", "as_of", "air_time")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def write_days(target: Path, until: date | None = None) -> list[Path]:
    """Write every delivery that was known on a day; leave alone those that are there with the same bytes.

    :param target: folder of the source; made where it is missing.
    :param until: the last day whose deliveries are written; None for all of them.
    :returns: the files, of each day its flights and then its landings, oldest first; written now or before.
    :raises DataError: the raw file is missing or not the one this module was written for.
    :raises StorageError: a file can't be written.
    """
    paths = []
    for relative, delivered_on, content in _deliveries():
        if until is None or delivered_on <= until:
            write_if_changed(target / relative, content)
            paths.append(target / relative)
    return paths


def _deliveries() -> Iterator[tuple[str, date, bytes]]:
    """Yield (path below the source, day of delivery, content) of every delivery."""
    days = defaultdict(list)
    for row in read_rows(RAW_FILE, RAW_SHA256):
        days[row["date"]].append(row)
    for text, rows in days.items():
        day = date.fromisoformat(text)
        known_on = day + timedelta(days=1)
        weekday = _WEEKDAYS[day.weekday()]
        flights = [(row["flight"], text, row["airline"], weekday, row["distance"]) for row in rows]
        landed = [(row["flight"], text, row["air_time"]) for row in rows if row["air_time"]]
        yield f"flights/as_of={day}/flights.csv", day, _csv(FLIGHT_COLUMNS, flights)
        yield f"landed/known_on={known_on}/landed.csv", known_on, _csv(LANDED_COLUMNS, landed)


def _csv(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """Return a CSV file; no value of these needs quotes."""
    return "\n".join([",".join(columns), *(",".join(row) for row in rows), ""]).encode()
