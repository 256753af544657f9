"""What is known of a candidate and the champion on one frozen test set: a record that travels as JSON."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Self

from include.data.dominant_column import DominantColumn
from include.evaluation.buckets import BucketedGain
from include.evaluation.confidence_interval import ConfidenceInterval, read_interval, read_intervals
from include.evaluation.figures import show_gain_interval, show_value_interval
from include.evaluation.slices import SliceResult
from include.records import Record, RecordKind
from include.strict_json import plain


def _add_trivial(fields: dict[str, Any]) -> dict[str, Any]:
    """Format 2 knows the gain over a trivial model and the dominant columns."""
    return {**fields, "over_trivial": None, "base_rate": None, "dominant": []}


def _drop_resamples(fields: dict[str, Any]) -> dict[str, Any]:
    """Format 3 has intervals from influence values, and bucket sums of the gains; there were none before."""
    kept = {name: value for name, value in fields.items() if name not in {"resamples", "seed"}}
    return {**kept, "bucketed": None}


def _add_task(fields: dict[str, Any]) -> dict[str, Any]:
    """Format 4 names the task, of which there was one before, and costs, of which there were none."""
    return {**fields, "task": "binary", "target": f"{fields['positives']} positives", "costs": None}


EVALUATION = RecordKind(
    name="evaluation",
    remedy="clear the task evaluate, which writes it again",
    upgrades=(_add_trivial, _drop_resamples, _add_task),
)


@dataclass(frozen=True, kw_only=True)
class Evaluation(Record, kind=EVALUATION):
    """What candidate and champion did on the same rows.

    :param model: the model's name.
    :param test_digest: sha256 of the test set.
    :param rows: its rows.
    :param entities: its distinct entities.
    :param positives: its rows of class 1; None where there are not two classes.
    :param primary: the metric that the gate compares.
    :param confidence: level of every interval.
    :param candidate: each metric with its interval.
    :param champion: the same for the champion; None without one, or when it could not be scored.
    :param gains: how much better the candidate is in each metric (above 0: better, whatever the metric),
        with the paired interval; None where ``champion`` is.
    :param bucketed: gains in a form that adds up over exams, for each metric that can be the primary one and
        is defined; None without a champion, and in records of formats 1 and 2, whose intervals come from
        resampling and can't be pooled with any other.
    :param slices: what was found on the groups of the sensitive attributes.
    :param champion_info: what the caller knows of the champion, such as its version; None without one.
    :param champion_error: why the champion could not be scored; None when it was, or when there is none.
    :param over_trivial: how much better the candidate is than a model that has learned nothing, in each
        metric for which there is such a model; None in records of format 1.
    :param base_rate: share of positives in the training set; None in records of format 1, and where there are
        not two classes.
    :param dominant: columns that nearly make up the model alone.
    :param task: what was asked of a row.
    :param target: what the target of the test set holds, in a few words.
    :param costs: what a false positive and a false negative cost where that was known; else None.
    """

    model: str
    test_digest: str
    rows: int
    entities: int
    positives: int | None
    primary: str
    confidence: float
    candidate: dict[str, ConfidenceInterval]
    champion: dict[str, ConfidenceInterval] | None
    gains: dict[str, ConfidenceInterval] | None
    slices: tuple[SliceResult, ...]
    champion_info: dict[str, Any] | None
    champion_error: str | None
    over_trivial: dict[str, ConfidenceInterval] | None = None
    base_rate: float | None = None
    dominant: tuple[DominantColumn, ...] = ()
    bucketed: dict[str, BucketedGain] | None = None
    task: str = "binary"
    target: str = ""
    costs: tuple[float, float] | None = None

    def _plain(self) -> dict[str, Any]:
        fields = dataclasses.asdict(dataclasses.replace(self, bucketed=None))
        if self.bucketed is not None:
            fields["bucketed"] = {name: gain.to_plain() for name, gain in self.bucketed.items()}
        values: dict[str, Any] = plain(fields)
        return values

    @classmethod
    def _build(cls, plain: dict[str, Any]) -> Self:
        fields = dict(plain)
        for name in ("candidate", "champion", "gains", "over_trivial"):
            fields[name] = None if plain[name] is None else read_intervals(plain[name])
        if plain["bucketed"] is not None:
            fields["bucketed"] = {
                name: BucketedGain.from_plain(gain) for name, gain in plain["bucketed"].items()
            }
        fields["costs"] = None if plain["costs"] is None else tuple(plain["costs"])
        fields["dominant"] = tuple(DominantColumn.from_plain(found) for found in plain["dominant"])
        fields["slices"] = tuple(
            SliceResult(**{**found, "gain": found["gain"] and read_interval(found["gain"])})
            for found in plain["slices"]
        )
        return cls(**fields)

    def to_text(self) -> str:
        """Return the comparison as lines for a task log."""
        sides = "candidate" + (f"{'champion':>29}{'gain':>33}" if self.champion else "")
        lines = [
            f"{self.rows} rows of {self.entities} entities, {self.target}",
            f"{'':<20}{sides}",
        ]
        for name, found in self.candidate.items():
            line = f"{name:<18}  {show_value_interval(name, found):<27}"
            if self.champion and self.gains:
                line += f"  {show_value_interval(name, self.champion[name]):<27}"
                line += f"  {show_gain_interval(name, self.gains[name]):<27}"
            lines.append(line)
        if self.over_trivial:
            lines.append("over a model that has learned nothing:")
            lines += [
                f"{name:<18}  {show_gain_interval(name, gain):<27}"
                for name, gain in self.over_trivial.items()
            ]
        return "\n".join(lines)
