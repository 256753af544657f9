"""The newest verdict of each kind, and a point of history for its day."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from include.pages.entry import Entry
from include.pages.gauges import METRIC
from include.pages.moment import History, moments
from include.pages.overview import CHAMPION
from include.promotion.alias_plan import MOVES
from mlops.page_state.gauges import send_entry
from mlops.page_state.keys import history_key, page_key
from mlops.page_state.task_notes import known
from mlops.tracking import tags

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlflow.entities.model_registry import ModelVersion

    from include.pages.moment import Moment
    from include.verdicts import Verdict
    from mlops.page_state.task_notes import TaskNotes, Values

_LONGEST = 200  # characters of a fact
_LINEAGE = {
    "trained as of": tags.AS_OF_DATE, "labels until": tags.NEWEST_LABELS, "data": tags.DATA_DIGEST,
    "dataset": tags.DATASET, "registry commit": tags.REGISTRY_COMMIT, "training key": tags.TRAINING_KEY,
    "code": tags.CODE_VERSION, "Airflow run": tags.AIRFLOW_RUN, "deployed from": tags.DEPLOYED_FROM,
}  # fmt: skip


def leave_entries(values: Values, task: TaskNotes) -> None:
    """Leave the newest entry of each kind, and its days.

    :param values: the asset's state.
    :param task: what it has noted.
    """
    for kind, entry in _entries(task):
        before = known(values, page_key(kind), Entry)
        if kind not in MOVES and before is not None and before.as_of > entry.as_of:
            continue  # a backfill looks at the past, and the page at the present
        earlier = known(values, history_key(kind), History)
        whole = entry.after(earlier.moments if earlier else ())
        values.set(page_key(kind), whole.to_dict())
        values.set(history_key(kind), History(moments=whole.history).to_dict())
        send_entry(values, task.model, kind, whole)


def leave_champion(values: Values, task: TaskNotes) -> None:
    """Leave which version serves, and what it learned from, where a task knows it.

    :param values: the asset's state.
    :param task: what it has noted: ``serving`` is the version.
    """
    version: ModelVersion | None = task.noted.get("serving")
    if version is None:
        return
    facts = {"version": str(version.version), "MLflow run": str(version.run_id)}
    facts |= {label: version.tags[tag] for label, tag in _LINEAGE.items() if version.tags.get(tag)}
    links = {label: url for label, url in task.links.items() if label == "Model version"}
    entry = Entry(as_of=task.as_of, place=task.place, facts=_facts(facts), links=links)
    values.set(page_key(CHAMPION), entry.to_dict())


def _entries(task: TaskNotes) -> Iterator[tuple[str, Entry]]:
    verdict, result = task.verdict, task.result
    entry = Entry(as_of=task.as_of, place=task.place, links=dict(task.links))
    if verdict is not None:
        facts = _facts(_told(task), verdict.inputs, result)
        history = _history(task.as_of, verdict, result)
        yield verdict.kind, dataclasses.replace(entry, verdict=verdict, facts=facts, history=history)
    elif "object_key" in result and "mean_score" in result:
        figures = {"rows": result["rows"], "mean": result["mean_score"]}
        if str(result["version"]).isdecimal():
            figures["version"] = float(result["version"])
        history = moments([(result["partition"], "scored", figures)])
        yield "scoring", dataclasses.replace(entry, facts=_facts(result), history=history)


def _told(task: TaskNotes) -> dict[str, Any]:
    """Return the facts that no verdict has: counts, drift by column, and which metric the windows show."""
    windows = task.result.get("windows") or [{"limits": {}}]
    primary = windows[-1]["limits"].get("primary")
    told = {**(task.noted.get("tally") or {}), **(task.noted.get("severities") or {})}
    return told if primary is None else {**told, METRIC: primary}


def _history(as_of: str, verdict: Verdict, result: Mapping[str, Any]) -> tuple[Moment, ...]:
    """Return a point for each window that was evaluated, or one for the decision.

    Of a window that the champion has not scored, what the version before did counts.
    """
    if "windows" in result:
        windows = {one["partition"]: one for one in result.get("earlier") or ()}
        windows |= {
            one["partition"]: one for one in result["windows"]
            if one.get("metrics") or one["partition"] not in windows
        }  # fmt: skip
        return moments(_window(one) for one in windows.values())
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
