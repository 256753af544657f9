"""What tasks hand on to each other: which fields an operator is given, and what has to be in them."""

from __future__ import annotations

from typing import Any

from include.errors import InputError

# Operator field to the keys that the tasks behind it read. What the tasks return may hold more.
HAND_OVERS: dict[str, tuple[str, ...]] = {
    "extracted": ("as_of", "digest", "manifest"),
    "validated": ("reports",),
    "dataset": (
        "as_of",
        "border",
        "digest",
        "entity_column",
        "holdout",
        "place",
        "test_digest",
        "test_partitions",
        "train_digest",
    ),
    "trained": ("model_uri", "registry_commit", "run_id"),
    "evaluated": ("champion_version", "evaluation", "run_id", "run_url", "scores", "test_digest"),
    "registered": ("run_id", "version"),
    "drifted": ("champion_version", "decision", "partition"),
    "judged": ("champion_version", "new_labels", "newest_labels", "windows"),
    "verdict": ("decision", "inputs", "kind", "subject", "summary"),
}
_REMEDY = "An earlier task was set to success by hand, or ran with older code: clear it."


def check_hand_over(task_id: str, field: str, value: Any) -> None:
    """Make sure that a task was given what it needs.

    :param task_id: the task, for the message.
    :param field: the operator's field; one that is not in :data:`HAND_OVERS` is not looked at.
    :param value: the field's value, templates rendered.
    :raises InputError: it is not a mapping, or keys are missing.
    """
    needed = HAND_OVERS.get(field)
    if needed is None:
        return
    if not isinstance(value, dict):
        raise InputError(
            f"Task {task_id!r} was given {value!r} as {field}; expected a mapping with {', '.join(needed)}. "
            f"{_REMEDY}"
        )
    missing = [key for key in needed if key not in value]
    if missing:
        raise InputError(
            f"Task {task_id!r} was given {field} without {', '.join(missing)}; it holds "
            f"{', '.join(sorted(value))}. "
            f"{_REMEDY}"
        )
