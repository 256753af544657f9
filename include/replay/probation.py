"""Probation in a replay: the displaced version scores along, and what labels show of it decides.

As the tasks ``score`` and ``probation`` do it. Of a rollback that has to be asked for, only the question is
part of a replay: nobody answers it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.data.run_snapshots import RunSnapshots
from include.promotion.probation.decide import decide
from include.promotion.probation.evidence import design_effect, measure_scatter
from include.promotion.probation.pairs import ScoredBy, compare_on_delivery
from include.promotion.probation.promotions import follow_promotions
from include.promotion.probation.record import PairStatus
from include.promotion.probation.subject import OnProbation, ProbationDecision

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.lineage import Manifest, SnapshotRef
    from include.promotion.probation.decide import Outcome
    from include.promotion.probation.promotions import Move, PromotionLife
    from include.promotion.probation.record import PairedDelivery
    from include.replay.models import Models
    from include.replay.state import State

_DECIDED = {ProbationDecision.KEEP: "keep", ProbationDecision.ASK: "ask"}


class Probations:
    """Follows the promotions of a replay.

    :param config: the model's configuration.
    :param models: the fitted models.
    :param local: gives a snapshot as a local file.
    """

    def __init__(self, config: ModelConfig, models: Models, local: Callable[[SnapshotRef], Path]) -> None:
        self._config = config
        self._models = models
        self._local = local
        self._seen: dict[str, SnapshotRef] = {}

    def look(self, manifest: Manifest, state: State) -> Outcome | None:
        """Return what follows for the newest promotion; None where none is on probation.

        :param manifest: the deliveries that can be used.
        :param state: the state of the replay; what is measured and decided is kept in it.
        :raises DataError: labels contradict each other.
        """
        settings = self._config.probation
        lives = follow_promotions(
            state.moves, serving=state.champion, decided=state.probation, on=settings is not None
        )
        life = lives[0] if lives and lives[0].open else None
        if life is None or settings is None:
            return None
        deliveries = self._compare(life.move, manifest, state)
        outcome = decide(
            deliveries,
            OnProbation(
                model=self._config.name,
                decision_id=life.move.decision_id,
                version=life.move.version,
                displaced=life.move.displaced,
            ),
            settings,
            metric=self._config.gate.primary,
            design_effect=design_effect(
                measure_scatter(self._measured(other, state)) for other in lives if other is not life
            ),
        )
        if outcome.decision in _DECIDED:
            state.probation[life.move.decision_id] = _DECIDED[outcome.decision]
        return outcome

    def _compare(self, move: Move, manifest: Manifest, state: State) -> list[PairedDelivery]:
        """Return what is known of the deliveries since a promotion that both versions scored."""
        config, as_of = self._config, manifest.as_of
        kept = state.paired.setdefault(move.decision_id, {})
        refs = self._scored_since(move, manifest, state)
        snapshots = RunSnapshots(config=config, manifest=manifest, as_of=as_of, local=self._local)
        labels = snapshots.known_labels(refs) if refs else None
        found: dict[str, PairedDelivery] = {}
        for day in sorted(refs, reverse=True):
            promoted, displaced = (
                self._side(number, refs[day], state) for number in (move.version, move.displaced)
            )
            found[day] = compare_on_delivery(
                day,
                promoted,
                displaced,
                labels.of(day) if labels is not None else None,
                config,
                md5=refs[day].md5[:16],
                as_of=as_of,
            )
        kept |= {day: one for day, one in found.items() if one.status is PairStatus.MEASURED}
        return [found.get(day) or kept[day] for day in sorted({*found, *kept})]

    def _scored_since(self, move: Move, manifest: Manifest, state: State) -> dict[str, SnapshotRef]:
        """Return the deliveries since a promotion by partition, as the promoted version scored them.

        Of one that was restated since, that is the present content if it was scored too, as for the task.
        """
        self._seen |= {ref.md5: ref for ref in manifest.of("features")}
        found = {}
        for ref in manifest.of("features"):
            made = {md5 for version, md5 in state.scored.get(ref.partition, ()) if version == move.version}
            known = made & self._seen.keys()
            if ref.partition > move.as_of and known:
                found[ref.partition] = self._seen[max(known, key=lambda md5: (md5 == ref.md5, md5))]
        return found

    def _side(self, number: str, ref: SnapshotRef, state: State) -> ScoredBy:
        """Return what a version predicted; the displaced one about as many rows as probation asks for."""
        version, settings = state.versions[number], self._config.probation
        if number == state.champion or settings is None:
            file = self._models.predictions(version.model, ref, self._local(ref))
        else:
            file = self._models.shadow(version.model, ref, self._local(ref), settings.rows)
        return ScoredBy(
            version=number, file=file, newest_labels=version.newest_labels, holdout=version.holdout
        )

    @staticmethod
    def _measured(life: PromotionLife, state: State) -> list[PairedDelivery]:
        return [one for _, one in sorted(state.paired.get(life.move.decision_id, {}).items())]
