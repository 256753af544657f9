"""The schema of ``model.yaml``: every key that a team may write, its type and its range.

A model of this module is frozen, strict (no text where a number belongs) and refuses unknown keys. What
holds between keys (a feature that is also the target, bands on a categorical column ...) is in
:mod:`include.config.cross_checks`; :func:`include.config.load.load_model` applies both, a line for each
configuration error.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue

from include.config.alert_channels import AlertChannel  # noqa: TC001 - pydantic evaluates it
from include.config.base import ConnectionId, Count, StrictModel, Text
from include.config.monitoring_schema import Monitoring
from include.strict_json import to_json

# What may change without a reason to train, or to evaluate a candidate, again.
_NO_BEARING: dict[str, Any] = {
    **dict.fromkeys(("description", "owner", "tags", "schedule", "monitoring", "approval", "alerts"), True),
    "features": {"allow_dominant"},
}
_DATA = {"source", "entity", "time", "target", "features", "window", "split"}
# Sections that were renamed keep their old name in digests: a new name does not change the configuration.
_NAMES_IN_DIGESTS = {"reproducibility_check": "probe"}
SourceFormat = Literal["csv", "parquet"]

SEED_LIMIT = 2**32 - 1  # the largest seed that NumPy and scikit-learn take

_Column = Annotated[str, Field(pattern=r"^\S(.*\S)?$")]  # one line, no blanks around it
# One line that Airflow has room for: a tag has at most 100 characters there.
_Label = Annotated[str, Field(pattern=r"^\S(.*\S)?$", min_length=1, max_length=100)]
_Seed = Annotated[int, Field(ge=0, le=SEED_LIMIT)]
# YAML knows lists only, hence strict=False on the tuple itself; its items stay strict.
_Columns = Annotated[tuple[_Column, ...], Field(strict=False)]


class Table(StrictModel):
    """Where one table is delivered, partition by partition.

    :param uri: a path or URI with ``{partition}`` once; without a scheme, below the connection's root. It
        ends with ``/`` or with a name with ``*`` where each delivery is a folder of part files.
    :param format: how the file, or each part file, is written.
    """

    uri: Text
    format: SourceFormat


class Source(StrictModel):
    """Where the data comes from.

    :param connection: id of the Airflow connection that knows the root and the credentials.
    :param features: the table with one row per entity and observation date.
    :param labels: the table with the labels, or None when the features table holds the target column.
    """

    connection: ConnectionId
    features: Table
    labels: Table | None = None


class Entity(StrictModel):
    """Who or what a row is about; rows of one entity never fall on both sides of a split."""

    column: _Column
    type: Literal["integer", "string"]


class Time(StrictModel):
    """The date at which a row was observed."""

    column: _Column


class Target(StrictModel):
    """What is predicted: a column of 0 and 1.

    :param delay_days: days from an observation until its label is known.
    :param min_coverage: share of a partition's rows whose label must be known before it is used to train or
        to evaluate.
    """

    column: _Column
    delay_days: Annotated[int, Field(ge=0, le=36_500)]
    min_coverage: Annotated[float, Field(gt=0, le=1)] = 0.8


class Features(StrictModel):
    """The columns the estimator sees, in the order it sees them: numeric first, then categorical.

    :param allow_dominant: those that may nearly make up the model alone, because somebody made sure that they
        are known at the time of the row.
    """

    numeric: _Columns = ()
    categorical: _Columns = ()
    allow_dominant: _Columns = ()


class Sensitive(StrictModel):
    """A feature whose groups are evaluated apart.

    :param bands: for a numeric column the increasing cuts between groups, in its own unit; otherwise empty.
    """

    bands: Annotated[tuple[float, ...], Field(strict=False)] = ()


class Window(StrictModel):
    """What a run learns from: the newest ``partitions`` with known labels, ``min_rows`` rows at least."""

    partitions: Count
    min_rows: Count


class Split(StrictModel):
    """How the test set is held out.

    :param test_share: share of entities in the test set.
    :param out_of_time: whether the test set is taken from the newest partitions alone, and training ends
        before they begin.
    :param seed: salt of the hash that assigns entities.
    """

    test_share: Annotated[float, Field(gt=0, lt=1)]
    out_of_time: bool
    seed: _Seed


class Estimator(StrictModel):
    """What ``estimator.py`` is given.

    :param seed: seed of every random choice in training.
    :param parameters: keyword arguments for the estimator, as its library names them.
    :param trusted_types: types skops may load besides its own list; reviewed by hand, never generated.
    """

    seed: _Seed
    parameters: dict[str, JsonValue] = Field(default_factory=dict)
    trusted_types: Annotated[tuple[Text, ...], Field(strict=False)] = ()


class GateSlices(StrictModel):
    """The margin for sensitive groups: none of ``min_rows`` test rows or more may lose over ``max_drop``."""

    min_rows: Count
    max_drop: Annotated[float, Field(ge=0)]


class Gate(StrictModel):
    """What a candidate must show before it may serve.

    :param primary: the metric on which candidate and champion are compared.
    :param floors: metric to worst value accepted (a minimum where higher is better, otherwise a maximum) of
        the bad end of its interval; the primary metric among them.
    :param min_gain: gain in the primary metric over the champion that is asked for, in the metric's unit.
    :param confidence: level of every interval, between 0.5 and 1.
    :param resamples: draws of the bootstrap; under 100 its ends mean nothing.
    :param slices: the margin for sensitive groups.
    :param min_rows: rows that a test set holds at least; its partitions are the newest that together do.
    :param min_positives: entities of either class that it holds at least.
    """

    primary: str
    floors: Annotated[dict[str, float], Field(min_length=1)]
    min_gain: Annotated[float, Field(gt=-1, lt=1)]
    confidence: Annotated[float, Field(gt=0.5, lt=1)]
    resamples: Annotated[int, Field(ge=100)]
    slices: GateSlices
    min_rows: Count = 300
    min_positives: Count = 40


class ReproducibilityCheck(StrictModel):
    """Before promotion the registered model must repeat so many predictions to within this difference.

    :param rows: number of predictions.
    :param tolerance: largest absolute difference allowed.
    """

    rows: Count
    tolerance: Annotated[float, Field(ge=0, lt=1)]


class ModelConfig(StrictModel):
    """One model: the content of ``include/models/<name>/model.yaml``."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=100)]
    description: Annotated[Text, Field(max_length=2000)]
    owner: _Label
    tags: Annotated[tuple[_Label, ...], Field(strict=False, max_length=50)] = ()
    schedule: str | None
    source: Source
    entity: Entity
    time: Time
    target: Target
    features: Features
    sensitive: dict[str, Sensitive] = Field(default_factory=dict)
    window: Window
    split: Split
    estimator: Estimator
    gate: Gate
    reproducibility_check: ReproducibilityCheck
    monitoring: Monitoring = Monitoring()
    approval: Literal["none", "required"] = "none"
    alerts: Annotated[tuple[AlertChannel, ...], Field(strict=False, min_length=1)]

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Every feature column, numeric first: the columns of the estimator's frame, in this order."""
        return self.features.numeric + self.features.categorical

    @cached_property
    def digest(self) -> str:
        """sha256 of all that bears on a model and on its evaluation.

        The same for any order of keys, comments and layout of the file, and whatever alerts and monitoring
        say.
        """
        return _digest(self.model_dump(mode="json", exclude=_NO_BEARING))

    @cached_property
    def data_digest(self) -> str:
        """sha256 of all that says which rows and columns are learned from, and how they are split."""
        content = self.model_dump(mode="json", exclude=_NO_BEARING)
        return _digest({name: content[name] for name in sorted(_DATA)})


def _digest(content: dict[str, Any]) -> str:
    """Return the sha256 of plain values, whatever the order of their keys."""
    content = {_NAMES_IN_DIGESTS.get(name, name): value for name, value in content.items()}
    canonical = to_json(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()
