"""One model at a glance: what serves, what was decided last, what comes next, and who is needed."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from include.pages.known import NO_DETAILS
from include.promotion.alias_plan import MOVES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from include.pages.alerts import ShownAlert
    from include.pages.entry import Entry
    from include.pages.known import Approval, DagFacts, Details, Kept
    from include.pages.moment import Moment

CHAMPION = "champion"  # the entry of what serves, beside the decisions
# In the order in which a model lives through them.
KINDS = (
    "readiness", "new-data check", "gate", "promotion", "rollback", "scoring", "drift", "performance",
    "smoke test", "probation", "policy",
)  # fmt: skip
# What stands in the excerpt of the ledger besides.
LISTED = (*KINDS, "approval", "rejection", "release", "acknowledgement")
_SERVING = (*MOVES, "scoring", CHAMPION)  # say which version serves
# What a decision or a status may be, and how it is shown; others are neither good nor bad.
_GOOD = {"promote", "keep", "continue", "good", "no drift", "scored", "train", "wait", "skip"}
_WARN = {"retrain", "benign drift", "reject", "roll back", "not mature", "too few rows"}
_BAD = {"alert", "block", "worse", "impactful drift", "ask"}


@dataclass(frozen=True, kw_only=True)
class Overview:
    """A model, as its row among all models shows it.

    :param model: its name.
    :param kept: the entries by kind.
    :param dags: its DAGs by kind.
    :param approvals: what waits for somebody's answer.
    :param alerts: that are open, longest first.
    :param details: for its own page.
    """

    model: str
    kept: Mapping[str, Kept] = field(default_factory=dict)
    dags: Mapping[str, DagFacts] = field(default_factory=dict)
    approvals: Sequence[Approval] = ()
    alerts: Sequence[ShownAlert] = ()
    details: Details = NO_DETAILS

    def entry(self, kind: str) -> Entry | None:
        """Return what is known of one kind of decision."""
        found = self.kept.get(kind)
        return found.entry if found else None

    @property
    def champion(self) -> str | None:
        """The version that serves, as the newest task said that knows it; None where none has said so."""
        known = [
            (one.written, str(one.entry.facts["version"]))
            for kind in _SERVING
            if (one := self.kept.get(kind)) and one.entry and one.entry.facts.get("version")
        ]
        return max(known)[1] if known else None

    @property
    def since(self) -> datetime | None:
        """When it became champion; None where that was before anybody wrote it down."""
        moves = [one for kind in MOVES if (one := self.kept.get(kind)) and one.entry]
        newest = max(moves, key=lambda one: one.written, default=None)
        if newest is None or newest.entry is None or str(newest.entry.facts.get("version")) != self.champion:
            return None
        return newest.written

    @property
    def watermark(self) -> str | None:
        """The newest delivery that was scored."""
        return last.day if (last := _newest(self.entry("scoring"))) else None

    @property
    def tainted(self) -> tuple[str, tuple[str, ...]] | None:
        """The version that somebody rolled back from last, and the days that it scored; None without one."""
        found, scored = self.entry("rollback"), self.entry("scoring")
        left = str(found.facts.get("from_version") or "") if found else ""
        if not left or left == self.champion:
            return None
        days = (
            [one.day for one in scored.history if str(one.figures.get("version")) == f"{left}.0"]
            if scored
            else []
        )
        return left, tuple(days)

    @property
    def labels_until(self) -> str | None:
        """The newest delivery whose labels are known, and whose metric is therefore real."""
        known = [one.day for one in self.performance if "value" in one.figures]
        return known[-1] if known else None

    @property
    def metric(self) -> str:
        """The primary metric's name; empty before anything was evaluated."""
        found = self.entry("performance")
        return str(found.facts.get("metric") or "") if found else ""

    @property
    def estimates(self) -> tuple[Moment, ...]:
        """What the primary metric was expected to be, from the predictions alone, oldest first."""
        found = self.entry("drift")
        if found is None:
            return ()
        ends = {end: f"{end} {self.metric}" for end in ("value", "low", "high")}
        return tuple(
            dataclasses.replace(
                one, figures={end: one.figures[name] for end, name in ends.items() if name in one.figures}
            )
            for one in found.history
            if ends["value"] in one.figures
        )

    @property
    def performance(self) -> tuple[Moment, ...]:
        """The windows of the primary metric, oldest first."""
        found = self.entry("performance")
        return found.history if found else ()

    @property
    def next_run(self) -> DagFacts | None:
        """The DAG that runs next."""
        due = [dag for dag in self.dags.values() if dag.next_run is not None and not dag.paused]
        return min(due, key=lambda dag: dag.next_run, default=None)  # type: ignore[arg-type, return-value]

    @property
    def waits_for(self) -> str:
        """What has to happen where no clock starts the next run."""
        woken = any(dag.on_arrival and not dag.paused for dag in self.dags.values())
        return "when data arrives" if woken else "nothing is scheduled"


def tone(decision: str) -> str:
    """Return how a decision or a status is shown: ``good``, ``warn``, ``bad``, or nothing.

    :param decision: such as ``promote``.
    """
    word = decision.lower()
    for name, words in (("bad", _BAD), ("good", _GOOD), ("warn", _WARN)):
        if word in words:
            return name
    return ""


def _newest(entry: Entry | None) -> Moment | None:
    return entry.history[-1] if entry and entry.history else None
