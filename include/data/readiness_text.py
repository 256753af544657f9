"""What people read about a window that has too few labelled rows: why, and what would help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.data.labelled_window import next_due
from include.data.maturity import settings_to_change

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from include.config.schema import ModelConfig
    from include.data.dataset_record import Coverage, Dataset
    from include.data.labelled_window import Window
    from include.verdicts import Reason


def to_lines(coverage: Sequence[Coverage]) -> str:
    """Return a line for each partition: how far its labels are known, and why it is left out."""
    return "\n".join(
        f"  {seen.partition}: {seen.labelled:,} of {seen.rows:,} rows labelled ({seen.share:.1%})"
        + (f"; left out: {seen.left_out}" if seen.left_out else "")
        for seen in coverage
    )


def to_holdout_line(dataset: Dataset) -> str:
    """Return whom training left out and who is tested, beside a champion with another holdout.

    :param dataset: the record of a dataset, with both holdouts.
    """
    labelled = {seen.partition: seen.labelled for seen in dataset.coverage}
    trainable, testable = (
        sum(labelled[partition] for partition in partitions)
        for partitions in (dataset.train_partitions, dataset.test_partitions)
    )
    own, champion = dataset.holdout, dataset.champion_holdout
    return (
        f"{1 - dataset.train.rows / trainable:.1%} of the labelled rows of the training partitions are left "
        f"out ({own.to_text() if own else 'by an unknown split'}). Tested: "
        f"{dataset.test.rows / testable:.1%} of those of {', '.join(dataset.test_partitions)}, as the "
        f"champion's own holdout says ({champion.to_text() if champion else 'none'}); while it is champion, "
        "nobody trains on them"
    )


def what_to_lower(window: Window) -> str:
    """Return which key leaves more to train on."""
    if len(window.test) == 1 or set(window.train) & set(window.test):
        return "lower the key in model.yaml"
    return (
        "lower gate.min_rows or gate.min_positives in model.yaml (for their sake a run tests "
        f"{len(window.test)} of {len({*window.train, *window.test})} partitions)"
    )


def why_none(window: Window) -> str:
    """Return why there is no labelled partition, by the newest whose labels are due, or the oldest."""
    due = [seen for seen in window.coverage if "were due" in seen.left_out]
    seen = due[-1] if due else window.coverage[0]
    return f"none of {len(window.coverage)}; {seen.partition}: {seen.left_out}"


def when_more(window: Window, config: ModelConfig) -> str:
    """Return in one sentence when there will be more."""
    day = next_due(window, config)
    if day is not None:
        return f"The labels of the next partition are due on {day}"
    if any(seen.left_out for seen in window.coverage):
        return "No date can be named: the labels that are missing were due before this run's date"
    return (
        "The labels of the next delivery of features are due "
        f"{config.target.days_until_known} days after its date"
    )


def remedies(window: Window, config: ModelConfig, failed: Sequence[Reason]) -> Iterator[str]:
    """Yield what would have led to another decision."""
    rules = {reason.rule for reason in failed}
    late = [seen for seen in window.coverage if "were due" in seen.left_out]
    if late:
        days = ", ".join(seen.partition for seen in late)
        yield f"the labels of {days}: ask their source; {settings_to_change(max(one.share for one in late))}"
    if {"test rows", "test classes"} & rules:
        if window.champion_holdout is not None:
            yield (
                "a champion with another holdout: whom candidates are tested on follows from the champion's "
                f"own ({window.champion_holdout.to_text()}), whatever split says now"
            )
        if window.full:
            yield (
                f"a larger window.partitions: with {config.window.partitions} the window is full, and time "
                "alone brings no more rows"
            )
        share = "" if window.champion_holdout else "a larger split.test_share, "
        yield f"more labelled rows, {share}or lower gate.min_rows and gate.min_positives"
    if "training rows" in rules and window.champion_holdout is not None:
        yield (
            "the split that the champion was trained by: beside another one, training leaves out whom "
            f"candidates are tested on by {window.champion_holdout.to_text()}"
        )
    if {"training rows", "training classes", "training columns"} & rules:
        yield "more labelled partitions, up to window.partitions"
