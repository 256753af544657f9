"""What tasks hand on through XCom: one frozen dataclass per task, a plain JSON object on the wire.

The task that makes a result returns its :meth:`~TaskResult.to_xcom`; the tasks that follow declare it as a
:class:`TaskInput` and read its typed fields. Object keys are relative to the root of the object store. Frames
and models never travel through XCom.
"""

from __future__ import annotations

from dataclasses import MISSING, asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, overload

from pydantic import TypeAdapter, ValidationError

from include.errors import InputError, MlopsError
from include.strict_json import plain, to_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.sdk import BaseOperator

T = TypeVar("T")

_REMEDY = "An earlier task was set to success by hand, or ran with older code: clear it."


@dataclass(frozen=True, kw_only=True)
class TaskResult:
    """What a task returns. Its fields hold what JSON can hold, at any depth; a sequence is a tuple."""

    def to_xcom(self) -> dict[str, Any]:
        """Return plain JSON values, None for a figure that is not defined.

        :raises TypeError: a value is not of its field's type, so that no later task could read it: the task
            that made it fails, and not the one that was given it.
        """
        values: dict[str, Any] = plain(asdict(self))
        try:
            TypeAdapter(type(self)).validate_json(to_json(values), strict=True)
        except ValidationError as error:
            raise TypeError(f"{type(self).__name__} can't be handed on: {_list(error)}") from error
        return values

    @classmethod
    def from_xcom(cls, value: Any, *, task_id: str, field: str) -> Self:
        """Read what :meth:`to_xcom` returned. Keys that are not known are left out.

        :param value: the value of the XCom.
        :param task_id: the task that reads it, for the message.
        :param field: the field in which it was given the value, for the message.
        :raises InputError: it is not a mapping, keys are missing, or a value has another type.
        """
        return read(cls, value, task_id=task_id, field=field)


@dataclass(frozen=True, kw_only=True)
class Extracted(TaskResult):
    """The snapshots of a run, from ``extract``.

    :param as_of: as-of date of the run (ISO).
    :param manifest_key: object key of the manifest, which lists the snapshots.
    :param manifest_digest: the manifest's digest.
    :param newest: the newest partition.
    :param snapshots: how many snapshots there are.
    :param changed: ``table/partition`` of those that are new or restated.
    :param rows: rows of all snapshots.
    :param missing: deliveries that could not be read or are gone, as ``MissingDelivery.to_dict`` gives them.
    """

    as_of: str
    manifest_key: str
    manifest_digest: str
    newest: str
    snapshots: int
    changed: tuple[str, ...]
    rows: int
    missing: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Validated(TaskResult):
    """The contract's findings, from ``validate``.

    :param checked: how many snapshots were checked now.
    :param warnings: how many warnings there are, in all reports.
    :param quarantined: paths of the snapshots that may not be used.
    :param reports: path of each snapshot to the object key of its report, without the ending.
    """

    checked: int
    warnings: int
    quarantined: tuple[str, ...]
    reports: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Prepared(TaskResult):
    """The frozen dataset, from ``prepare``.

    :param object_key: the dataset's folder in the object store.
    :param as_of: the date whose knowledge was used (ISO).
    :param data_digest: digest of all that ``model.yaml`` says about the data.
    :param digest: digest of the dataset.
    :param train_digest: digest of the training set.
    :param test_digest: digest of the test set.
    :param train_rows: rows of the training set.
    :param test_rows: rows of the test set.
    :param test_partitions: partitions tested on, oldest first.
    :param split_kind: what parts training from test, as :attr:`include.data.time_split.TimeSplit.kind`.
    :param split_seed: salt of the group split.
    :param test_share: share of the entities that are held out.
    :param entity_type: as what entity ids were hashed.
    :param entity_column: column that holds them.
    :param split_start: where the arc of held-out entities begins.
    :param split_rotation: share of it that is replaced if this candidate becomes champion.
    """

    object_key: str
    as_of: str
    data_digest: str
    digest: str
    train_digest: str
    test_digest: str
    train_rows: int
    test_rows: int
    test_partitions: tuple[str, ...]
    split_kind: str
    split_seed: int
    test_share: float
    entity_type: str
    entity_column: str
    split_start: float = 0.0
    split_rotation: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Trained(TaskResult):
    """The fitted model, from ``train``; a retry finds it in the MLflow run, where these names are stored.

    :param run_id: the MLflow run.
    :param model_uri: the logged model.
    :param profile: artifact with the reference profile.
    :param registry_commit: newest commit of the data registry that was learned from.
    :param rows: rows learned from.
    :param warnings: what the libraries warned about while fitting.
    """

    run_id: str
    model_uri: str
    profile: str
    registry_commit: str
    rows: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Evaluated(TaskResult):
    """Candidate and champion on the test set, from ``evaluate``.

    :param run_id: the MLflow run of the candidate.
    :param run_url: its page.
    :param evaluation_key: object key of the record that the gate decides on.
    :param scores_key: object key of the candidate's predictions for the test set.
    :param test_digest: digest of the test set.
    :param champion_version: the champion it was compared with; None without one.
    :param metric: the primary metric.
    :param value: the candidate's value of it.
    :param low: lower end of its confidence interval.
    :param high: upper end.
    :param life: name of the champion's life in which this is an exam; None where nothing was compared.
    :param earlier: candidates (MLflow runs) of the exams that were known, in no order.
    :param challenger_run: the MLflow run of the kept challenger; None without one.
    :param challenger_key: object key of its record; None where it could not sit the exam.
    :param challenger_error: why it could not.
    """

    run_id: str
    run_url: str
    evaluation_key: str
    scores_key: str
    test_digest: str
    champion_version: str | None
    metric: str
    value: float | None
    low: float | None
    high: float | None
    life: str | None = None
    earlier: tuple[str, ...] = ()
    challenger_run: str | None = None
    challenger_key: str | None = None
    challenger_error: str | None = None


