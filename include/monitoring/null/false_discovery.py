"""The false discovery rate over several tests (Benjamini and Hochberg 1995, J. R. Stat. Soc. B 57)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def find_level(p_values: Sequence[float], rate: float) -> float:
    """Return the largest p-value that Benjamini and Hochberg reject, or 0 where they reject none.

    The procedure stays valid for tests that are positively dependent (Benjamini and Yekutieli 2001, Ann.
    Stat. 29). Where nothing is there to be found, something is found with the probability ``rate`` at most.

    :param p_values: of all tests, in any order.
    :param rate: share of false alarms among what is found.
    """
    ordered = sorted(p_values)
    rejected = [p for rank, p in enumerate(ordered, start=1) if p <= rate * rank / len(ordered)]
    return max(rejected, default=0.0)
