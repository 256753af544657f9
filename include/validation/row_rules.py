"""What must hold of the rows of a delivery: which ones there are, and of when.

Where each row has the date of its delivery, and an entity one row, that is all there is to say. Rows that are
events have a key of their own and times within the days of their delivery. A time without a row to it is
written as the first of January 1970 by many programs, since it is 0 to them.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from include.data.days import first_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.config.schema import ModelConfig

_ZERO = "1970-01-01"


class PlainRule(NamedTuple):
    """A rule that each model has, before it has become one of the contract.

    :param kind: type of the expectation.
    :param why: why it holds.
    :param kwargs: arguments of the expectation.
    """

    kind: str
    why: str
    kwargs: dict[str, Any]


def row_rules(config: ModelConfig, table: str) -> Iterator[PlainRule]:
    """Yield what tells the rows of a delivery apart.

    :param config: the model's configuration.
    :param table: ``features`` or ``labels``.
    """
    if table == "features" and _is_within_days(config):
        yield PlainRule(
            "expect_column_values_to_be_unique",
            "One row for each key; a second one counts twice in training and in every metric, and its label "
            "would be that of the other.",
            {"column": config.row_key},
        )
        return
    labels = config.source.labels if table == "labels" else None
    known_on = (labels.known_on,) if labels is not None and labels.known_on else ()
    what = "key and time" if config.row else "entity and date"
    what += " and day on which its label became known" if known_on else ""
    yield PlainRule(
        "expect_compound_columns_to_be_unique",
        f"One row for each {what}; a second one counts twice in training and in every metric.",
        {"column_list": [config.row_key, config.time.column, *known_on]},
    )


def time_rules(config: ModelConfig, table: str, partition: str, as_of: str) -> Iterator[PlainRule]:
    """Yield what must hold of times.

    :param config: the model's configuration.
    :param table: ``features`` or ``labels``.
    :param partition: ISO date of the delivery.
    :param as_of: ISO date of the run, which may know nothing later.
    """
    time, between = config.time.column, "expect_column_values_to_be_between"
    what = "date" if config.time.type == "date" else "time"
    yield PlainRule(
        between,
        f"A {what} after the delivery or the run lies in the future, and what stands there was not known yet."
        + _clocks(config),
        {"column": time, **_until(min(partition, as_of), config)},
    )
    if not _is_within_days(config):
        if table == "features":
            yield PlainRule(
                "expect_column_values_to_be_in_set",
                "A delivery holds the observations of its own date; others belong to another partition.",
                {"column": time, "value_set": [partition]},
            )
        return
    if table == "features":
        yield PlainRule(
            between,
            f"A delivery holds the rows of its own {config.delivery_length}; others belong to another "
            f"partition, and one of {_ZERO} had no time at all." + _clocks(config),
            {"column": time, "min_value": first_day(partition, config), **_until(partition, config)},
        )
    else:
        yield PlainRule(
            "expect_column_values_to_not_be_in_set",
            f"A time that is missing is written as 0 by many programs, which is {_ZERO}.",
            {"column": time, "value_set": [_ZERO if what == "date" else f"{_ZERO} 00:00:00+00:00"]},
        )


def _is_within_days(config: ModelConfig) -> bool:
    """Tell whether the rows of a delivery have times of their own, or keys of their own."""
    return config.row is not None or config.partition_column != config.time.column


def _clocks(config: ModelConfig) -> str:
    """Return what has to be known to compare times with days."""
    zone = config.time.timezone
    return "" if zone == "UTC" else f" Times are shown in UTC; days begin and end by the clocks of {zone}."


def _until(day: str, config: ModelConfig) -> dict[str, Any]:
    """Return the arguments for times up to the end of a day, in the model's time zone."""
    if config.time.type == "date":
        return {"max_value": day}
    following = date.fromisoformat(day) + timedelta(days=1)
    return {"max_value": following.isoformat(), "strict_max": True}
