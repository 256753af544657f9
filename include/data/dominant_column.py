"""A feature that dominates a model: what is kept of it and what people read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from include.names import shown


@dataclass(frozen=True, kw_only=True)
class DominantColumn:
    """A feature that nearly makes up a model alone: perhaps it knows the label and not the future.

    :param column: the feature.
    :param auc: AUC of the column alone, at the best use of its values and of their absence.
    :param rest: AUC of all other features together.
    :param share: the column's share of what all features together reach beyond chance level (AUC 0.5).
    :param missing: whether its absence alone says as much.
    :param alike: other columns that do as much alone, which ``rest`` leaves out too.
    :param scale: what ``auc`` is called: the concordance index takes its place where the target is a number.
    :param partition: the only partition in which it does so, the newest; empty where it is all of training.
    """

    column: str
    auc: float
    rest: float
    share: float
    missing: bool = False
    alike: tuple[str, ...] = ()
    partition: str = ""
    scale: str = "AUC"

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> DominantColumn:
        """Build it from JSON values."""
        return cls(**{**plain, "alike": tuple(plain.get("alike", ()))})

    def describe(self) -> str:
        """Return what was found, in one sentence."""
        what = "whether it is missing" if self.missing else "it"
        where = "on the training set"
        if self.partition:
            where = f"on the training rows of {self.partition}, and not before"
        others = (
            f"all others but {', '.join(map(shown, self.alike))}, which tell as much,"
            if self.alike
            else "all others"
        )
        figure = f"{_article(self.scale)} {self.scale} of {self.auc:.3f}"
        return (
            f"{what} alone reaches {figure} {where}, {self.share:.0%} of "
            f"what all features reach beyond chance level; {others} together reach {self.rest:.3f}"
        )

    def remedy(self) -> str:
        """Return what to do about it, in one sentence."""
        return (
            f"is {self.column} known at the time of the row, or only once the label is? If it is honest, "
            f"write features.allow_dominant: [{self.column}] into model.yaml, or else remove it from the "
            "features"
        )


def _article(word: str) -> str:
    return "an" if word[0] in "AEIOU" else "a"
