"""Categories that are booleans have one spelling, and no two categories of a delivery become one by it.

``true``, ``TRUE`` and a stored boolean are the category ``True``, whatever else the delivery holds: it means
the same in each of them. Where one column spells a boolean in two ways, the producer may have meant
one category or two, so that is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.data.ingest.readings import FALSE, TRUE
from include.data.ingest.value_errors import shown
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable


class BooleanSpellings:
    """Remembers how the categories of one delivery spell booleans."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, str], str] = {}

    def note(self, column: str, spelling: str, find_place: Callable[[], str]) -> None:
        """Remember a spelling; anything that is not a boolean is ignored.

        :param column: its name.
        :param spelling: as the source has it.
        :param find_place: gives the place where it stands; called for the first of its kind only.
        """
        if spelling in (*TRUE, *FALSE) and (column, spelling) not in self._places:
            self._places[column, spelling] = find_place()

    def check(self, origin: str) -> None:
        """Check all that was noted.

        :param origin: URI of the delivery.
        :raises DataError: a column spells a boolean in two ways.
        """
        for column in dict.fromkeys(name for name, _ in self._places):
            for spellings in (TRUE, FALSE):
                found = [
                    f"{shown(spelling)} ({self._places[column, spelling]})"
                    for spelling in spellings
                    if (column, spelling) in self._places
                ]
                if len(found) > 1:
                    raise DataError(
                        f"{origin}: column {column!r} spells a boolean in {len(found)} ways: "
                        f"{', '.join(found)}; as a category each of them is {shown(spellings[1])}. Expected "
                        "one spelling throughout a delivery. Deliver it again with one spelling or, if "
                        "these are different categories, with names that are not booleans."
                    )
