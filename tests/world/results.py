"""What the tasks of a training run hand on, for runs that do not begin at their first task."""

from __future__ import annotations

from typing import Any

_TRAINING: dict[str, dict[str, Any]] = {
    "extract": {"as_of": "2005-05-31", "digest": "d", "manifest": "manifest.json"},
    "validate": {"reports": {}},
    "prepare": {
        "as_of": "2005-05-31", "border": None, "digest": "d", "entity_column": "customer_id", "holdout": None,
        "place": "nowhere", "test_digest": "t", "test_partitions": ["2005-04-30"], "train_digest": "d",
    },
    "train": {"model_uri": "models:/m-0", "registry_commit": "c", "run_id": "0"},
    "evaluate": {
        "champion_version": None, "evaluation": "nowhere", "run_id": "0", "run_url": "", "scores": "nowhere",
        "test_digest": "t",
    },
    "register": {"run_id": "0", "version": "1"},
}  # fmt: skip


def of_training(**changes: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the results of all tasks of a training run, by task.

    :param changes: what a task handed on instead, by task.
    """
    return {task: {**result, **changes.get(task, {})} for task, result in _TRAINING.items()}
