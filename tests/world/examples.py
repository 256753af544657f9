"""How many examples a property is tried on."""

from __future__ import annotations

from typing import Any

from hypothesis import settings

_USUAL = 100  # Hypothesis' own number


def examples(usual: int, *, most: int = 10_000, **others: Any) -> settings:
    """Return the settings of a property that is dearer, or cheaper, than most.

    :param usual: examples in every run of the suite.
    :param most: examples at most where the profile asks for more, as ``make properties`` does.
    :param others: further settings.
    """
    wanted = settings().max_examples
    return settings(max_examples=min(wanted, most) if wanted > _USUAL else usual, **others)
