"""What must hold of the day of an event, and of the day on which a label became known.

Where rows have a time of day, whoever reads the labels compares its day (:mod:`include.data.labels`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.data.schema import labels_table, named_by_knowledge
from include.validation.row_rules import PlainRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.config.schema import ModelConfig


def label_rules(config: ModelConfig, table: str, latest: str) -> Iterator[PlainRule]:
    """Yield what must hold of the days that labels follow from.

    :param config: the model's configuration.
    :param table: ``features`` or ``labels``.
    :param latest: ISO date up to which the delivery can know anything.
    """
    if table != labels_table(config):
        return
    event, labels = config.target.event, config.source.labels
    if event and named_by_knowledge(config):
        yield PlainRule(
            "expect_column_values_to_be_between",
            "An event after the delivery lies in the future, and nobody knew of it yet.",
            {"column": event, "max_value": latest},
        )
    for column, why in (
        (event, "An event before its row is not an outcome of it: it was known already."),
        (labels and labels.known_on, "A label can't be known before the row that it is about."),
    ):
        if column and config.time.type == "date":
            yield PlainRule(
                "expect_column_pair_values_a_to_be_greater_than_b",
                why,
                {
                    "column_A": column,
                    "column_B": config.time.column,
                    "or_equal": True,
                    "ignore_row_if": "either_value_is_missing",
                },
            )
