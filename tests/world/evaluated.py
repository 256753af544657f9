"""What Great Expectations found in a snapshot, kept: the same rules on the same bytes find the same.

Most tests of the world with a champion read the same deliveries, and a second of pure computing goes into
each. ``tests/core/validation``, and each first time here, have the real thing.
"""

from __future__ import annotations

import hashlib
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from include.strict_json import to_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pytest

    from include.validation.checks import Check

Found = tuple[int, list[Any]]


def evaluate_once(patch: pytest.MonkeyPatch) -> None:
    """Let :func:`include.validation.evaluate.evaluate` remember its results, by content and rules."""
    from include.validation import evaluate, validate

    kept: dict[str, Found] = {}

    def remembered(path: Path, checks: Sequence[Check]) -> Found:
        if not path.is_file():
            return evaluate.evaluate(path, checks)
        digest = hashlib.sha256(path.read_bytes())
        for check in checks:
            about = [check.rule.type, check.rule.kwargs, check.feed, check.columns]
            digest.update(to_json([type(check.rule).__name__, *about]).encode())
        key = digest.hexdigest()
        if key not in kept:
            kept[key] = evaluate.evaluate(path, checks)
        return deepcopy(kept[key])

    patch.setattr(validate, "evaluate", remembered)
