"""50 models with a year of days each: how long somebody waits for the page."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.adapter.pages.conftest import Models, entry, gate

if TYPE_CHECKING:
    from tests.adapter.pages.conftest import Login

pytestmark = [pytest.mark.adapter, pytest.mark.full, pytest.mark.timeout(600)]

MODELS, DAYS, VISITS, LONGEST = 50, 365, 100, 0.3  # seconds


def test_the_page_of_all_models_is_there_at_once(login: Login, models: Models) -> None:
    kinds = ("gate", "promotion", "drift", "performance", "policy", "scoring")
    for number in range(MODELS):
        models.add(
            f"model_{number}",
            {kind: entry(gate(), DAYS, drawn=kind == "performance", version="3") for kind in kinds},
        )
    client = login("ann")
    client.get("/mlops/models")  # builds the application, and compiles the template
    times = []
    for _ in range(VISITS):
        began = time.perf_counter()
        assert client.get("/mlops/models").status_code == 200
        times.append(time.perf_counter() - began)
    slow = sorted(times)[int(0.95 * VISITS)]
    print(f"\n{MODELS} models, {DAYS} days: median {sorted(times)[VISITS // 2]:.3f} s, p95 {slow:.3f} s")  # noqa: T201
    assert slow <= LONGEST
