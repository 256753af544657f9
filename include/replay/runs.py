"""On which days the DAGs of a model run in a replay."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Training(StrEnum):
    """When the training DAG runs.

    - ``FIRST``: until there is a champion; from then on monitoring decides.
    - ``ALWAYS``: on every day.
    - ``GIVEN``: on given days, and after the first of them while there is no champion.
    - ``ONLY_GIVEN``: on given days, and on no other.
    """

    FIRST = "first"
    ALWAYS = "always"
    GIVEN = "given"
    ONLY_GIVEN = "only given"


@dataclass(frozen=True, kw_only=True)
class Runs:
    """On which of the days that are walked each DAG runs.

    :param training: when the training DAG does.
    :param training_days: the days that are given for it.
    :param scoring_days: the days on which deliveries are scored; None for all.
    :param monitoring_days: the days on which monitoring runs, and what follows from it; None for all.
    """

    training: Training = Training.FIRST
    training_days: frozenset[str] = frozenset()
    scoring_days: frozenset[str] | None = None
    monitoring_days: frozenset[str] | None = None

    def trains(self, day: str, *, champion: bool) -> bool:
        """Tell whether the training DAG runs on a day.

        :param day: ISO date.
        :param champion: whether there is a champion.
        """
        if self.training in {Training.GIVEN, Training.ONLY_GIVEN}:
            first = min(self.training_days, default="9999")
            again = self.training is Training.GIVEN and day >= first and not champion
            return day in self.training_days or again
        return self.training is Training.ALWAYS or not champion

    def scores(self, day: str) -> bool:
        """Tell whether the scoring DAG runs on a day."""
        return self.scoring_days is None or day in self.scoring_days

    def watches(self, day: str) -> bool:
        """Tell whether the monitoring DAG runs on a day."""
        return self.monitoring_days is None or day in self.monitoring_days
