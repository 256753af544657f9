"""A target of a few texts, or of a few whole numbers where somebody says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.onboarding.tasks.base import NewTask, Target

if TYPE_CHECKING:
    from include.onboarding.columns import Column

FEWEST, MOST = 3, 100


def _read(column: Column) -> Target | str:
    if column.kind not in {"text", "number"} or (column.kind == "number" and not column.whole):
        return f"holds {column.kind}s, and multiclass needs a few texts or whole numbers"
    if not FEWEST <= column.distinct <= MOST:
        return (
            f"has {column.distinct:,} different values, and multiclass needs {FEWEST} to {MOST} classes: "
            "group "
            "rare ones into one"
        )
    number = column.kind == "number"
    classes = sorted(column.values or (), key=float if number else str)
    return Target(
        column=column.name,
        task="multiclass",
        why=f"it has {column.distinct} different {'whole numbers' if number else 'texts'}",
        sql=f"{column.sql}::BIGINT::VARCHAR" if number else column.sql,
        classes=tuple(classes),
        known=column.rows - column.missing,
    )


MULTICLASS = NewTask(
    name="multiclass",
    read=_read,
    primary="roc_auc_macro",
    floors=("roc_auc_macro", "log_loss"),
    estimator="HistGradientBoostingClassifier",
    role="classifier",
    inferred_of=("text",),
)
