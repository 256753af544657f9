"""Everybody who says when labels are due counts the horizon, too."""

from __future__ import annotations

import pytest

from include.data.labelled_window import Figures, Window
from include.data.maturity import due_date
from include.data.readiness_text import when_more

pytestmark = pytest.mark.core


def test_a_run_that_waits_counts_horizon_and_lag(make_config):
    event = {"event": "lost_on", "horizon_days": 60, "delay_days": 10, "column": "lost_on_within_60_days"}
    nothing = Figures(rows=0, classes=(0, 0), entities=(0, 0))
    window = Window(
        as_of="2005-06-30", train=(), test=(), trained=nothing, tested=nothing, coverage=(), full=False
    )
    config = make_config(target=event)
    assert when_more(window, config).endswith("are due 70 days after its date")
    assert due_date("2005-04-30", config) == "2005-07-09"
    assert when_more(window, make_config()).endswith(f"{make_config().target.delay_days} days after its date")
