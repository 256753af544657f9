from __future__ import annotations

import pytest

from include.errors import StorageError, outside_task

pytestmark = pytest.mark.core


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Is it up? The task is retried.", "Is it up? Run the command again."),
        ("free some room, the task is retried.", "free some room, run the command again."),
        ("left; the task is retried. If it fails", "left; run the command again. If it fails"),
        ("a task is retried", "a task is retried"),
    ],
)
def test_where_no_task_runs_none_is_retried(said: str, shown: str) -> None:
    assert outside_task(StorageError(said), "Run the command again") == shown
