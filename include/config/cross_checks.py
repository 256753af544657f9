"""Cross-checks: what must hold between the keys of a ``model.yaml``, beyond the type and range of each.

Every check reads the plain content and skips what does not fit the schema, which is reported already. So all
errors of a file are reported at once, not one after the other.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from include.config.checks.airflow import airflow_issues
from include.config.checks.clock import time_issues
from include.config.checks.columns import column_issues, sensitive_issues
from include.config.checks.content import text_at, texts_at
from include.config.checks.gate import gate_issues
from include.config.checks.margins import margin_issues
from include.config.checks.monitoring import drift_issues, policy_issues
from include.config.checks.serving import serving_issues
from include.config.checks.source import source_issues
from include.config.checks.target import target_issues
from include.config.config_errors import ConfigIssue, one_of
from include.config.schedule import ON_ARRIVAL, PRESETS, explain_schedule
from include.config.storable import storable_issues

if TYPE_CHECKING:
    from collections.abc import Iterator

_DOTTED_NAME = re.compile(r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$", re.ASCII)


def cross_check_issues(content: dict[str, Any], folder_name: str) -> Iterator[ConfigIssue]:
    """Yield what is wrong between the keys of a ``model.yaml``.

    :param content: the file as plain values, valid or not.
    :param folder_name: name of the folder that holds the file, which the model's name must equal.
    """
    name = text_at(content, ("name",))
    if name is not None and name != folder_name:
        text = f"found {name!r} in the folder {folder_name!r}; expected the folder's name: rename one of them"
        yield ConfigIssue(("name",), text)
    schedule = text_at(content, ("schedule",))
    problem = explain_schedule(schedule) if schedule is not None else None
    if problem:
        presets = one_of((*PRESETS, ON_ARRIVAL), str(schedule))
        yield ConfigIssue(
            ("schedule",),
            f"{problem}; expected null, a cron expression of five fields, or a name: {presets}",
        )
    yield from storable_issues(content, ())
    yield from source_issues(content)
    yield from column_issues(content)
    yield from time_issues(content)
    yield from target_issues(content)
    yield from sensitive_issues(content)
    yield from gate_issues(content)
    yield from margin_issues(content)
    yield from drift_issues(content)
    yield from policy_issues(content)
    yield from airflow_issues(content)
    yield from serving_issues(content)
    for index, trusted in enumerate(texts_at(content, ("estimator", "trusted_types"))):
        if not _DOTTED_NAME.match(trusted):
            text = (
                f"found {trusted!r}; expected the full dotted name of a type, such as sklearn.tree._tree.Tree"
            )
            yield ConfigIssue(("estimator", "trusted_types", index), text)
