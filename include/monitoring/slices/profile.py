"""The predictions of each group at training, in the bins of the reference profile: what groups drift from.

Kept beside the profile, as a document of its own: a version that was trained before it was kept has none, and
then nothing is known of its groups.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from include.data.arrow_numpy import to_numpy
from include.data.read_snapshot import stream_columns
from include.evaluation.slices import cut_slices
from include.monitoring.histogram.weighted import state_as_rows
from include.monitoring.slices.groups import MOST_GROUPS
from include.records import Record, RecordKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.monitoring.profile.profile import Profile

GROUP_PROFILE = RecordKind(name="profile of groups", remedy="train the model again with *force*")


@dataclass(frozen=True, kw_only=True)
class GroupCounts:
    """The predictions of one group.

    :param column: the column.
    :param group: the category or band; None for missing values.
    :param name: as people read it.
    :param counts: how many of its predictions each bin of a profile holds.
    """

    column: str
    group: str | None
    name: str
    counts: tuple[int, ...]

    @property
    def rows(self) -> int:
        """Number of its rows."""
        return sum(self.counts)


@dataclass(frozen=True, kw_only=True)
class GroupProfile(Record, kind=GROUP_PROFILE):
    """The groups of a training set.

    :param bins_digest: digest of the profile's bins.
    :param cuts: the columns with their bands: what ``monitored_slices`` was at training.
    :param groups: the largest groups of each column.
    """

    bins_digest: str
    cuts: Mapping[str, tuple[float, ...]]
    groups: tuple[GroupCounts, ...]

    def _plain(self) -> dict[str, Any]:
        return {
            "bins_digest": self.bins_digest,
            "cuts": {name: list(bands) for name, bands in self.cuts.items()},
            "groups": [
                {"column": one.column, "group": one.group, "name": one.name, "counts": list(one.counts)}
                for one in self.groups
            ],
        }

    @classmethod
    def _build(cls, plain: dict[str, Any]) -> Self:
        return cls(
            bins_digest=plain["bins_digest"],
            cuts={name: tuple(bands) for name, bands in plain["cuts"].items()},
            groups=tuple(GroupCounts(**{**one, "counts": tuple(one["counts"])}) for one in plain["groups"]),
        )


def build_group_profile(
    path: Path, config: ModelConfig, profile: Profile, scores: np.ndarray
) -> GroupProfile:
    """Count the predictions of each group, one row group in memory at a time.

    :param path: a canonical file, such as the training set or a delivery.
    :param config: the model's configuration; its ``monitored_slices`` are the groups.
    :param profile: the version's reference profile, which has the bins.
    :param scores: the version's predictions, of shape (n,) or (n, k), in the order of the rows.
    """
    sums: dict[tuple[str, str | None], np.ndarray] = defaultdict(
        lambda: np.zeros(len(profile.reference.predictions), dtype=np.float64 if profile.weight else np.int64)
    )
    rows: dict[tuple[str, str | None], int] = defaultdict(int)
    names: dict[tuple[str, str | None], str] = {}
    columns, start = tuple(config.monitored_slices), 0
    weigh = (profile.weight,) if profile.weight else ()
    for table in stream_columns(path, config, (*columns, *weigh)) if columns else ():
        weights = to_numpy(table[profile.weight]) if weigh else None
        own = scores[start : start + table.num_rows]
        start += table.num_rows
        bins = profile.predictions.assign(profile.predicted(own))
        for one in cut_slices(table, config, by=config.monitored_slices):
            key = (one.column, one.group)
            counted = None if weights is None else weights[one.rows]
            sums[key] += np.bincount(bins[one.rows], weights=counted, minlength=len(sums[key]))
            rows[key] += len(bins[one.rows]) if counted is None else int(np.count_nonzero(counted))
            names.setdefault(key, one.name)
    counts_of = {key: state_as_rows(own, rows[key]) if weigh else own for key, own in sums.items()}
    kept: list[GroupCounts] = []
    for column in columns:
        groups = [
            GroupCounts(column=column, group=group, name=names[column, group], counts=tuple(counts.tolist()))
            for (of, group), counts in counts_of.items()
            if of == column
        ]
        kept += sorted(groups, key=lambda one: (-one.rows, one.name))[:MOST_GROUPS]
    return GroupProfile(
        bins_digest=profile.bins_digest,
        cuts={name: one.bands for name, one in config.monitored_slices.items()},
        groups=tuple(kept),
    )
