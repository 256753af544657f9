"""What a look at a table found, as people read it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from include.config.metric_names import METRICS
from include.config.tasks import TASKS
from include.evaluation.figures import show_value, show_value_interval
from include.media import markdown_table
from include.names import shown, shown_all
from include.onboarding.floors import trivial_value
from include.onboarding.rules import show
from include.reporting.text_table import text_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.evaluation.record import Evaluation
    from include.onboarding.columns import Column
    from include.onboarding.look import Look
    from include.onboarding.made import Made
    from include.onboarding.trial import Trial

_HEADS = ("column", "holds", "missing", "different", "from", "to", "becomes")
_WIDTH = 24


def columns_table(found: Look) -> str:
    """Return the columns, what they hold and what becomes of them.

    :param found: what was found.
    """
    rows = [_column(one, _role(one.name, found)) for one in found.columns.values()]
    rows += [
        (shown(name, _WIDTH), "", "", "", "", "", f"left out: {why}")
        for name, why in found.features.left_out.items()
        if name not in found.columns
    ]
    return text_table(_HEADS, rows)


def _column(one: Column, role: str) -> tuple[str, ...]:
    ends = ("", "") if one.low is None else (_value(one.low), _value(one.high))
    tokens = f" (also {', '.join(shown_all(one.tokens))})" if one.tokens else ""
    missing = f"{one.missing / one.rows:.1%}{tokens}" if one.missing else "-"
    return (shown(one.name, _WIDTH), one.kind, missing, f"{one.distinct:,}", *ends, role)


def _value(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    return show(value) if isinstance(value, float) else shown(str(value), 16)


def _role(name: str, found: Look) -> str:
    roles = {
        found.target.column: f"target of {found.target.task}",
        found.moments.column: "time",
        found.entity.column: "entity",
        **({found.row.column: "row key"} if found.row else {}),
        **dict.fromkeys(found.features.numeric, "numeric feature"),
        **dict.fromkeys(found.features.categorical, "categorical feature"),
    }
    if name in roles:
        return roles[name]
    return f"left out: {found.features.left_out.get(name, 'as --leave-out says')}"


def decisions(found: Look) -> Iterator[str]:
    """Yield what was decided and why, a line each.

    :param found: what was found.
    """
    target, known, sizes = found.target, found.known, found.sizes
    meaning = f" ({target.meaning})" if target.meaning else ""
    yield f"task       {target.task}: {target.why}{meaning}"
    yield f"every      {found.cut.every}: {found.cut.why}"
    yield f"entity     {shown(found.entity.column)}: {found.entity.why}"
    if found.row:
        yield f"row key    {shown(found.row.column)}: {found.row.why}"
    yield f"labels     after {known.delay_days} days: {known.why_delay}"
    yield f"window     {sizes.window} partitions: {sizes.reasons['window.partitions']}"
    yield f"split      {sizes.reasons['split.test_share']}"
    yield f"test set   {sizes.min_rows} rows: {sizes.reasons['gate.min_rows']}"
    if target.classes:
        yield f"           {sizes.min_scarce} of each class: {sizes.reasons['gate.min_positives']}"


def metrics_rows(evaluation: Evaluation) -> list[tuple[str, ...]]:
    """Return what the trivial and the default model reach, metric by metric.

    :param evaluation: the default model on the test set.
    """
    return [
        (
            f"{name} ({'higher' if METRICS[name].higher_is_better else 'lower'} is better)",
            _trivial(name, evaluation),
            show_value_interval(name, found),
            TASKS[evaluation.task].trivial.get(name, "nothing is trivial in it"),
        )
        for name, found in evaluation.candidate.items()
    ]


METRIC_HEADS = ("metric", "trivial model", "default model", "the trivial model is")


def _trivial(name: str, evaluation: Evaluation) -> str:
    value = trivial_value(name, evaluation)
    return "-" if value is None else show_value(name, value)


def suspects(evaluation: Evaluation) -> Iterator[str]:
    """Yield the columns that may know the target, a text each.

    :param evaluation: the default model on the test set.
    """
    for one in evaluation.dominant:
        yield f"LEAK?  {shown(one.column)}: {one.describe()}; {one.remedy()}"


def card(trial: Trial | None) -> list[str]:
    """Return the same for a model card, as lines of Markdown.

    :param trial: how the first training went; None where it was not tried.
    """
    if trial is None or trial.evaluation is None:
        return ["Nothing yet: the first training did not come to an evaluation."]
    found = trial.evaluation
    lines = markdown_table(METRIC_HEADS, metrics_rows(found))
    tested = f"{found.rows:,} rows of {found.entities:,} entities, as of {trial.as_of}"
    return [f"On {tested} ({found.target}):", "", *lines]


def _summary(trial: Trial) -> str:
    """Return why it ended so, without the warnings of dominant columns, which are shown apart."""
    return trial.verdict.summary.partition(". WARNING")[0] if trial.verdict else ""


def outcome(made: Made) -> list[str]:
    """Return how the first training run will end, and what is missing.

    :param made: what came of it.
    """
    trial, lacks = made.trial, made.found.sizes.lacks
    lines = []
    if trial.task:
        lines.append(f"a training as of {trial.as_of} fails in {trial.task}: {trial.error}")
    elif trial.verdict is not None:
        lines.append(f"a training as of {trial.as_of}: {trial.verdict.decision}: {_summary(trial)}")
    if lacks:
        lines.append(f"the table is too small to tell much: {lacks}")
    return lines
