"""Which deliveries a run uses: everything it may know on its date, and no more than its window needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.data.days import first_day
from include.data.maturity import due_date
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from include.config.schema import ModelConfig


def select_partitions(
    deliveries: Mapping[str, Mapping[str, str]], as_of: str, config: ModelConfig, *, origin: str
) -> dict[str, dict[str, str]]:
    """Return the deliveries that a run as of a date works on.

    Feature partitions: the newest whose labels may be complete, as many as training (``window.partitions``)
    and monitoring (``monitoring.policy.windows``) look at, and the younger ones still waiting for theirs.
    Label partitions: those delivered since the oldest of these. Nothing delivered after ``as_of``.

    :param deliveries: table to partition (ISO date) to URI: what the source holds.
    :param as_of: ISO date.
    :param config: the model's configuration.
    :param origin: the source as a person would name it, for messages.
    :return: table to partition to URI, oldest first.
    :raises DataError: nothing was delivered by then; the message says what there is instead.
    """
    features = _delivered(deliveries, as_of, origin)
    looked_at = max(config.window.partitions, config.monitoring.policy.windows)
    waiting = waiting_for_labels(features, as_of, config)
    chosen = dict(list(features.items())[-(looked_at + len(waiting)) :])
    selected = {"features": chosen}
    if config.source.labels is not None:
        oldest = first_day(min(chosen), config)
        selected["labels"] = {
            day: uri for day, uri in sorted(deliveries["labels"].items()) if oldest <= day <= as_of
        }
    return selected


def select_newest(
    deliveries: Mapping[str, Mapping[str, str]], as_of: str, *, origin: str
) -> dict[str, dict[str, str]]:
    """Return the newest delivery of features up to a date, which is all that scoring needs.

    Parameters, return and errors as :func:`select_partitions`.
    """
    day, uri = list(_delivered(deliveries, as_of, origin).items())[-1]
    return {"features": {day: uri}}


def waiting_for_labels(partitions: Iterable[str], as_of: str, config: ModelConfig) -> list[str]:
    """Return the partitions whose labels are not due yet, in the order given.

    :param partitions: ISO dates.
    :param as_of: ISO date.
    :param config: the model's configuration.
    """
    return [day for day in partitions if due_date(day, config) > as_of]


def _delivered(deliveries: Mapping[str, Mapping[str, str]], as_of: str, origin: str) -> dict[str, str]:
    """Return the feature partitions delivered up to a date, oldest first; none is an error."""
    features = {day: uri for day, uri in sorted(deliveries["features"].items()) if day <= as_of}
    if not features:
        raise DataError(_nothing(origin, as_of, sorted(deliveries["features"])))
    return features


def _nothing(origin: str, as_of: str, days: list[str]) -> str:
    if not days:
        asked = origin.startswith("sql://")
        way = "the connection and the query" if asked else "the connection's root and source.features.uri"
        return (
            f"{origin} has no partitions. Check that the data is there and that {way} in model.yaml "
            "lead to it."
        )
    return (
        f"{origin} has no partition on or before {as_of}; it has {len(days)}, from {days[0]} to "
        f"{days[-1]}. Choose a later as-of date."
    )
