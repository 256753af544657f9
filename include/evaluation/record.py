"""What is known of a candidate and the champion on one frozen test set: a record that travels as JSON."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

from include.evaluation.bootstrap import Estimate
from include.evaluation.slices import SliceResult
from include.strict_json import plain


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What candidate and champion did on the same rows.

    :param model: the model's name.
    :param test_digest: sha256 of the test set.
    :param rows: its rows.
    :param entities: its distinct entities.
    :param positives: its rows of class 1.
    :param primary: the metric that the gate compares.
    :param confidence: level of every interval.
    :param resamples: draws behind every interval.
    :param seed: seed of the draws.
    :param candidate: each metric with its interval.
    :param champion: the same for the champion; None without one, or when it could not be scored.
    :param gains: how much better the candidate is in each metric (above 0: better, whatever the metric),
        with the paired interval; None where ``champion`` is.
    :param slices: what was found on the groups of the sensitive attributes.
    :param champion_info: what the caller knows of the champion, such as its version; None without one.
    :param champion_error: why the champion could not be scored; None when it was, or when there is none.
    """

    model: str
    test_digest: str
    rows: int
    entities: int
    positives: int
    primary: str
    confidence: float
    resamples: int
    seed: int
    candidate: dict[str, Estimate]
    champion: dict[str, Estimate] | None
    gains: dict[str, Estimate] | None
    slices: tuple[SliceResult, ...]
    champion_info: dict[str, Any] | None
    champion_error: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values (NaN as None); :meth:`from_dict` is the way back."""
        values: dict[str, Any] = plain(dataclasses.asdict(self))
        return values

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Evaluation:
        """Build an evaluation from what :meth:`to_dict` returned."""
        fields = dict(plain)
        fields["candidate"] = read_estimates(plain["candidate"])
        fields["champion"] = read_estimates(plain["champion"])
        fields["gains"] = read_estimates(plain["gains"])
        fields["slices"] = tuple(
            SliceResult(**{**found, "gain": _estimate(found["gain"])}) for found in plain["slices"]
        )
        return cls(**fields)

    def to_text(self) -> str:
        """Return the comparison as lines for a task log."""
        sides = "candidate" + (f"{'champion':>29}{'gain':>33}" if self.champion else "")
        lines = [
            f"{self.rows} rows of {self.entities} entities, {self.positives} positives",
            f"{'':<20}{sides}",
        ]
        for name, found in self.candidate.items():
            line = f"{name:<18}  {_show(found)}"
            if self.champion and self.gains:
                line += f"  {_show(self.champion[name])}  {_show(self.gains[name], sign='+')}"
            lines.append(line)
        return "\n".join(lines)


def _show(found: Estimate, sign: str = "") -> str:
    """Return a figure with its interval in fixed width."""
    return f"{found.value:{sign}.4f} [{found.low:{sign}.4f}, {found.high:{sign}.4f}]".ljust(27)


def read_estimates(plain: dict[str, Any] | None) -> dict[str, Estimate] | None:
    """Return estimates from plain values, in which None stands for NaN.

    :param plain: name to figures; None stays None.
    """
    if plain is None:
        return None
    return {name: found for name, value in plain.items() if (found := _estimate(value))}


def _estimate(plain: dict[str, float | None] | None) -> Estimate | None:
    """Return an estimate from plain values, in which None stands for NaN."""
    if plain is None:
        return None
    return Estimate(**{name: math.nan if number is None else number for name, number in plain.items()})
