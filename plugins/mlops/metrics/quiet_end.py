"""A receiver of metrics that is away, or hangs, neither writes into a task's log nor holds its process.

Airflow sends what a task has counted when its process ends. A receiver that does not answer is tried for 10 s
then, and each try is a line in the task's log, below the verdict, which is to be the last thing there. What
the exporter has to say is said by the scheduler, which sends to the same place each minute; and a second or
two is all that a worker's slot is worth.
"""

from __future__ import annotations

import atexit
import logging
import os
import sys
from threading import Thread

from airflow.sdk.configuration import conf
from opentelemetry import metrics

LONGEST = 2.0  # seconds that a process waits at its end, where OpenTelemetry's own timeout is not set
_TIMEOUTS = ("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT")
_LOGGERS = (  # where Airflow keeps the function that sends everything when a process ends, without a bound
    "airflow.sdk._shared.observability.metrics.otel_logger",
    "airflow._shared.observability.metrics.otel_logger",
)
_guarded: set[int] = set()  # ids of this process: a fork begins without


def guard_end_of_task() -> None:
    """Keep the exporter of metrics out of the rest of this process's log, and bound its time at the end.

    Nothing is done where Airflow sends nothing by OTLP: StatsD sends datagrams, and waits for nobody. Where
    the log is at level DEBUG, it is left as it is, for whoever looks for what is wrong.
    """
    if os.getpid() in _guarded or not conf.getboolean("metrics", "otel_on", fallback=False):
        return
    _guarded.add(os.getpid())
    if not logging.getLogger().isEnabledFor(logging.DEBUG):
        exporters = logging.getLogger("opentelemetry")
        exporters.propagate = False
        exporters.addHandler(logging.NullHandler())
    for name in _LOGGERS:
        if unbounded := getattr(sys.modules.get(name), "flush_otel_metrics", None):
            atexit.unregister(unbounded)
    atexit.register(_send_what_is_left)


def _send_what_is_left() -> None:
    """Send what was counted and not sent yet; give up after a while."""
    provider = metrics.get_meter_provider()
    if not hasattr(provider, "force_flush"):
        return  # nothing was counted
    sending = Thread(target=provider.force_flush, name="last-metrics", daemon=True)
    try:
        sending.start()
    except RuntimeError:  # an interpreter that shuts down, and is not that of a task, starts no threads
        provider.force_flush()
    else:
        sending.join(_longest())


def _longest() -> float:
    """Return how many seconds to wait: what was set for the exporter, if anything was."""
    try:
        return float(next(filter(None, map(os.environ.get, _TIMEOUTS)), LONGEST))
    except ValueError:
        return LONGEST
