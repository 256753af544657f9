"""Lay scikit-learn's images of written digits out as a source that is delivered week by week.

::

    images/as_of=2024-01-07/images.csv    ...  images/as_of=2024-03-24/images.csv

README.md in this folder says what is real and what is derived. Source: Alpaydin, E. and Kaynak, C. (1998),
https://doi.org/10.24432/C50P49, CC BY 4.0, as the package scikit-learn ships it.
"""

from __future__ import annotations

import gzip
import hashlib
import io
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from include.errors import DataError
from include.examples.example import write_if_changed

if TYPE_CHECKING:
    from collections.abc import Iterator

RAW_SHA256 = "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8"  # unpacked
SIDE = 8  # pixels
FIRST = date(2024, 1, 7)  # a Sunday
PER_WEEK = 150
PIXELS = tuple(f"pixel_{row}_{column}" for row in range(SIDE) for column in range(SIDE))
COLUMNS = ("image", "as_of", *PIXELS, "digit")


def write_weeks(target: Path, until: date | None = None) -> list[Path]:
    """Write every delivery of up to a day; leave alone those that are there with the same bytes.

    :param target: folder of the source; made where it is missing.
    :param until: the last day whose delivery is written; None for all of them.
    :returns: the files, oldest first; written now or before.
    :raises DataError: the package has no such data, or other data than this module was written for.
    :raises StorageError: a file can't be written.
    """
    paths = []
    for day, content in _deliveries():
        if until is None or day <= until:
            path = target / f"images/as_of={day}/images.csv"
            write_if_changed(path, content)
            paths.append(path)
    return paths


def _deliveries() -> Iterator[tuple[date, bytes]]:
    """Yield the day and the content of every delivery."""
    images = _read_raw()
    for week, start in enumerate(range(0, len(images), PER_WEEK)):
        day = FIRST + timedelta(weeks=week)
        own = enumerate(images[start : start + PER_WEEK], start=start + 1)
        rows = [f"{number},{day},{image}" for number, image in own]
        yield day, "\n".join([",".join(COLUMNS), *rows, ""]).encode()


def _read_raw() -> list[str]:
    """Return the images, a line of 64 pixels and the digit each, in the order of the file.

    The file is read as it is: importing scikit-learn takes seconds.
    """
    found = find_spec("sklearn")
    path = Path(*(found.submodule_search_locations or ()) if found else ()) / "datasets/data/digits.csv.gz"
    try:
        unpacked = gzip.decompress(path.read_bytes())
    except (OSError, EOFError) as error:
        raise DataError(f"{path}: can't be read ({error}); install scikit-learn anew") from error
    digest = hashlib.sha256(unpacked).hexdigest()
    if digest != RAW_SHA256:
        raise DataError(
            f"{path}: sha256 of its content is {digest}, expected {RAW_SHA256}; this release of scikit-learn "
            "ships other data"
        )
    numbers = (line.split(",") for line in io.StringIO(unpacked.decode("ascii")))
    return [",".join(str(int(float(number))) for number in line) for line in numbers]
