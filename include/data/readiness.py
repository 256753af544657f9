"""Whether a window has enough labelled rows to train and to evaluate on; if not, what to wait for.

What time will cure is a verdict, ``wait``: nothing is broken, and nobody has to act. What time will not cure
is a :class:`DataError` that names the key to change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from include.data.maturity import due_date, settings_to_change
from include.errors import DataError
from include.verdicts import Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from include.config.schema import ModelConfig
    from include.data.dataset_record import Coverage
    from include.data.labelled_rows import LabelledRows
    from include.data.splits import Holdout

WAIT = "wait"


@dataclass(frozen=True, kw_only=True)
class Figures:
    """How much some rows say.

    :param rows: the rows.
    :param positives: those of class 1.
    :param positive_entities: distinct entities with a row of class 1: rows of one entity repeat each other.
    :param negative_entities: distinct entities with a row of class 0.
    """

    rows: int
    positives: int
    positive_entities: int
    negative_entities: int


def count_rows(parts: Sequence[LabelledRows]) -> Figures:
    """Return how much the rows of some partitions say together."""
    return Figures(
        rows=sum(len(part.targets) for part in parts),
        positives=sum(int(part.targets.sum()) for part in parts),
        positive_entities=_entities(part.pick(part.targets == 1) for part in parts),
        negative_entities=_entities(part.pick(part.targets == 0) for part in parts),
    )


def is_enough(test: Figures, config: ModelConfig) -> bool:
    """Tell whether a test set is large enough to evaluate on.

    :param test: its figures.
    :param config: the model's configuration, whose ``gate`` says how much it takes.
    """
    fewest = min(test.positive_entities, test.negative_entities)
    return test.rows >= config.gate.min_rows and fewest >= config.gate.min_positives


@dataclass(frozen=True, kw_only=True)
class Window:
    """What a run has to train and to evaluate on.

    :param as_of: ISO date whose knowledge is used.
    :param train: partitions to train on, oldest first; those of the smallest test set where no test set is
        enough.
    :param test: partitions to test on, oldest first.
    :param trained: figures of the training rows.
    :param tested: figures of the test rows.
    :param coverage: how far labels are known, of every partition looked at, oldest first.
    :param full: whether there are as many labelled partitions as ``window.partitions`` allows.
    :param empty: features without any value in the partitions to train on.
    :param champion_holdout: whom the champion's training left out, where that is another holdout.
    """

    as_of: str
    train: tuple[str, ...]
    test: tuple[str, ...]
    trained: Figures
    tested: Figures
    coverage: tuple[Coverage, ...]
    full: bool
    empty: tuple[str, ...] = ()
    champion_holdout: Holdout | None = None


def wait_for_more(window: Window, config: ModelConfig) -> Verdict | None:
    """Return the verdict ``wait`` where a window is not enough yet, or None where it is.

    :param window: what there is.
    :param config: the model's configuration.
    :raises DataError: it is too little to learn from, and the window is full: the next partitions push out as
        many as they bring.
    """
    reasons = tuple(_reasons(window, config))
    failed = [reason for reason in reasons if reason.passed is False]
    if not failed:
        return None
    where = f"{config.name} as of {window.as_of}"
    hopeless = [reason for reason in failed if reason.rule.startswith("training")]
    if window.full and hopeless:
        raise DataError(
            f"{where}: the window of {config.window.partitions} labelled partitions is full ("
            f"{', '.join(window.train)} to train on, {', '.join(window.test)} to test on), and "
            + "; ".join(f"{one.rule}: found {one.found}, expected {one.required}" for one in hopeless)
            + f": widen window.partitions, {_what_to_lower(window)}, or check the source"
        )
    return Verdict(
        kind="readiness",
        decision=WAIT,
        subject=where,
        summary="; ".join(f"{one.rule}: {one.found}" for one in failed) + f". {_next(window, config)}",
        reasons=reasons,
        inputs={
            "train_partitions": list(window.train),
            "test_partitions": list(window.test),
            "coverage": {seen.partition: round(seen.share, 6) for seen in window.coverage},
            "next_due": next_due(window, config),
        },
        thresholds={
            "target": config.target.model_dump(mode="json"),
            "window": config.window.model_dump(mode="json"),
            "min_rows": config.gate.min_rows,
            "min_positives": config.gate.min_positives,
        },
        counterfactuals=tuple(_remedies(window, config, failed)),
    )


def next_due(window: Window, config: ModelConfig) -> str | None:
    """Return the ISO date on which the labels of the next partition are due; None when none waits."""
    dates = (due_date(seen.partition, config) for seen in window.coverage if seen.left_out)
    return min((day for day in dates if day > window.as_of), default=None)


def to_lines(coverage: Sequence[Coverage]) -> str:
    """Return a line for each partition: how far its labels are known, and why it is left out."""
    return "\n".join(
        f"  {seen.partition}: {seen.labelled:,} of {seen.rows:,} rows labelled ({seen.share:.1%})"
        + (f"; left out: {seen.left_out}" if seen.left_out else "")
        for seen in coverage
    )


def _reasons(window: Window, config: ModelConfig) -> Iterator[Reason]:
    """Yield every condition with what was found."""
    used = [seen.partition for seen in window.coverage if not seen.left_out]
    yield Reason(
        rule="labelled partitions",
        passed=bool(used),
        found=", ".join(used) or _left_out(window),
        required=f"one whose labels are due and cover at least {config.target.min_coverage:.0%} of its rows",
    )
    if not used:
        return
    train, test = window.trained, window.tested
    yield Reason(
        rule="training rows",
        passed=train.rows >= config.window.min_rows,
        found=f"{train.rows:,} in {', '.join(window.train)}",
        required=f"at least {config.window.min_rows:,} (window.min_rows)",
    )
    yield Reason(
        rule="training classes",
        passed=min(train.positive_entities, train.negative_entities) > 0,
        found=f"{train.positives:,} of {train.rows:,} rows have {config.target.column} = 1",
        required="rows of both classes",
    )
    if window.empty:
        yield Reason(
            rule="training columns",
            passed=False,
            found=f"no value of {', '.join(window.empty)} in {', '.join(window.train)}",
            required="a value of each feature",
        )
    where = ", ".join(window.test)
    both = window.champion_holdout
    yield Reason(
        rule="test rows",
        passed=test.rows >= config.gate.min_rows,
        found=f"{test.rows:,} held out in {where}"
        + (f", that the champion was not trained on either ({both.to_text()})" if both else ""),
        required=f"at least {config.gate.min_rows:,} (gate.min_rows)",
    )
    yield Reason(
        rule="test classes",
        passed=min(test.positive_entities, test.negative_entities) >= config.gate.min_positives,
        found=f"{test.positive_entities:,} values of {config.entity.column} with {config.target.column} = 1, "
        f"{test.negative_entities:,} with 0",
        required=f"at least {config.gate.min_positives:,} of each (gate.min_positives)",
    )


def _what_to_lower(window: Window) -> str:
    """Return which key leaves more to train on."""
    if len(window.test) == 1 or set(window.train) & set(window.test):
        return "lower the key in model.yaml"
    return (
        "lower gate.min_rows or gate.min_positives in model.yaml (for their sake a run tests "
        f"{len(window.test)} of {len({*window.train, *window.test})} partitions)"
    )


def _left_out(window: Window) -> str:
    """Return why there is no labelled partition, by the newest whose labels are due, or the oldest."""
    due = [seen for seen in window.coverage if "were due" in seen.left_out]
    seen = due[-1] if due else window.coverage[0]
    return f"none of {len(window.coverage)}; {seen.partition}: {seen.left_out}"


def _next(window: Window, config: ModelConfig) -> str:
    """Return in one sentence when there will be more."""
    day = next_due(window, config)
    if day is not None:
        return f"The labels of the next partition are due on {day}"
    if any(seen.left_out for seen in window.coverage):
        return "No date can be named: the labels that are missing were due before this run's date"
    return (
        f"The labels of the next delivery of features are due {config.target.delay_days} days after its date"
    )


def _remedies(window: Window, config: ModelConfig, failed: Sequence[Reason]) -> Iterator[str]:
    """Yield what would have led to another decision."""
    rules = {reason.rule for reason in failed}
    late = [seen for seen in window.coverage if "were due" in seen.left_out]
    if late:
        days = ", ".join(seen.partition for seen in late)
        yield f"the labels of {days}: ask their source; {settings_to_change(max(one.share for one in late))}"
    if {"test rows", "test classes"} & rules:
        if window.champion_holdout is not None:
            yield f"the split that the champion was trained by: {window.champion_holdout.to_text()}"
        if window.full:
            yield (
                f"a larger window.partitions: with {config.window.partitions} the window is full, and time "
                "alone brings no more rows"
            )
        yield "more labelled rows, a larger split.test_share, or lower gate.min_rows and gate.min_positives"
    if {"training rows", "training classes", "training columns"} & rules:
        yield "more labelled partitions, up to window.partitions"


def _entities(parts: Iterable[LabelledRows]) -> int:
    """Count distinct entities."""
    arrays = [part.entities for part in parts]
    return int(pc.count_distinct(pa.chunked_array(arrays)).as_py()) if arrays else 0
