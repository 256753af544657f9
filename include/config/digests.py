"""Digests of a configuration: what changed so that a model has to be trained, or evaluated, again."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from include.strict_json import to_json

if TYPE_CHECKING:
    from include.config.base import StrictModel

# What may change without a reason to train, or to evaluate a candidate, again.
_NO_BEARING: dict[str, Any] = {
    **dict.fromkeys(
        (
            "description",
            "owner",
            "data_licence",
            "tags",
            "schedule",
            "airflow",
            "monitoring",
            "probation",
            "serving",
            "approval",
            "alerts",
        ),
        True,
    ),
    "features": {"allow_dominant"},
    "source": {name: {"lookback", "timeout_seconds"} for name in ("features", "labels")},
    "split": {"rotation"},  # what it decides, the arc of the holdout, is in the digest of the training set
    "gate": {"error_per_champion", "exams", "challenger"},  # a looser bar is no reason to try the same again
}
_DATA = {"task", "source", "entity", "row", "time", "target", "weight", "features", "window", "split"}
# Sections that were renamed keep their old name in digests: a new name does not change the configuration.
_NAMES_IN_DIGESTS = {"reproducibility_check": "probe"}
# Keys that have gone stay in digests with the value that most files had, so that no model is trained again.
_GONE_FROM_GATE = {"resamples": 2000}
# Keys that are newer than digests, with the value that says what held before them: it is left out.
_NEWER_OF_TABLES = {"sql": None, "connection": None, "partition_by": None, "timezone": "UTC"}
_NEWER: dict[str, Any] = {
    "task": "binary",
    "source": {"features": _NEWER_OF_TABLES, "labels": {**_NEWER_OF_TABLES, "known_on": None}},
    "target": {"classes": [], "quantile": 0.5, "event": None, "horizon_days": None},
    "row": None,
    "weight": None,
    "time": {"type": "date", "timezone": "UTC", "every": "day"},
    "features": {"views": {}},
    "gate": {"costs": None},
}


def digest_of_model(config: StrictModel) -> str:
    """Return the sha256 of all that bears on a model and on its evaluation.

    The same for any order of keys, comments and layout of the file, and whatever alerts and monitoring say.

    :param config: the whole of ``model.yaml``.
    """
    content = _bearing(config)
    return _digest({**content, "gate": content["gate"] | _GONE_FROM_GATE})


def digest_of_data(config: StrictModel) -> str:
    """Return the sha256 of all that says which rows and columns are learned from, and how they are split.

    :param config: the whole of ``model.yaml``.
    """
    content = _bearing(config)
    return _digest({name: content[name] for name in sorted(_DATA & content.keys())})


def _bearing(config: StrictModel) -> dict[str, Any]:
    """Return what bears on a model as plain values, without newer keys that say what held before them."""
    return _leave_out(config.model_dump(mode="json", exclude=_NO_BEARING), _NEWER)


def _leave_out(content: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Return plain values without the keys that have these values; a mapping stands for keys of a section.

    An empty mapping stands for itself.
    """
    sections = {key for key, value in values.items() if isinstance(value, dict) and value}
    return {
        key: _leave_out(found, values[key]) if key in sections and isinstance(found, dict) else found
        for key, found in content.items()
        if key not in values or key in sections or found != values[key]
    }


def _digest(content: dict[str, Any]) -> str:
    """Return the sha256 of plain values, whatever the order of their keys."""
    content = {_NAMES_IN_DIGESTS.get(name, name): value for name, value in content.items()}
    canonical = to_json(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()
