"""Say in the log how far a long reading is."""

from __future__ import annotations

import logging
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)
_EVERY_SECONDS = 30.0


class Progress:
    """Writes a line every half minute, and one at the end.

    :param what: what is read, as the log names it.
    :param expected: rows that were counted.
    :param clock: seconds that pass.
    """

    def __init__(self, what: str, expected: int, clock: Callable[[], float] = monotonic) -> None:
        self._what, self._expected, self._clock = what, expected, clock
        self._began = self._said = clock()

    def show(self, rows: int) -> None:
        """Note how many rows have come.

        :param rows: from the beginning.
        """
        now = self._clock()
        if now - self._said < _EVERY_SECONDS:
            return
        self._said = now
        log.info(
            "%s: %s of %s rows after %.0f s",
            self._what,
            f"{rows:,}",
            f"{self._expected:,}",
            now - self._began,
        )

    def end(self, rows: int) -> None:
        """Note that all rows have come.

        :param rows: how many there are.
        """
        seconds = self._clock() - self._began
        log.info("%s: %s rows in %.1f s", self._what, f"{rows:,}", seconds)
