"""What Prometheus reads at ``/metrics``."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


class Metrics:
    """The figures of one server; each attribute says what it counts."""

    def __init__(self) -> None:
        own = self._registry = CollectorRegistry()
        ProcessCollector(registry=own)
        self.requests = Counter(
            "serving_requests", "Requests to /invocations by status", ["status"], registry=own
        )
        self.seconds = Histogram(
            "serving_request_seconds",
            "From the request's headers to its answer",
            buckets=_SECONDS,
            registry=own,
        )
        self.rows = Counter("serving_rows", "Rows answered by a version", ["version"], registry=own)
        self.challenger_failures = Counter(
            "serving_challenger_failures", "Requests that the challenger failed on and the other answered",
            registry=own,
        )  # fmt: skip
        self.serving = Gauge(
            "serving_version", "1 for each version that answers", ["role", "version"], registry=own
        )
        self.swaps = Counter("serving_swaps", "Times that another version took over", registry=own)
        self.refusals = Counter(
            "serving_refused_versions", "Versions that were not taken", ["reason"], registry=own
        )
        self.refused = Gauge(
            "serving_refused",
            "1 while an alias points to a version that was not taken",
            ["alias"],
            registry=own,
        )
        self.registry_up = Gauge("serving_registry_up", "Whether MLflow answered last time", registry=own)
        self.polled = Gauge(
            "serving_registry_polled_timestamp_seconds", "When it last answered", registry=own
        )
        self.logged_rows = Counter("serving_log_rows", "Rows written to the request log", registry=own)
        self.dropped_rows = Counter(
            "serving_log_dropped_rows", "Rows that the request log had no room or place for", registry=own
        )
        self.queued = Gauge("serving_log_queue", "Requests that wait to be written", registry=own)

    def text(self) -> bytes:
        """Return all figures in Prometheus' text format."""
        return generate_latest(self._registry)
