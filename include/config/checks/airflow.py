"""Check what is said about single tasks of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.config.airflow_schema import TASK_IDS
from include.config.checks.content import mapping_at
from include.config.config_errors import ConfigIssue, one_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEY = ("airflow", "tasks")


def airflow_issues(content: dict[str, Any]) -> Iterator[ConfigIssue]:
    """Check that settings are for tasks that there are."""
    for name in mapping_at(content, _KEY):
        if name not in TASK_IDS:
            yield ConfigIssue(
                (*_KEY, str(name)), f"no DAG has a task {name!r}; {one_of(TASK_IDS, str(name))}"
            )
