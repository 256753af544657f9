"""Leave for the pages what a task has decided, once its work is done.

The pages are for looking: nothing that goes wrong here fails a task.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from include.errors import DataError
from include.pages.entry import Entry, History, Place, moments
from include.pages.gauges import METRIC, gauges_of
from mlops.metrics.send import is_on, send_gauges
from mlops.model_asset import model_asset
from mlops.run_context import as_of_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from airflow.sdk import Context

    from include.pages.entry import Moment
    from include.verdicts import Verdict

log = logging.getLogger(__name__)

_LONGEST = 200  # characters of a fact
_MOVES = {"promotion", "rollback"}  # change what serves from now on, whatever day they are about
_DECIDES = ("promotion", "rollback", "gate")  # know the counts of the ledger


def page_key(kind: str) -> str:
    """Return the key of an entry in the asset state store.

    :param kind: what kind of decision, or ``scoring``.
    """
    return f"page.{kind.replace(' ', '-')}"


def history_key(kind: str) -> str:
    """Return the key of a year of days in the asset state store.

    :param kind: what kind of decision, or ``scoring``.
    """
    return f"page-history.{kind.replace(' ', '-')}"


def remember_on_page(context: Context, model_folder: str, noted: Mapping[str, Any]) -> None:
    """Write what a task has noted about its work; whatever fails is a line in the log.

    :param context: of the task, which has the model's asset among its inlets.
    :param model_folder: the folder with ``model.yaml``.
    :param noted: what :meth:`~mlops.operators.base.ModelOperator.note` has kept.
    """
    if context.get("asset_state_store") is None:
        return  # by hand, outside of Airflow: the pages learn of it from the next run
    try:
        values = context["asset_state_store"][model_asset(model_folder)]
        for kind, entry in _entries(context, noted):
            if kind not in _MOVES and _is_past(values.get(page_key(kind)), entry.as_of):
                continue  # a backfill looks at the past, and the page at the present
            whole = entry.after(_earlier(values.get(history_key(kind))))
            values.set(page_key(kind), whole.to_dict())
            values.set(history_key(kind), History(moments=whole.history).to_dict())
            if is_on():
                moves = [_read(values.get(page_key(one))) for one in _DECIDES] if kind == "scoring" else []
                send_gauges(model_asset(model_folder).name, gauges_of(kind, whole, list(filter(None, moves))))
    except Exception as error:  # whatever is wrong with a page is no reason to fail what was decided
        log.warning("The pages do not show this run: %s: %s", type(error).__name__, error)


def _is_past(found: Any, as_of: str) -> bool:
    """Tell whether a later day than this one was decided about."""
    known = _read(found)
    return known is not None and known.as_of > as_of


def _read(found: Any) -> Entry | None:
    """Return an entry; None where there is none, or none that can be read."""
    try:
        return None if found is None else Entry.from_dict(found)
    except DataError:
        return None


def _earlier(found: Any) -> tuple[Moment, ...]:
    try:
        return () if found is None else History.from_dict(found).moments
    except DataError:
        return ()  # somebody has edited it, or a newer version wrote it: it begins anew


def _entries(context: Context, noted: Mapping[str, Any]) -> Iterable[tuple[str, Entry]]:
    instance, as_of = context["ti"], as_of_date(context)
    place = Place(dag_id=instance.dag_id, run_id=instance.run_id, task_id=instance.task_id)
    result: Mapping[str, Any] = noted.get("result") or {}
    verdict: Verdict | None = noted.get("verdict") or next(reversed(noted.get("verdicts") or [None]), None)
    if verdict is not None:
        yield verdict.kind, Entry(
            as_of=as_of, place=place, verdict=verdict,
            facts=_facts(_of_gauges(noted, result), verdict.inputs, result),
            history=_history(as_of, verdict, result),
        )  # fmt: skip
    elif "object_key" in result and "mean_score" in result:
        figures = {"rows": result["rows"], "mean": result["mean_score"]}
        yield "scoring", Entry(
            as_of=as_of, place=place, facts=_facts(result),
            history=moments([(result["partition"], "scored", figures)]),
        )  # fmt: skip


def _of_gauges(noted: Mapping[str, Any], result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts that no verdict has: counts, drift by column, and which metric the windows show."""
    windows = result.get("windows") or [{"limits": {}}]
    primary = windows[-1]["limits"].get("primary")
    told = {**(noted.get("tally") or {}), **(noted.get("severities") or {})}
    return told if primary is None else {**told, METRIC: primary}


def _history(as_of: str, verdict: Verdict, result: Mapping[str, Any]) -> tuple[Moment, ...]:
    """Return a point for each window that was evaluated, or one for the decision."""
    if "windows" in result:
        return moments(_window(one) for one in result["windows"])
    day = str(result.get("partition") or as_of)
    figures = {
        f"{end} {name}": one[end]
        for name, one in (result.get("estimated") or {}).items()
        for end in ("value", "low", "high")
    }
    return moments([(day, verdict.decision, figures)])


def _window(window: Mapping[str, Any]) -> tuple[str, str, dict[str, float | None]]:
    primary = window["limits"]["primary"]
    found = (window.get("metrics") or {}).get(primary) or {}
    reference = (window.get("reference") or {}).get("interval") or {}
    figures = {
        "value": found.get("value"), "low": found.get("low"), "high": found.get("high"),
        "expected": reference.get("value"), "rows": window.get("rows"),
    }  # fmt: skip
    return window["partition"], str(window["status"]), figures


def _facts(*sources: Mapping[str, Any]) -> dict[str, str | float | None]:
    """Return what is text or a number among what was noted; the first source wins."""
    facts: dict[str, str | float | None] = {}
    for source in reversed(sources):
        for name, value in source.items():
            if (
                isinstance(value, (str, int, float))
                and not isinstance(value, bool)
                and len(str(value)) <= _LONGEST
            ):
                facts[name] = value
    return facts
