"""The graph of a model in Airflow: what it is made from and what it makes, as assets, and their events.

source -> snapshot -> champion -> predictions -> monitoring. Beside them stands the asset of the model itself
(:mod:`mlops.model_asset`), on which Airflow keeps what is remembered of it, and which has no events.

An outlet of Airflow emits an event whenever its task succeeds: again after each clear. So a task here names
an alias as its outlet, and adds two events to it unless they are there: one for those who start on it, and
one that says the same in the model's journal, where the next try looks. Airflow writes both in the
transaction that makes the task a success: a try that dies before leaves none.

The journal is an asset of its own because a task can't read the events of an asset while one of them has
started a run that still waits in the queue (Airflow 3.3 answers with a server error). Nobody starts on it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, AssetAlias
from airflow.sdk.exceptions import AirflowRuntimeError

from include.asset_event import is_line_of, journal_line
from include.errors import InfrastructureError
from mlops.model_asset import SCHEME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context
    from airflow.sdk.definitions.asset import BaseAsset
    from airflow.sdk.execution_time.context import InletEventsAccessor

    from include.asset_event import AssetEvent

_PAGE = 100  # events that are read first; what is looked for is nearly always among the newest
_MORE = 8  # times as many, the next time
_CLOCKS = timedelta(days=1)  # by which the clocks of MLflow, of a delivery and of Airflow may differ


class Part(StrEnum):
    """A node of the graph."""

    SOURCE = "source"
    SNAPSHOT = "snapshot"
    CHAMPION = "champion"
    PREDICTIONS = "predictions"
    MONITORING = "monitoring"


def part_asset(model_folder: str | Path, part: Part) -> Asset:
    """Return the asset of one node: ``mlops://models/<model>/<part>``.

    :param model_folder: the folder with ``model.yaml``, which has the model's name.
    :param part: the node.
    """
    name = Path(model_folder).name
    return Asset(name=f"{name} {part}", uri=f"{SCHEME}{name}/{part}", group=name)


def part_alias(model_folder: str | Path, part: Part) -> AssetAlias:
    """Return the outlet through which a task emits an event of a node.

    :param model_folder: the folder with ``model.yaml``.
    :param part: the node.
    """
    name = Path(model_folder).name
    return AssetAlias(name=f"{name} {part} events", group=name)


def journal(model_folder: str | Path) -> Asset:
    """Return the asset whose events say which things have their event.

    :param model_folder: the folder with ``model.yaml``.
    """
    name = Path(model_folder).name
    return Asset(name=f"{name} journal", uri=f"{SCHEME}{name}/journal", group=name)


def wiring(
    model_folder: str | Path, *, reads: Sequence[Part] = (), tells: Part | None = None
) -> dict[str, Any]:
    """Return the inlets and outlets of a task, to be passed on to its operator.

    :param model_folder: the folder with ``model.yaml``.
    :param reads: the nodes that it works from.
    :param tells: the node whose events it emits. It is an inlet, so that Airflow knows the asset with its
        group before it has an event, and so is the journal, since a task reads the events of inlets only.
    """
    nodes = [part_asset(model_folder, part) for part in [*reads, *([tells] if tells else [])]]
    return {
        "inlets": [*nodes, *([journal(model_folder)] if tells else [])],
        "outlets": [part_alias(model_folder, tells)] if tells else [],
    }


def arrival(model_folder: str | Path, also: Part | None = None) -> BaseAsset:
    """Return what starts a DAG of a model whose schedule is ``on_arrival``: an event of its source.

    :param model_folder: the folder with ``model.yaml``.
    :param also: another node whose events start it: what it works from besides, and what comes later.
    """
    source = part_asset(model_folder, Part.SOURCE)
    return source | part_asset(model_folder, also) if also else source


def tell_once(context: Context, model_folder: str, part: Part, event: AssetEvent, *, since: datetime) -> bool:
    """Emit an event with the task's success, unless there is one with its key; return whether it does.

    By hand, outside of Airflow, there is nobody to tell.

    :param context: of a task with the :func:`wiring` that tells of this node.
    :param model_folder: the folder with ``model.yaml``.
    :param part: the node.
    :param event: what it says.
    :param since: a moment before which the thing did not exist: earlier events are not looked at.
    :raises InfrastructureError: Airflow does not say which events there are.
    """
    if "inlet_events" not in context:
        return False
    asset, kept = part_asset(model_folder, part), journal(model_folder)
    try:
        found = _is_there(context["inlet_events"][kept], part, event.key, since - _CLOCKS)
    except AirflowRuntimeError as error:
        raise InfrastructureError(
            f"Airflow did not say which events {kept.uri} has ({error}), so none was emitted for "
            f"{part} {event.key}. What the task has done stays done; a retry emits the event."
        ) from error
    if not found:
        outlet = context["outlet_events"][part_alias(model_folder, part)]
        outlet.add(asset, extra=event.to_dict())
        outlet.add(kept, extra=journal_line(part, event))
    return not found


def moment(timestamp_ms: int | None) -> datetime:
    """Return a moment of MLflow; the beginning of all time where it knows none.

    :param timestamp_ms: milliseconds since 1970.
    """
    return datetime.fromtimestamp((timestamp_ms or 0) / 1000, tz=UTC)


def day(iso_date: str) -> datetime:
    """Return the beginning of a day.

    :param iso_date: such as the date of a delivery.
    """
    return datetime.fromisoformat(iso_date).replace(tzinfo=UTC)


def _is_there(events: InletEventsAccessor, part: Part, key: str, since: datetime) -> bool:
    """Tell whether the journal has a line since a moment: newest first, more and more at a time."""
    limit = _PAGE
    while True:
        page = list(events.ascending(False).after(since.isoformat()).limit(limit))
        if any(is_line_of(event.extra, part, key) for event in page):
            return True
        if len(page) < limit:
            return False
        limit *= _MORE
