"""Look at a table, and decide how a model of it begins. Every decision keeps its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from include.errors import DataError
from include.names import shown, shown_all
from include.onboarding.columns import look_at_columns
from include.onboarding.entity import choose_entity, choose_row
from include.onboarding.features import choose_features
from include.onboarding.labels import look_at_labels
from include.onboarding.sizes import choose_sizes
from include.onboarding.splits import Labelled
from include.onboarding.tasks import read_target
from include.onboarding.time import PARTITION, cut, read_time

if TYPE_CHECKING:
    from include.onboarding.columns import Column
    from include.onboarding.entity import Entity
    from include.onboarding.features import Features
    from include.onboarding.labels import Known
    from include.onboarding.sizes import Sizes
    from include.onboarding.source import SourceTable
    from include.onboarding.tasks.base import Target
    from include.onboarding.time import Cut, Every, Moments

_LAST = "2100-12-31"
MOST_LOOKED_AT = 200_000
"""Rows that are counted for a split and that a default model is tried on, about: whole entities."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What somebody has decided already.

    :param name: the model's name.
    :param target: the target column.
    :param time: the time column.
    :param entity: the entity column; None to choose.
    :param task: the task; None to infer it.
    :param every: length of a partition; None to choose.
    :param delay_days: days until labels are known; None to see.
    :param leave_out: columns that are no features.
    :param timezone: IANA name of the zone whose midnight ends a day.
    :param today: ISO date after which nothing can have been observed.
    """

    name: str
    target: str
    time: str
    entity: str | None = None
    task: str | None = None
    every: Every | None = None
    delay_days: int | None = None
    leave_out: tuple[str, ...] = ()
    timezone: str = "UTC"
    today: str = _LAST


@dataclass(frozen=True, kw_only=True)
class Look:
    """What was found, and what follows from it.

    :param wanted: what was asked for.
    :param origin: the table, for people.
    :param rows: its rows.
    :param columns: its columns.
    :param moments: the time of its rows.
    :param cut: its partitions.
    :param partition: an expression for the partition of a row.
    :param entity: whom rows are about.
    :param row: what tells the rows of one entity in one partition apart; None where there is one at most.
    :param target: what is predicted.
    :param known: when it is known.
    :param features: from what.
    :param sizes: window, split and test set.
    :param sample: one of so many entities is looked at for these.
    """

    wanted: Wanted
    origin: str
    rows: int
    columns: dict[str, Column]
    moments: Moments
    cut: Cut
    partition: str
    entity: Entity
    row: Entity | None
    target: Target
    known: Known
    features: Features
    sizes: Sizes
    sample: int

    def where_sampled(self) -> str:
        """Return a condition on rows that keeps whole entities, few enough to be tried on."""
        return "true" if self.sample == 1 else f"hash({self.entity.sql}) % {self.sample} = 0"


def look(table: SourceTable, wanted: Wanted) -> Look:
    """Return what a table holds and how a model of it begins.

    :param table: the table.
    :param wanted: what was decided already.
    :raises DataError: a column is missing or can't play its part; the message says what would.
    """
    _check_names(table, wanted)
    columns = look_at_columns(table)
    moments = read_time(table, columns[wanted.time], wanted.timezone, wanted.today)
    target = read_target(columns[wanted.target], wanted.task, origin=table.origin)
    found = cut(table, moments, wanted.every)
    partition = PARTITION[found.every].format(day=moments.day)
    others = {name: one for name, one in columns.items() if name not in {wanted.time, wanted.target}}
    entity = choose_entity(table, others, partition, wanted.entity)
    row = choose_row(table, others, entity)
    known = look_at_labels(table, target, partition, found, wanted.delay_days)
    taken = {entity.column, *wanted.leave_out, *([row.column] if row else [])}
    possible = {name: one for name, one in others.items() if name not in taken}
    features = choose_features(table, possible, target, partition, found)
    if not features.names:
        reasons = "; ".join(f"{shown(name)}: {why}" for name, why in features.left_out.items())
        raise DataError(
            f"{table.origin}: found no column that can be a feature "
            f"({reasons or 'there is no other column'}); "
            "expected one at least"
        )
    sample = max(1, -(-table.rows // MOST_LOOKED_AT))
    draft = Look(
        wanted=wanted, origin=table.origin, rows=table.rows, columns=columns, moments=moments, cut=found,
        partition=partition, entity=entity, row=row, target=target, known=known, features=features,
        sizes=None, sample=sample,  # type: ignore[arg-type]  # follows at once
    )  # fmt: skip
    return Look(**{**vars(draft), "sizes": choose_sizes(_labelled(table, draft), found, entity)})


def _labelled(table: SourceTable, draft: Look) -> Labelled:
    """Return the labelled rows by which sizes are chosen."""
    days, target = draft.known.partitions, draft.target
    found = table.arrow(
        f"SELECT {draft.entity.sql} AS entity, ({draft.partition})::VARCHAR AS day, "
        f"({target.sql})::VARCHAR AS label FROM rows WHERE {target.sql} IS NOT NULL AND "
        f"{draft.where_sampled()}"
    )
    places = {day: number for number, day in enumerate(days)}
    numbers = np.array([places.get(day, -1) for day in found["day"].to_pylist()], dtype=np.int32)
    kept = np.flatnonzero(numbers >= 0)
    classes = None
    if target.classes:
        codes = {name: number for number, name in enumerate(target.classes)}
        labels = [codes[label] for label in found["label"].to_pylist()]
        classes = np.array(labels, dtype=np.int16)[kept]
    entities = found["entity"].combine_chunks().take(kept)
    return Labelled(
        entities=entities, partitions=numbers[kept], classes=classes, days=days, names=target.classes
    )


def _check_names(table: SourceTable, wanted: Wanted) -> None:
    """Make sure that the table has the columns that were named, each in one role.

    :raises DataError: it has not.
    """
    named = {"--target": wanted.target, "--time": wanted.time}
    if wanted.entity is not None:
        named["--entity"] = wanted.entity
    named |= {f"--leave-out {name}": name for name in wanted.leave_out}
    there = ", ".join(shown_all(table.types)) or "none"
    for option, name in named.items():
        if name in table.unusable:
            raise DataError(
                f"{table.origin}: {option}: {shown(name)} {table.unusable[name]}; columns: {there}"
            )
        if name not in table.types:
            alike = [one for one in table.types if one.casefold() == name.casefold()]
            hint = f"did you mean {shown(alike[0])}?" if alike else f"columns: {there}"
            if not alike and any(one.replace(".", "", 1).replace("-", "").isdecimal() for one in table.types):
                hint += "; these look like values: has the file no header?"
            raise DataError(f"{table.origin}: {option}: found no column {shown(name)}; {hint}")
    roles = [wanted.target, wanted.time, *([wanted.entity] if wanted.entity else []), *wanted.leave_out]
    for name in roles:
        if roles.count(name) > 1:
            raise DataError(
                f"{table.origin}: {shown(name)} was named for two roles; expected another column for each"
            )
