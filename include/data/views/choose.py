"""Which deliveries of a view a delivery of features is joined with: those that were there in its time."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import TYPE_CHECKING

from include.config.joined_view import read_duration
from include.data.days import first_day

if TYPE_CHECKING:
    from collections.abc import Iterable

    from include.config.joined_view import JoinedView
    from include.config.schema import ModelConfig

_DAY = timedelta(days=1)


def choose_deliveries(
    days: Iterable[str], partition: str, view: JoinedView, config: ModelConfig
) -> tuple[str, ...]:
    """Return the deliveries of a view that a delivery of features is joined with, oldest first.

    None is younger than the features: when they are scored, on their own day, no younger one is there, and
    what is trained on is to be what was scored. Of a view with ``max_age`` none is older than a value that
    still counts can be, since no event lies behind the day of its delivery; if all are, the newest of them is
    taken, which shows how old it is.

    :param days: ISO dates of the view's deliveries.
    :param partition: ISO date of the features.
    :param view: the view.
    :param config: the model's configuration.
    """
    known = sorted(day for day in days if day <= partition)
    if view.max_age is None:
        return tuple(known)
    back = math.ceil(read_duration(view.max_age) / _DAY) + 1  # a day more for zones
    first = date.fromisoformat(first_day(partition, config))
    oldest = (first - min(timedelta(days=back), first - date.min)).isoformat()
    return tuple([day for day in known if day >= oldest] or known[-1:])
