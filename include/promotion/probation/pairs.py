"""Two versions on one delivery: the paired gain of the promoted one over the displaced one, in buckets.

Only rows that neither was trained on count. A delivery that is later than all labels that both have learned
from is such a row for every entity, also for those that training knew from earlier months: what the label of
this delivery would be was known to nobody, and the same entities are what the model works on in production.
Of a delivery that one of them has learned from, only the entities that its own training held out are taken.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from include.data.arrow_numpy import find_valid, to_numpy
from include.data.labelled_rows import label_rows
from include.data.maturity import assess_labels
from include.data.read_snapshot import read_columns
from include.evaluation.buckets import assign_buckets, bucket_gain
from include.evaluation.influence import gain_of
from include.evaluation.tasks import EVALUATION_TASKS
from include.evaluation.unseen import stretch
from include.promotion.probation.record import PairedDelivery, PairStatus
from include.scoring.predictions import read_scores

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from include.config.schema import ModelConfig
    from include.data.labels import Labels
    from include.data.splits import Holdout


@dataclass(frozen=True, kw_only=True)
class ScoredBy:
    """What one version predicted about a delivery.

    :param version: its number in the model registry.
    :param file: its predictions.
    :param newest_labels: newest partition it was trained on; empty when that is not known.
    :param holdout: whom its training left out; None when that is not known.
    """

    version: str
    file: Path
    newest_labels: str
    holdout: Holdout | None

    def has_learned(self, partition: str) -> bool:
        """Return whether it was trained on a delivery."""
        return partition <= self.newest_labels


def compare_on_delivery(
    partition: str,
    promoted: ScoredBy,
    displaced: ScoredBy,
    labels: Labels | None,
    config: ModelConfig,
    *,
    md5: str,
    as_of: str,
) -> PairedDelivery:
    """Compare two versions on a delivery as far as its labels are known.

    The displaced version may have scored a sample of the entities; then these are compared.

    :param partition: ISO date of the delivery.
    :param promoted: the version that serves since the promotion.
    :param displaced: the one that served before.
    :param labels: what is known about the delivery on ``as_of``.
    :param config: the model's configuration.
    :param md5: digest of the content that both have scored.
    :param as_of: ISO date whose knowledge is used.
    :raises DataError: predictions can't be read, repeat a row, or are of another partition.
    """
    found, seen = label_rows(
        partition, displaced.file, labels, config, holdout=displaced.holdout, holds="predictions"
    )
    maturity = assess_labels(partition, rows=seen.rows, labelled=seen.labelled, as_of=as_of, config=config)

    def without(status: PairStatus) -> PairedDelivery:
        return PairedDelivery(partition=partition, md5=md5, as_of=as_of, status=status)

    if found is None or not maturity.mature:
        return without(PairStatus.OVERDUE if maturity.in_time else PairStatus.WAITING)
    learned = [one for one in (promoted, displaced) if one.has_learned(partition)]
    if any(one.holdout is None for one in learned):
        return without(PairStatus.LEARNED)
    for one in learned:
        if one.holdout is not None:
            found = found.pick(one.holdout.select(found.entities))
    if not len(found.rows):
        return without(PairStatus.LEARNED)
    place = _places(promoted.file, found.keys, config)
    found, place = found.pick(find_valid(place)), place.drop_null()
    task = EVALUATION_TASKS[config.task]
    if not len(found.rows) or task.explain_target(found.targets):
        return without(PairStatus.ONE_CLASS if len(found.rows) else PairStatus.UNMATCHED)
    ours = read_scores(promoted.file, config)[to_numpy(place).astype("int64")]
    theirs = read_scores(displaced.file, config)[found.rows]
    whose, weights = found.groups, found.weights
    better, worse = (
        task.scored(found.targets, answers, whose, config, weights) for answers in (ours, theirs)
    )
    gain = gain_of(config.gate.primary, better, worse)
    if not math.isfinite(gain.value):
        return without(PairStatus.ONE_CLASS)
    spread = stretch(config.gate.primary, better, worse)
    return PairedDelivery(
        partition=partition,
        md5=md5,
        as_of=as_of,
        status=PairStatus.MEASURED,
        positives=task.count_positives(found.targets, config),
        gain=bucket_gain(gain.stretched(spread), assign_buckets(found.entities)),
    )


def _places(file: Path, keys: pa.Array, config: ModelConfig) -> pa.Array:
    """Return where rows stand in a file of predictions, null for those that it does not hold."""
    column = config.row_key
    known = read_columns(file, config, (column,))[column].combine_chunks()
    return pc.index_in(keys, value_set=known)
