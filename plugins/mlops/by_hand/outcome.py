"""How a command that works by hand has ended: what is shown, and whether a decision stood against it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.verdicts import Verdict


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a command did.

    :param done: what was done, one line each.
    :param figures: the same for programs, JSON values.
    :param verdicts: the decisions on the way, as task logs end with them.
    :param refused: whether the last of them stood against what was asked.
    """

    done: Sequence[str]
    figures: dict[str, Any] = field(default_factory=dict)
    verdicts: Sequence[Verdict] = ()
    refused: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            **self.figures,
            "refused": self.refused,
            "verdicts": [one.to_dict() for one in self.verdicts],
        }

    def to_text(self) -> str:
        """Return text for a terminal: what was done, then each verdict."""
        return "\n".join([*self.done, *(one.to_text() for one in self.verdicts)])
