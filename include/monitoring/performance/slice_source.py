"""Where the groups of a delivery come from, and what they were: read only when a window is not known yet."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from include.data.arrow_numpy import to_arrow, to_numpy
from include.data.read_snapshot import read_columns
from include.data.targets import read_targets
from include.data.weights import read_weights
from include.evaluation.metrics import CODE
from include.evaluation.tasks import CODE as TASK_CODE
from include.monitoring.performance.computed_once import digest_inputs, named_weights
from include.monitoring.performance.slice_findings import SliceFindings, read_findings
from include.monitoring.performance.slice_performance import GroupFigure, find_slices, measure_groups
from include.strict_json import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import numpy as np

    from include.config.schema import ModelConfig
    from include.data.labelled_rows import LabelledRows
    from include.monitoring.performance.computed_once import Memory

FORMAT = 1
_CODE = (
    __name__,
    "include.config.metric_names",
    "include.evaluation.contributions",
    "include.evaluation.evidence",
    "include.evaluation.gains",
    "include.evaluation.slices",
    "include.evaluation.spread",
    "include.monitoring.performance.slice_findings",
    "include.monitoring.slices.groups",
    "include.monitoring.performance.slice_performance",
    "include.rounding",
    *CODE,
    *TASK_CODE,
)


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """The test set of a version's evaluation, and what the version made of it.

    :param test: the frozen test set.
    :param scores: the version's scores, float64 of shape (n,), in the order of its rows.
    """

    test: Path
    scores: np.ndarray


@dataclass(frozen=True, kw_only=True)
class GroupSource:
    """The groups of one delivery.

    :param snapshot: digest of the snapshot that was scored.
    :param features: gives that snapshot, row by row as it was scored; None when it is no longer there.
    :param version: what tells the version's evaluation from every other one.
    :param evaluated: gives the version's evaluation; None from it when it is not known.
    """

    snapshot: str
    features: Callable[[], Path] | None
    version: str
    evaluated: Callable[[], Evaluated | None]

    def evaluate(
        self, rows: LabelledRows, scores: np.ndarray, config: ModelConfig, memory: Memory | None
    ) -> SliceFindings | None:
        """Return how the groups fared in a window; None where no column is monitored by group.

        :param rows: the evaluated rows of the delivery.
        :param scores: the predictions for them, shape (n,).
        :param config: the model's configuration.
        :param memory: where the findings are kept; None computes them anew.
        """
        if not config.monitored_slices:
            return None
        if self.features is None:
            return _nothing(config, "not known: the delivery was restated after it was scored")
        key = digest_inputs(
            {
                "rows": rows.rows,
                "target": rows.targets,
                "scores": scores,
                **({} if rows.groups is None else {"entities": rows.groups}),
                **named_weights(rows.weights),
            },
            {"snapshot": self.snapshot, "version": self.version, **_settings(config)},
            _CODE,
        )
        if memory is not None and (known := _read(memory.recall(key))) is not None:
            return known
        columns = tuple(config.monitored_slices)
        table = read_columns(self.features(), config, columns).take(to_arrow(rows.rows))
        whose, weights = rows.groups, rows.weights
        now = measure_groups(table, rows.targets, scores, config, entities=whose, weights=weights)
        found = find_slices(now, _measure_before(self.evaluated(), config), config)
        if memory is not None:
            memory.keep(key, {"format": FORMAT, "slices": plain(asdict(found))})
        return found


def _read(kept: Any) -> SliceFindings | None:
    """Return findings as they were kept; None for what this code does not know."""
    if not isinstance(kept, dict) or kept.get("format") != FORMAT:
        return None
    try:
        return read_findings(kept["slices"])
    except (KeyError, TypeError):
        return None


def _measure_before(evaluated: Evaluated | None, config: ModelConfig) -> Mapping[Any, GroupFigure] | None:
    """Return the figures of the version's evaluation by column and group."""
    if evaluated is None:
        return None
    columns = (
        config.entity.column,
        config.target.column,
        *config.weight_columns,
        *config.monitored_slices,
    )
    table = read_columns(evaluated.test, config, columns)
    entities = to_numpy(table[config.entity.column].combine_chunks().dictionary_encode().indices)
    target = read_targets(table[config.target.column], config)
    weights = read_weights(table, config, evaluated.test.name)
    figures, _ = measure_groups(table, target, evaluated.scores, config, entities=entities, weights=weights)
    return {(one.column, one.group): one for one in figures}


def _settings(config: ModelConfig) -> dict[str, Any]:
    """Return what the findings depend on besides the rows."""
    return {
        "slices": {name: list(one.bands) for name, one in config.monitored_slices.items()},
        "limits": config.gate.slices.model_dump(mode="json"),
        "rate": config.monitoring.drift.false_discovery_rate,
        "confidence": config.monitoring.performance.confidence,
        "primary": config.gate.compared,
        "task": config.task,
        "target": config.target.model_dump(mode="json"),
    }


def _nothing(config: ModelConfig, note: str) -> SliceFindings:
    return SliceFindings(
        max_drop=config.gate.slices.max_drop, rate=config.monitoring.drift.false_discovery_rate, note=note
    )