@dataclass(frozen=True, kw_only=True)
class Registered(TaskResult):
    """The version of the model that passed the gate, from ``register``.

    :param version: its number.
    :param run_id: the MLflow run it came from: the candidate's or the kept challenger's.
    :param url: its page.
    :param training_key: digest of data, configuration and estimator that it was trained with; empty where an
        earlier version of this project registered it.
    """

    version: str
    run_id: str
    url: str
    training_key: str = ""


@dataclass(frozen=True, kw_only=True)
class Approved(TaskResult):
    """A person's answer, from ``approve``.

    :param approved: whether the version may serve.
    :param by: who answered.
    """

    approved: bool
    by: str


@dataclass(frozen=True, kw_only=True)
class Promoted(TaskResult):
    """The aliases after a promotion, from ``promote``.

    :param version: the version that serves now.
    :param aliases: every alias with its version.
    :param decision_id: id of the decision in the ledger.
    """

    version: str
    aliases: dict[str, str]
    decision_id: str


@dataclass(frozen=True, kw_only=True)
class RolledBack(Promoted):
    """The aliases after a rollback, from ``rollback``.

    :param from_version: the version that served before.
    """

    from_version: str


@dataclass(frozen=True, kw_only=True)
class Scored(TaskResult):
    """The champion's predictions for the newest delivery, from ``score``.

    :param partition: the delivery's partition.
    :param version: the version that scored it.
    :param object_key: object key of the predictions.
    :param rows: rows scored.
    :param md5: digest of the snapshot that was scored.
    :param mean_score: mean of the scores; None without rows.
    """

    partition: str
    version: str
    object_key: str
    rows: int
    md5: str
    mean_score: float | None


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A figure with its confidence interval, as it is shown.

    :param value: the figure.
    :param low: lower end; None where there is no interval.
    :param high: upper end.
    :param note: why there is no interval; empty where there is one.
    """

    value: float
    low: float | None
    high: float | None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class DriftChecked(TaskResult):
    """What became of the newest good delivery in the drift check, from ``drift_check``.

    :param partition: the delivery's partition.
    :param decision: the decision; None without a champion to compare with, as all that follows.
    :param champion_version: the champion.
    :param worst: the first columns that drifted, as people read them; empty when none did.
    :param rows: rows of the delivery.
    :param estimated: performance estimated from the predictions alone: metric to interval.
    :param report_key: the folder of the report in the object store.
    :param run_id: the window's MLflow run.
    :param run_url: its page.
    """

    partition: str
    decision: str | None = None
    champion_version: str | None = None
    worst: str = ""
    rows: int = 0
    estimated: dict[str, Interval] = field(default_factory=dict)
    report_key: str | None = None
    run_id: str | None = None
    run_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class EvaluatedWindows(TaskResult):
    """The champion's performance in the newest windows, from ``performance_check``.

    :param windows: the champion in each window, oldest first, as ``WindowPerformance.to_dict`` gives it.
    :param earlier: the same of earlier versions, for windows that the champion has not scored.
    :param new_labels: labelled rows that the champion has not learned from.
    :param champion_version: the champion; None without one.
    :param newest_labels: the newest partition whose labels it has learned from.
    :param reference: what it reached before its promotion, as ``Reference.to_dict`` gives it.
    """

    windows: tuple[dict[str, Any], ...]
    earlier: tuple[dict[str, Any], ...]
    new_labels: int
    champion_version: str | None
    newest_labels: str | None
    reference: dict[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class Alerted(TaskResult):
    """An alert, from ``alert``.

    :param cause: digest of its cause.
    :param notified: whether people were notified now.
    """

    cause: str
    notified: bool


@dataclass(frozen=True, kw_only=True)
class EvidenceShown(TaskResult):
    """Why a retraining was started, from ``show_evidence``.

    :param reason: in one sentence.
    :param report_key: object key of monitoring's report; None when it was started by hand.
    """

    reason: str
    report_key: str | None = None


class TaskInput(Generic[T]):
    """A field of an operator that holds what an earlier task handed on.

    The constructor gives it a template, Airflow renders that to the value of the XCom, and the operator's
    ``pre_execute`` turns the value into an object of the declared kind: ``execute`` sees only that.

    :param kind: a frozen dataclass.
    :param build: makes the object from the value, where older values are read in a way of their own.
    """

    def __init__(self, kind: type[T], build: Callable[[dict[str, Any]], T] | None = None) -> None:
        self.kind = kind
        self.build = build

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, task: None, owner: type) -> Self: ...
    @overload
    def __get__(self, task: BaseOperator, owner: type) -> T: ...
    def __get__(self, task: BaseOperator | None, owner: type) -> Self | T:
        if task is None:
            return self
        try:
            value: T = vars(task)[self.name]
        except KeyError:
            raise AttributeError(self.name) from None
        return value

    def __set__(self, task: BaseOperator, value: Any) -> None:
        vars(task)[self.name] = value

    def read(self, task: BaseOperator) -> None:
        """Turn the value of a task's field into an object.

        :raises InputError: the value is not what the earlier task hands on.
        """
        value = vars(task)[self.name]
        if not isinstance(value, self.kind):
            self.__set__(
                task, read(self.kind, value, task_id=task.task_id, field=self.name, build=self.build)
            )


def read(
    kind: type[T],
    value: Any,
    *,
    task_id: str,
    field: str,
    build: Callable[[dict[str, Any]], T] | None = None,
) -> T:
    """Read what an earlier task handed on.

    :param kind: a frozen dataclass.
    :param value: the value of the XCom.
    :param task_id: the task that reads it, for the message.
    :param field: the field in which it was given the value, for the message.
    :param build: makes the object from the value; types are checked where there is none.
    :raises InputError: it is not a mapping, keys are missing, or a value has another type.
    """
    needed = _required(kind)
    if not isinstance(value, dict):
        raise InputError(
            f"Task {task_id!r} was given {value!r} as {field}; expected a mapping with {', '.join(needed)}. "
            f"{_REMEDY}"
        )
    if missing := [name for name in needed if name not in value]:
        raise InputError(
            f"Task {task_id!r} was given {field} without {', '.join(missing)}; it holds "
            f"{', '.join(sorted(map(str, value)))}. {_REMEDY}"
        )
    try:
        found: T = build(value) if build else TypeAdapter(kind).validate_json(to_json(value), strict=True)
    except ValidationError as error:
        raise InputError(
            f"Task {task_id!r} was given {field} that can't be read: {_list(error)}. {_REMEDY}"
        ) from error
    except (KeyError, TypeError, ValueError, AttributeError, MlopsError) as error:
        raise InputError(
            f"Task {task_id!r} was given {field} that can't be read ({type(error).__name__}: {error}). "
            f"{_REMEDY}"
        ) from error
    return found


def _list(error: ValidationError) -> str:
    """Return one phrase for each value that has another type than its field."""
    return "; ".join(
        f"{'.'.join(map(str, one['loc']))}: found {one['input']!r}, {one['msg']}"
        for one in error.errors(include_url=False)
    )


def _required(kind: type) -> list[str]:
    """Return the keys that a value must have: the fields without a default."""
    return [one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING]
