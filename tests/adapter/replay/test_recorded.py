"""What the live system decided, as MLflow tells it: every page of it."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from include.replay.outcome import Kind
from mlops.hooks.mlflow_entities import Page
from mlops.replay.recorded import _trainings, read_recorded
from mlops.tracking.tags import AS_OF_DATE, CLAIM, GATE, SUPERSEDED_BY, TASK

pytestmark = pytest.mark.adapter


def run(day: str, dag: str = "m_training", **tags: str) -> Any:
    known = {AS_OF_DATE: day, TASK: f"{dag}/run/train", GATE: "reject", **tags}
    return SimpleNamespace(info=SimpleNamespace(run_id=f"r-{day}"), data=SimpleNamespace(tags=known))


def hook(*pages: list[Any]) -> Any:
    """An MLflow that answers a page at a time, whoever asks."""

    def search_runs(*arguments: object, page_token: str | None = None, **options: object) -> Page:
        number = int(page_token or 0)
        page = Page(pages[number])
        page.token = str(number + 1) if number + 1 < len(pages) else None
        return page

    version = SimpleNamespace(run_id="r-2005-05-31", version=1)
    client = SimpleNamespace(
        search_runs=search_runs, search_model_versions=lambda *arguments, **options: [version]
    )
    return SimpleNamespace(
        client=client, rest=client, find_experiment=lambda name: "1", errors=lambda action: nullcontext()
    )


def test_candidates_are_read_to_the_last_page() -> None:
    first = [run("2005-05-31", **{GATE: "promote"}), run("2005-06-30", **{SUPERSEDED_BY: "r"})]
    last = [run("2005-07-31", "m_retraining", **{GATE: ""}), run("2005-08-31", **{CLAIM: "raised"})]
    found = _trainings(hook(first, [], last), "m")
    assert [(one.as_of, one.kind, one.gate, one.version) for one in found] == [
        ("2005-05-31", Kind.TRAINING, "promote", "1"),
        ("2005-07-31", Kind.RETRAINING, "", None),
    ]
    assert [one.open for one in found] == [False, True]


def test_days_of_earlier_releases_are_known_by_their_pages() -> None:
    """Earlier releases wrote a page a day and no record beside it."""
    listed = {"html": ["2005-05-31.html", "2005-06-30.html", "index.html"], "json": [], "parquet": []}
    store = SimpleNamespace(
        resolve=lambda key: key,
        list=lambda pattern: [f"/r/{name}" for name in listed[pattern.rpartition(".")[2]]],
    )
    found = read_recorded(hook([]), store, "m")  # type: ignore[arg-type]
    assert found.watched_on == {"2005-05-31", "2005-06-30"}
    assert found.days == {}
