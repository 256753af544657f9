"""The schema of ``model.yaml``: every key that a team may write, its type and its range.

A model of this module is frozen, strict (no text where a number belongs) and refuses unknown keys. What
holds between keys (a feature that is also the target, bands on a categorical column ...) is in
:mod:`include.config.cross_checks`; :func:`include.config.load.load_model` applies both, a line for each
configuration error.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal

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
from include.config.digests import digest_of_data, digest_of_model
from include.config.gate_schema import Gate
from include.config.joined_view import AGE, joined_name
from include.config.monitoring_schema import Monitoring
from include.config.probation_schema import Probation
from include.config.serving_schema import Serving
from include.config.tasks import TASKS
from include.names import internal

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        """sha256 of all that bears on a model and on its evaluation."""
        return digest_of_model(self)

    @cached_property
    def data_digest(self) -> str:
        """sha256 of all that says which rows and columns are learned from, and how they are split."""
        return digest_of_data(self)
