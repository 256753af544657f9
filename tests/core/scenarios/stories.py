"""What happens in each scenario; catalogue.yaml says what has to follow from it, under the same names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tests.core.scenarios.plan import CHAMPION, DAYS, INCIDENT, Plan
from tests.core.scenarios.world import DELAY

if TYPE_CHECKING:
    from collections.abc import Callable

AFTERWARDS = range(INCIDENT, DAYS)
STORIES: dict[str, Callable[[Plan], None]] = {}


def _story(happens: Callable[[Plan], None]) -> Callable[[Plan], None]:
    STORIES[happens.__name__.replace("_", " ")] = happens
    return happens


@_story
def quiet_world(plan: Plan) -> None:
    """Nothing."""


@_story
def quiet_world_trained_every_day(plan: Plan) -> None:
    plan.until = INCIDENT + 6
    plan.train_on(range(CHAMPION + 1, plan.until))


@_story
def benign_covariate_shift(plan: Plan) -> None:
    plan.follow(AFTERWARDS, newsletters=0.8)


@_story
def impactful_covariate_shift(plan: Plan) -> None:
    plan.follow(AFTERWARDS, usage=1.0)


@_story
def label_shift(plan: Plan) -> None:
    plan.follow(AFTERWARDS, left=0.1)


@_story
def concept_drift(plan: Plan) -> None:
    plan.follow(AFTERWARDS, usage_effect=1.4)


@_story
def harder_world(plan: Plan) -> None:
    plan.follow(AFTERWARDS, signal=0.35)


@_story
def recovering_world(plan: Plan) -> None:
    plan.follow(range(INCIDENT, INCIDENT + 3), signal=0.35)


@_story
def column_renamed(plan: Plan) -> None:
    table = plan.features(INCIDENT)
    names = ["usage_hours" if name == "usage" else name for name in table.column_names]
    plan.send(INCIDENT, table.rename_columns(names))
    plan.send(INCIDENT, table, on=INCIDENT + 2, anew=False)


@_story
def column_of_another_type(plan: Plan) -> None:
    table = plan.features(INCIDENT)
    texts = pa.array([f"{value:.3f}".replace(".", ",") for value in table["usage"].to_pylist()])
    plan.send(INCIDENT, _with(table, "usage", texts))


@_story
def category_spelled_otherwise(plan: Plan) -> None:
    for day in AFTERWARDS:
        table = plan.features(day)
        plan.send(day, _with(table, "channel", pc.utf8_upper(table["channel"])))


@_story
def unit_changed(plan: Plan) -> None:
    table = plan.features(INCIDENT)
    plan.send(INCIDENT, _with(table, "income", pc.multiply(table["income"], 1_000.0)))
    plan.send(INCIDENT, table, on=INCIDENT + 2, anew=False)


@_story
def unit_changed_within_the_contract(plan: Plan) -> None:
    table = plan.features(INCIDENT)
    plan.send(INCIDENT, _with(table, "usage", pc.multiply(table["usage"], 1_000.0)))


@_story
def column_from_the_future(plan: Plan) -> None:
    plan.until = INCIDENT + DELAY + 2
    plan.train_on([INCIDENT, INCIDENT + 1])
    for day in range(plan.until - DELAY):
        rows = plan.rows(day)
        stopped = pc.if_else(pc.equal(rows["left"], 1), 0.0, rows["newsletters"])
        restated = _with(rows, "newsletters", stopped).drop_columns(["left"])
        plan.send(day, restated, on=max(INCIDENT, day + DELAY), anew=False)


@_story
def late_labels(plan: Plan) -> None:
    for day in range(INCIDENT - DELAY, INCIDENT - 1):
        plan.known[day] = INCIDENT + 5


@_story
def early_labels_of_one_kind(plan: Plan) -> None:
    for day in range(INCIDENT, DAYS):
        rows = plan.rows(day)
        plan.label_early(day, rows.filter(pc.equal(rows["left"], 1)), day + 1)


@_story
def same_delivery_again(plan: Plan) -> None:
    plan.send(INCIDENT, plan.features(INCIDENT), on=INCIDENT + 1, anew=False)


@_story
def rows_delivered_twice(plan: Plan) -> None:
    table = plan.features(INCIDENT)
    plan.send(INCIDENT, pa.concat_tables([table, table]))
    plan.send(INCIDENT, table, on=INCIDENT + 1, anew=False)


@_story
def tiny_day(plan: Plan) -> None:
    plan.send(INCIDENT, plan.features(INCIDENT).slice(0, 20))


@_story
def empty_day(plan: Plan) -> None:
    plan.send(INCIDENT, plan.features(INCIDENT).slice(0, 0))


@_story
def wrong_labels_corrected(plan: Plan) -> None:
    for day in (INCIDENT - 5, INCIDENT - 4, INCIDENT - 3):
        plan.mislabel(day, _shuffled, corrected_on=INCIDENT + 4)


@_story
def no_delivery_for_a_week(plan: Plan) -> None:
    plan.withhold(range(INCIDENT, INCIDENT + 7))


def _with(table: pa.Table, column: str, values: pa.Array) -> pa.Table:
    """Return a table with other values in a column."""
    return table.set_column(table.column_names.index(column), column, values)


def _shuffled(labels: pa.Table) -> pa.Table:
    """Return labels of the wrong customers, as a join over the wrong column gives them."""
    return _with(labels, "left", pa.array(np.roll(labels["left"].to_numpy(), 1)))
