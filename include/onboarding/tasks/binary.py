"""A target of two values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.names import shown
from include.onboarding.source import literal
from include.onboarding.tasks.base import NewTask, Target

if TYPE_CHECKING:
    from include.onboarding.columns import Column

_POSITIVE = frozenset({"yes", "y", "true", "t", "1", "positive", "pos", "bad", "default", "churned", "fraud"})
_TWO = 2


def _read(column: Column) -> Target | str:
    if column.kind not in {"number", "boolean", "text"} or column.distinct != _TWO:
        return f"has {column.distinct:,} different values, and binary needs two"
    values = list(column.values)
    if column.kind == "number" and set(values) <= {"0", "1"}:
        sql, meaning, why = f"{column.sql}::TINYINT", "", "its values are 0 and 1"
    else:
        positive = _positive(column)
        (other,) = (value for value in values if value != positive)
        text = literal(positive)
        same = f"{column.sql} = {text}" if column.kind != "number" else f"{column.sql} = {float(positive)!r}"
        sql = f"CASE WHEN {column.sql} IS NOT NULL THEN ({same})::TINYINT END"
        meaning = f"1 is {shown(positive)}, 0 is {shown(other)}"
        why = f"it has two values, {shown(values[0])} and {shown(values[1])}"
    return Target(
        column=column.name,
        task="binary",
        why=why,
        sql=sql,
        classes=("0", "1"),
        meaning=meaning,
        known=column.rows - column.missing,
    )


def _positive(column: Column) -> str:
    """Return the value that becomes 1: the one that says so, the larger number, or the rarer one."""
    for value in column.values:
        if value.casefold() in _POSITIVE:
            return value
    if column.kind == "number":
        return max(column.values, key=float)
    return list(column.values)[-1]


BINARY = NewTask(
    name="binary",
    read=_read,
    primary="roc_auc",
    floors=("roc_auc", "log_loss"),
    estimator="HistGradientBoostingClassifier",
    role="classifier",
)
