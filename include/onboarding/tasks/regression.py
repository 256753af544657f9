"""A target that is a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.onboarding.tasks.base import NewTask, Target

if TYPE_CHECKING:
    from include.onboarding.columns import Column

_FEWEST = 3


def _read(column: Column) -> Target | str:
    if column.kind != "number":
        return f"holds {column.kind}s, and regression needs numbers"
    if column.distinct < _FEWEST:
        return f"has {column.distinct} different values, which are classes and no quantity"
    few = (
        f", if only {column.distinct} different ones: for classes say --task multiclass"
        if column.values
        else ""
    )
    return Target(
        column=column.name,
        task="regression",
        why=f"it holds numbers{few}",
        sql=column.sql,
        known=column.rows - column.missing,
    )


REGRESSION = NewTask(
    name="regression",
    read=_read,
    primary="rmse",
    floors=("rmse", "r2"),
    estimator="HistGradientBoostingRegressor",
    role="regressor",
    range_rule=True,
)
