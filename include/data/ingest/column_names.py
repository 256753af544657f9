"""Compare the columns that a source has with those that a table needs."""

from __future__ import annotations

import difflib
from collections import Counter
from typing import TYPE_CHECKING

from include.data.ingest.value_errors import listed, shown
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.data.ingest.delivery import Part
    from include.data.schema import Column

_NEAR = 0.6


OF_FILES = "Deliver the file again with the columns of model.yaml, or change model.yaml and train again."


def check_columns(
    found: Sequence[str], columns: Sequence[Column], origin: str, *, remedy: str = OF_FILES
) -> tuple[str, ...]:
    """Return the columns of the source that are not needed, in its order.

    :param found: names as the source has them.
    :param columns: columns of the table.
    :param origin: URI of the source.
    :param remedy: what to do about it.
    :raises DataError: a column is missing (with the name it may have been given) or there twice.
    """
    needed = [column.name for column in columns]
    unexpected = [name for name in found if name not in needed]
    counts = Counter(found)
    faults = [
        f"column {name!r} occurs {counts[name]} times; expected once: remove the wrong one"
        for name in needed
        if counts[name] > 1
    ]
    free = list(unexpected)
    for name in needed:
        if name in counts:
            continue
        renamed = _near(name, free)
        if renamed is None:
            faults.append(f"column {name!r} is missing")
        else:
            free.remove(renamed)
            faults.append(
                f"column {name!r} is missing; found {shown(renamed)}, which is not in model.yaml: was it "
                "renamed?"
            )
    if faults:
        said = "; ".join(faults)
        stop = "" if said.endswith("?") else "."
        raise DataError(f"{origin}: {said}{stop} Columns found: {listed(found)}. {remedy}")
    return tuple(unexpected)


def check_same_columns(part: Part, first: Part) -> None:
    """Check that a part file has the columns of the first one, in any order.

    :param part: another file of the same delivery.
    :param first: its first file.
    :raises DataError: it has not, with the columns that make the difference.
    """
    more, less = Counter(part.names), Counter(first.names)
    if more == less:
        return
    said = [
        f"{word} {listed(sorted(names.elements()))}"
        for word, names in (("lacks", less - more), ("has the additional columns", more - less))
        if names
    ]
    raise DataError(
        f"{part.origin}: the file {' and '.join(said)}; expected the columns of {first.origin}, since both "
        "are parts of one delivery. Deliver all of its files again with the same columns, or remove those "
        "that don't belong to it."
    )


def _near(name: str, candidates: Sequence[str]) -> str | None:
    """Return the candidate that a column most likely was renamed to, blanks and case aside."""
    plain: dict[str, str] = {}
    for candidate in candidates:
        plain.setdefault(candidate.strip().casefold(), candidate)
    near = difflib.get_close_matches(name.casefold(), list(plain), n=1, cutoff=_NEAR)
    return plain[near[0]] if near else None
