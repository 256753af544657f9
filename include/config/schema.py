"""The schema of ``model.yaml``: every key that a team may write, its type and its range.

A model of this module is frozen, strict (no text where a number belongs) and refuses unknown keys. What
holds between keys (a feature that is also the target, bands on a categorical column ...) is in
:mod:`include.config.cross_checks`; :func:`include.config.load.load_model` applies both, a line for each
configuration error.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, JsonValue, PrivateAttr

from include.config.airflow_schema import AirflowSettings
from include.config.alert_channels import AlertChannel
from include.config.base import Count, Seed, StrictModel, Text, or_off
from include.config.data_schema import (
    Entity,
    Features,
    Row,
    Sensitive,
    Source,
    Split,
    Target,
    Time,
    Weight,
    Window,
)
from include.config.joined_view import AGE, joined_name
from include.config.metric_names import EXPECTED_COST
from include.config.monitoring_schema import Monitoring
from include.config.probation_schema import Probation
from include.config.serving_schema import Serving
from include.config.tasks import TASKS
from include.names import internal
from include.strict_json import to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

# What may change without a reason to train, or to evaluate a candidate, again.
_NO_BEARING: dict[str, Any] = {
    **dict.fromkeys(
        (
            "description",
            "owner",
            "data_licence",
            "tags",
            "schedule",
            "airflow",
            "monitoring",
            "probation",
            "serving",
            "approval",
            "alerts",
        ),
        True,
    ),
    "features": {"allow_dominant"},
    "source": {name: {"lookback", "timeout_seconds"} for name in ("features", "labels")},
    "split": {"rotation"},  # what it decides, the arc of the holdout, is in the digest of the training set
    "gate": {"error_per_champion", "exams", "challenger"},  # a looser bar is no reason to try the same again
}
_DATA = {"task", "source", "entity", "row", "time", "target", "weight", "features", "window", "split"}
# Sections that were renamed keep their old name in digests: a new name does not change the configuration.
_NAMES_IN_DIGESTS = {"reproducibility_check": "probe"}
# Keys that have gone stay in digests with the value that most files had, so that no model is trained again.
_GONE_FROM_GATE = {"resamples": 2000}
# Keys that are newer than digests, with the value that says what held before them: it is left out.
_NEWER_OF_TABLES = {"sql": None, "connection": None, "partition_by": None, "timezone": "UTC"}
_NEWER: dict[str, Any] = {
    "task": "binary",
    "source": {"features": _NEWER_OF_TABLES, "labels": {**_NEWER_OF_TABLES, "known_on": None}},
    "target": {"classes": [], "quantile": 0.5, "event": None, "horizon_days": None},
    "row": None,
    "weight": None,
    "time": {"type": "date", "timezone": "UTC", "every": "day"},
    "features": {"views": {}},
    "gate": {"costs": None},
}

LICENCE_NOT_STATED = "not stated"

# One line that Airflow has room for: a tag has at most 100 characters there.
_Label = Annotated[str, Field(pattern=r"^\S(.*\S)?$", min_length=1, max_length=100)]


class Estimator(StrictModel):
    """What ``estimator.py`` is given.

    :param seed: seed of every random choice in training.
    :param parameters: keyword arguments for the estimator, as its library names them.
    :param trusted_types: types skops may load besides its own list; reviewed by hand, never generated.
    """

    seed: Seed
    parameters: dict[str, JsonValue] = Field(default_factory=dict)
    trusted_types: Annotated[tuple[Text, ...], Field(strict=False)] = ()


class GateSlices(StrictModel):
    """The margin for sensitive groups: none of ``min_rows`` test rows or more may lose over ``max_drop``.

    It is in the primary metric's unit, or a share of what the champion reaches where that is the target's.
    """

    min_rows: Count
    max_drop: Annotated[float, Field(ge=0)]


class Costs(StrictModel):
    """What wrong decisions about a row cost; right ones cost nothing.

    :param false_positive: of deciding 1 about a row of class 0, above 0.
    :param false_negative: of deciding 0 about a row of class 1, above 0.
    """

    false_positive: Annotated[float, Field(gt=0)]
    false_negative: Annotated[float, Field(gt=0)]

    @property
    def both(self) -> tuple[float, float]:
        """What a false positive and a false negative cost."""
        return self.false_positive, self.false_negative

    @property
    def threshold(self) -> float:
        """The probability above which deciding 1 is cheaper than deciding 0 (Elkan 2001, equation 2)."""
        return 1 / (1 + self.false_negative / self.false_positive)


class Gate(StrictModel):
    """What a candidate must show before it may serve.

    :param primary: the metric on which candidate and champion are compared.
    :param floors: metric to worst value accepted (a minimum where higher is better, otherwise a maximum) of
        the bad end of its interval; the primary metric among them.
    :param min_gain: gain in the primary metric over the champion that is asked for: in the metric's unit, or
        as a share of what the champion reaches where that is the target's unit.
    :param confidence: level of every interval, between 0.5 and 1.
    :param slices: the margin for sensitive groups.
    :param min_rows: rows that a test set holds at least; its partitions are the newest that together do.
    :param min_positives: entities of either class that it holds at least.
    :param error_per_champion: share of champions that luck may replace, over all the exams of each.
    :param exams: exams of one champion that this share is meant for.
    :param challenger: whether one refused candidate is kept and sits the exams that follow.
    :param costs: what wrong decisions cost, for the metric ``expected_cost``; None where nobody says.
    """

    primary: str
    floors: Annotated[dict[str, float], Field(min_length=1)]
    min_gain: Annotated[float, Field(gt=-1, lt=1)]
    confidence: Annotated[float, Field(gt=0.5, lt=1)]
    slices: GateSlices
    min_rows: Count = 300
    min_positives: Count = 40
    error_per_champion: Annotated[float, Field(gt=0, le=0.5)] = 0.10
    exams: Annotated[int, Field(ge=1, le=200)] = 24
    challenger: bool = True
    costs: Costs | None = None

    @property
    def compared(self) -> str:
        """The primary metric with all that its figures follow from: gains in others are other evidence."""
        if self.costs is None or self.primary != EXPECTED_COST:
            return self.primary
        return f"{self.primary} of {self.costs.false_positive!r} and {self.costs.false_negative!r}"


class ReproducibilityCheck(StrictModel):
    """Before promotion the registered model must repeat so many predictions to within this difference.

    :param rows: number of predictions.
    :param tolerance: largest difference allowed: between two probabilities, or between two numbers as a part
        of the standard deviation of all that were predicted.
    """

    rows: Count
    tolerance: Annotated[float, Field(ge=0, lt=1)]


class ModelConfig(StrictModel):
    """One model: the content of ``include/models/<name>/model.yaml``.

    :param data_licence: under which terms the data may be used, for the model card.
    :param task: what is asked of a row; :data:`include.config.tasks.TASKS` has the answers of each.
    :param weight: how much each row counts; None where all count the same.
    :param serving: where it is served; None where no endpoint has to follow its champion.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=100)]
    task: Literal["binary", "multiclass", "regression"] = "binary"
    description: Annotated[Text, Field(max_length=2000)]
    owner: _Label
    data_licence: Annotated[Text, Field(max_length=500)] = LICENCE_NOT_STATED
    tags: Annotated[tuple[_Label, ...], Field(strict=False, max_length=50)] = ()
    schedule: str | None
    airflow: AirflowSettings = AirflowSettings()
    source: Source
    entity: Entity
    row: Row | None = None
    time: Time
    target: Target
    weight: Weight | None = None
    features: Features
    sensitive: dict[str, Sensitive] = Field(default_factory=dict)
    window: Window
    split: Split
    estimator: Estimator
    gate: Gate
    reproducibility_check: ReproducibilityCheck
    monitoring: Monitoring = Monitoring()
    probation: Annotated[Probation | None, or_off(Probation)] = Probation()
    serving: Serving | None = None
    approval: Literal["none", "required"] = "none"
    alerts: Annotated[tuple[AlertChannel, ...], Field(strict=False, min_length=1)]

    _queries: dict[str, str] = PrivateAttr(default_factory=dict)

    @property
    def queries(self) -> Mapping[str, str]:
        """The query of each table that comes from one, as it was when the configuration was read."""
        return self._queries

    def attach_queries(self, queries: Mapping[str, str]) -> None:
        """Keep the content of the files that ``source`` names.

        :param queries: table to query.
        """
        self._queries = dict(queries)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Every feature column, numeric first: the columns of the estimator's frame, in this order."""
        return self.features.numeric + self.features.categorical

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of the metrics that are measured, in the order of reports."""
        return TASKS[self.task].metrics_with(costs=self.gate.costs is not None)

    @property
    def decisive_metrics(self) -> tuple[str, ...]:
        """Those of them that can decide: there is a model that has learned nothing to compare with."""
        return tuple(TASKS[self.task].trivial_with(costs=self.gate.costs is not None))

    @property
    def row_key(self) -> str:
        """The column that tells the rows of a delivery apart: the entity's, unless rows are events."""
        return self.row.key if self.row else self.entity.column

    @property
    def delivery_length(self) -> Literal["day", "week", "month"]:
        """How many days a delivery of features is about; the last one names it."""
        cut = self.source.features.partition_by
        return cut.every if cut else self.time.every

    @property
    def partition_column(self) -> str:
        """The column of a dataset with each row's delivery: the time, where each row has that very date."""
        same = self.time.type == "date" and self.delivery_length == "day"
        return self.time.column if same else internal("partition")

    @property
    def row_columns(self) -> tuple[str, ...]:
        """The columns that say which row it is, whose and of when, in the order of files: each once."""
        return tuple(dict.fromkeys((self.entity.column, self.row_key, self.time.column)))

    @property
    def age_columns(self) -> tuple[str, ...]:
        """A column for each view: how old its values are. They are watched, and no estimator sees them."""
        return tuple(joined_name(view, AGE) for view in self.features.views)

    @property
    def watched_numbers(self) -> tuple[str, ...]:
        """The numeric columns of a snapshot that are profiled and checked for drift."""
        return self.features.numeric + self.age_columns

    @property
    def weight_columns(self) -> tuple[str, ...]:
        """The column of the weight, where rows have one; it belongs to the features table."""
        return () if self.weight is None else (self.weight.column,)

    @property
    def monitored_slices(self) -> dict[str, Sensitive]:
        """The columns by whose groups the champion is monitored: sensitive ones, and what monitoring adds."""
        return {**self.sensitive, **self.monitoring.slices}

    @cached_property
    def digest(self) -> str:
        """sha256 of all that bears on a model and on its evaluation.

        The same for any order of keys, comments and layout of the file, and whatever alerts and monitoring
        say.
        """
        content = self._bearing()
        return _digest({**content, "gate": content["gate"] | _GONE_FROM_GATE})

    @cached_property
    def data_digest(self) -> str:
        """sha256 of all that says which rows and columns are learned from, and how they are split."""
        content = self._bearing()
        return _digest({name: content[name] for name in sorted(_DATA & content.keys())})

    def _bearing(self) -> dict[str, Any]:
        """Return what bears on a model as plain values, without newer keys that say what held before them."""
        return _leave_out(self.model_dump(mode="json", exclude=_NO_BEARING), _NEWER)


def _leave_out(content: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Return plain values without the keys that have these values; a mapping stands for keys of a section.

    An empty mapping stands for itself.
    """
    sections = {key for key, value in values.items() if isinstance(value, dict) and value}
    return {
        key: _leave_out(found, values[key]) if key in sections and isinstance(found, dict) else found
        for key, found in content.items()
        if key not in values or key in sections or found != values[key]
    }


def _digest(content: dict[str, Any]) -> str:
    """Return the sha256 of plain values, whatever the order of their keys."""
    content = {_NAMES_IN_DIGESTS.get(name, name): value for name, value in content.items()}
    canonical = to_json(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()
