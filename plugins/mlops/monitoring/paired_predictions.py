"""The deliveries that both versions of a promotion scored, and what their labels show by a date."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from include.promotion.probation.pairs import ScoredBy, compare_on_delivery
from include.promotion.probation.record import PairedDelivery, PairStatus
from include.scoring.predictions import names_rows
from mlops import object_keys
from mlops.hooks.stored_records import read_record
from mlops.monitoring.scored_files import list_scored
from mlops.tracking.champion import find_holdout
from mlops.tracking.tags import NEWEST_LABELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from include.data.labels import Labels
    from include.promotion.probation.promotions import Move
    from mlops.monitoring.run_data import RunData
    from mlops.monitoring.scored_files import ScoredFile

_LAST = "9999-12-31"


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A delivery that both versions of a promotion have scored, in the same content.

    :param partition: ISO date of the delivery.
    :param promoted: the promoted version's predictions.
    :param displaced: those of the version that it displaced.
    """

    partition: str
    promoted: ScoredFile
    displaced: ScoredFile


class PairedPredictions:
    """Compares the versions of promotions on the deliveries that a run may look at.

    :param run: what the run works with.
    """

    def __init__(self, run: RunData) -> None:
        self._run = run
        self._store = run.store
        self._features = run.snapshots.features
        self._files = list_scored(run.store, run.config.name, self._features)

    def pair(self, move: Move) -> list[Pair]:
        """Return the deliveries since a promotion that both versions scored, in the same content.

        Of a delivery that was restated after both had scored it, the content as it is now is taken where both
        have scored that, too.

        :param move: the promotion.
        """
        files = [one for one in self._files if one.partition > move.as_of]
        ours = {(one.partition, one.md5): one for one in files if one.version == move.version}
        found: dict[str, list[Pair]] = {}
        for one in files:
            if one.version == move.displaced and (other := ours.get((one.partition, one.md5))):
                pair = Pair(partition=one.partition, promoted=other, displaced=one)
                found.setdefault(one.partition, []).append(pair)
        return [self._choose(pairs) for _, pairs in sorted(found.items())]

    def count_unpaired(self, move: Move, *, lasting: bool) -> int:
        """Return how many deliveries since a promotion only the promoted version has scored.

        :param move: the promotion.
        :param lasting: whether the shadow should score still; if not, those after the last pair don't count.
        """
        paired = [pair.partition for pair in self.pair(move)]
        last = _LAST if lasting else paired[-1] if paired else ""
        scored = {one.partition for one in self._files if one.version == move.version}
        return sum(move.as_of < day < last and day not in paired for day in scored)

    def compare(self, moves: Iterable[Move]) -> dict[str, list[PairedDelivery]]:
        """Return what is known of the deliveries of each promotion: decision id to deliveries.

        The predictions of the deliveries that this run may look at are compared. Of older ones that is read
        which was found when they were looked at.

        :param moves: the promotions.
        :raises DataError: labels contradict each other, or predictions are damaged.
        """
        pairs = {move: {pair.partition: pair for pair in self.pair(move)} for move in moves}
        sides = {move: self._sides(move) for move, found in pairs.items() if found}
        days = sorted({day for found in pairs.values() for day in found}, reverse=True)
        known = self._run.snapshots.known_labels(days) if days else None
        compared: dict[str, list[PairedDelivery]] = {move.decision_id: self._older(move) for move in pairs}
        for day in days:
            labels = known.of(day) if known is not None else None
            for move, found in pairs.items():
                if day in found:
                    one = self._compare(found[day], sides[move], labels)
                    compared[move.decision_id].append(self._keep(move, one))
        return compared

    def _choose(self, pairs: Sequence[Pair]) -> Pair:
        now = self._features[pairs[0].partition].md5[:16]
        return max(pairs, key=lambda pair: (pair.promoted.md5 == now, pair.promoted.md5))

    def _sides(self, move: Move) -> tuple[ScoredBy, ScoredBy]:
        return self._side(move.version), self._side(move.displaced)

    def _side(self, number: str) -> ScoredBy:
        """Return what is known of a version; one that was deleted was trained before the promotion anyway."""
        version = self._run.versions.version(number)
        return ScoredBy(
            version=number,
            file=self._run.scratch,
            newest_labels=version.tags.get(NEWEST_LABELS, "") if version is not None else "",
            holdout=find_holdout(self._run.hook, version, self._run.config) if version is not None else None,
        )

    def _compare(self, pair: Pair, sides: tuple[ScoredBy, ScoredBy], labels: Labels | None) -> PairedDelivery:
        promoted, displaced = (
            replace(side, file=self._store.local_path(self._store.resolve(scored.key), self._run.scratch))
            for side, scored in zip(sides, (pair.promoted, pair.displaced), strict=True)
        )
        if not all(names_rows(side.file, self._run.config) for side in (promoted, displaced)):
            # Older than the model's row keys, weights or classes, so nobody can match them.
            return PairedDelivery(
                partition=pair.partition, md5=pair.promoted.md5, as_of=self._run.as_of,
                status=PairStatus.UNMATCHED,
            )  # fmt: skip
        return compare_on_delivery(
            pair.partition, promoted, displaced, labels, self._run.config,
            md5=pair.promoted.md5, as_of=self._run.as_of,
        )  # fmt: skip

    def _keep(self, move: Move, one: PairedDelivery) -> PairedDelivery:
        """Keep what was measured, unless it was found with the knowledge of a later date already."""
        if one.status is PairStatus.MEASURED:
            key = object_keys.paired_delivery(self._run.config.name, move.decision_id, one.partition)
            known = read_record(self._store, key, PairedDelivery.from_dict)
            if known is None or (known.as_of <= one.as_of and known.to_dict() != one.to_dict()):
                self._store.write_json(self._store.resolve(key), one.to_dict())
        return one

    def _older(self, move: Move) -> list[PairedDelivery]:
        """Return what was found about deliveries that this run does not look at."""
        pattern = object_keys.paired_deliveries(self._run.config.name, move.decision_id)
        days = [
            path.rpartition("/")[2].removesuffix(".json")
            for path in self._store.list(self._store.resolve(pattern))
        ]
        oldest = min(self._features, default="")
        found = []
        for day in days:
            if day < oldest:
                key = object_keys.paired_delivery(self._run.config.name, move.decision_id, day)
                known = read_record(self._store, key, PairedDelivery.from_dict)
                found += [known] if known is not None and known.as_of <= self._run.as_of else []
        return found
