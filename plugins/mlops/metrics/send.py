"""Send gauges the way Airflow sends its own: by OTLP or StatsD, if ``[metrics]`` is on; otherwise nothing."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from airflow.sdk.configuration import conf
from airflow.sdk.observability import stats

if TYPE_CHECKING:
    from collections.abc import Iterable

    from include.pages.gauges import Gauge

log = logging.getLogger(__name__)

_SWITCHES = ("otel_on", "statsd_on", "statsd_datadog_enabled")


def is_on() -> bool:
    """Return whether Airflow sends metrics anywhere."""
    return any(conf.getboolean("metrics", switch, fallback=False) for switch in _SWITCHES)


def send_gauges(model: str, gauges: Iterable[Gauge]) -> None:
    """Hand gauges to Airflow, which sends them when the task's process ends; what fails is a line in the log.

    :param model: name of the model.
    :param gauges: what to tell of it.
    """
    try:
        for one in gauges:
            stats.gauge(one.name, one.value, tags={"model": model, **one.tags})
    except Exception as error:  # whatever is wrong with a receiver is no reason to fail what was decided
        log.warning("The metrics do not show this run: %s: %s", type(error).__name__, error)
