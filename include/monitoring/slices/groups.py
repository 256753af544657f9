"""The groups by which a champion is monitored: those of ``sensitive`` and of ``monitoring.slices``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.evaluation.slices import cut_slices

if TYPE_CHECKING:
    import pyarrow as pa

    from include.config.schema import ModelConfig
    from include.evaluation.slices import Slice

MOST_GROUPS = 20  # of one column; the largest ones


def cut_groups(table: pa.Table, config: ModelConfig) -> tuple[list[Slice], int]:
    """Cut rows into groups, at most :data:`MOST_GROUPS` of a column: the largest.

    :param table: the columns of ``monitored_slices``, n rows.
    :param config: the model's configuration.
    :return: the groups in the order of ``model.yaml``, and how many smaller ones are left out.
    """
    found = cut_slices(table, config, by=config.monitored_slices)
    kept = []
    for column in config.monitored_slices:
        own = [one for one in found if one.column == column]
        largest = {one.name for one in sorted(own, key=lambda one: -len(one.rows))[:MOST_GROUPS]}
        kept += [one for one in own if one.name in largest]
    return kept, len(found) - len(kept)
