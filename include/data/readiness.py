"""Whether a window has enough labelled rows to train and to evaluate on; if not, what to wait for.

What time will cure is a verdict, ``wait``: nothing is broken, and nobody has to act. What time will not cure
is a :class:`DataError` that names the key to change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.data.labelled_window import next_due
from include.data.readiness_text import remedies, what_to_lower, when_more, why_none
from include.data.targets import TARGETS
from include.errors import DataError
from include.verdicts import Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from include.config.schema import ModelConfig
    from include.data.labelled_window import Window

WAIT = "wait"


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
            + f": widen window.partitions, {what_to_lower(window)}, or check the source"
        )
    return Verdict(
        kind="readiness",
        decision=WAIT,
        subject=where,
        summary="; ".join(f"{one.rule}: {one.found}" for one in failed) + f". {when_more(window, config)}",
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
        counterfactuals=tuple(remedies(window, config, failed)),
    )


def _reasons(window: Window, config: ModelConfig) -> Iterator[Reason]:
    """Yield every condition with what was found."""
    used = [seen.partition for seen in window.coverage if not seen.left_out]
    yield Reason(
        rule="labelled partitions",
        passed=bool(used),
        found=", ".join(used) or why_none(window),
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
    names = TARGETS[config.task].classes(config)
    if names:
        yield Reason(
            rule="training classes",
            passed=all(train.entities),
            found=f"{train.rows:,} rows, {_list(train.classes, names)}",
            required="rows of each class",
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
    if names:
        yield Reason(
            rule="test classes",
            passed=all(entities >= config.gate.min_positives for entities in test.entities),
            found=f"values of {config.entity.column}: {_list(test.entities, names)}",
            required=f"at least {config.gate.min_positives:,} of each class (gate.min_positives)",
        )


def _list(counts: Sequence[int], names: Sequence[str]) -> str:
    """Return how many there are of each class."""
    return ", ".join(f"{count:,} with {name}" for count, name in zip(counts, names, strict=True))
