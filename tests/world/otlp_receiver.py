"""A receiver of OpenTelemetry metrics in a thread, which keeps what it gets, or never answers."""

from __future__ import annotations

import atexit
import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

from airflow.sdk._shared.observability.metrics import otel_logger
from airflow.sdk._shared.observability.metrics.base_stats_logger import NoStatsLogger
from airflow.sdk.observability import stats
from airflow.sdk.observability.metrics.stats_utils import get_stats_factory
from opentelemetry import metrics
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.sdk.metrics import MeterProvider

from mlops.metrics import quiet_end
from tests.world.http_server import listening

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

Point = tuple[str, tuple[tuple[str, str], ...]]  # name of a gauge, and its tags in order


@dataclass
class Receiver:
    """What arrived.

    :param hangs: whether it takes a request and never answers.
    :param gauges: the newest value of each gauge of this project, without the prefix of Airflow.
    :param names: every metric that arrived.
    """

    hangs: bool
    port: int = 0
    gauges: dict[Point, float] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)

    @property
    def settings(self) -> dict[str, str]:
        """The environment that lets Airflow send here."""
        return {
            "AIRFLOW__METRICS__OTEL_ON": "True",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{self.port}",
        }

    def keep(self, body: bytes) -> None:
        request = ExportMetricsServiceRequest.FromString(body)
        for metric in (
            metric
            for of in request.resource_metrics
            for scope in of.scope_metrics
            for metric in scope.metrics
        ):
            self.names.add(metric.name)
            for point in metric.gauge.data_points:
                tags = tuple(sorted((one.key, one.value.string_value) for one in point.attributes))
                value = point.as_int if point.WhichOneof("value") == "as_int" else point.as_double
                if metric.name.startswith("airflow.mlops."):
                    self.gauges[metric.name.removeprefix("airflow."), tags] = value


@contextmanager
def otlp_receiver(*, hangs: bool = False) -> Iterator[Receiver]:
    """Run a receiver while the block runs."""
    receiver, over = Receiver(hangs), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if receiver.hangs:
                over.wait(60)
                return
            receiver.keep(body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: Any) -> None: ...

    try:
        with listening(Handler) as receiver.port:
            yield receiver
    finally:
        over.set()


@contextmanager
def sending_to(receiver: Receiver, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let what this process counts go to a receiver, as a task's does; it has arrived after the block."""
    for name, value in receiver.settings.items():
        patch.setenv(name, value)
    patch.setattr(quiet_end, "_guarded", {os.getpid()})  # this process lives on
    stats.initialize(factory=get_stats_factory(), export_legacy_names=False)
    try:
        yield
        provider = metrics.get_meter_provider()
        assert isinstance(provider, MeterProvider), "nothing was counted"
        provider.force_flush()
        provider.shutdown()
    finally:
        stats.initialize(factory=NoStatsLogger, export_legacy_names=False)
        atexit.unregister(otel_logger.flush_otel_metrics)
