"""Which deliveries a run uses: everything it may know on its date, and no more than its window needs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.config.schema import ModelConfig


def select_partitions(
    deliveries: Mapping[str, Mapping[str, str]], as_of: str, config: ModelConfig, *, origin: str
) -> dict[str, dict[str, str]]:
    """Return the deliveries that a run as of a date works on.

    Feature partitions: the newest ``window.partitions`` whose labels may be complete, and the younger ones
    still waiting for theirs. Label partitions: those delivered since the oldest of these. Nothing delivered
    after ``as_of``.

    :param deliveries: table to partition (ISO date) to URI: what the source holds.
    :param as_of: ISO date.
    :param config: the model's configuration.
    :param origin: the source as a person would name it, for messages.
    :return: table to partition to URI, oldest first.
    :raises DataError: nothing was delivered by then; the message says what there is instead.
    """
    horizon = date.fromisoformat(as_of)
    features = {day: uri for day, uri in sorted(deliveries["features"].items()) if day <= as_of}
    if not features:
        raise DataError(_nothing(origin, as_of, sorted(deliveries["features"])))
    delay = timedelta(days=config.target.delay_days)
    waiting = sum(date.fromisoformat(day) + delay > horizon for day in features)
    chosen = dict(list(features.items())[-(config.window.partitions + waiting) :])
    selected = {"features": chosen}
    if config.source.labels is not None:
        oldest = min(chosen)
        selected["labels"] = {
            day: uri for day, uri in sorted(deliveries["labels"].items()) if oldest <= day <= as_of
        }
    return selected


def _nothing(origin: str, as_of: str, days: list[str]) -> str:
    if not days:
        return (
            f"{origin} holds no partition at all. Is the data there, and do the connection's root and "
            f"source.features.uri in "
            "model.yaml lead to it?"
        )
    return (
        f"{origin} holds no partition on or before {as_of}; it holds {len(days)}, {days[0]} to {days[-1]}. "
        "Run as of a later date."
    )
