"""What came of a look at a table, and of trying a default model on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from include.onboarding.floors import Floor
    from include.onboarding.look import Look
    from include.onboarding.rules import LearnedRule
    from include.onboarding.trial import Trial


@dataclass(frozen=True, kw_only=True)
class Made:
    """What came of it.

    :param found: what was found in the table.
    :param rules: the rules that were learned.
    :param floors: the floors that were learned.
    :param first: how a training without floors ends.
    :param trial: how a training with them ends.
    :param folder: the model's folder.
    :param deliveries: the folder with its deliveries; None where a query is read.
    """

    found: Look
    rules: tuple[LearnedRule, ...]
    floors: dict[str, Floor]
    first: Trial
    trial: Trial
    folder: Path
    deliveries: Path | None
