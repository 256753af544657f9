"""Every gauge that is sent of a model: its name, unit, tags, and which task sends it.

Airflow puts ``airflow.`` before a name. Its gauges have no unit, so that a time says in its name what it is.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class GaugeKind:
    """What one gauge says.

    :param says: what it is, for the documentation.
    :param unit: its unit, for the documentation: Airflow's gauges have none.
    :param sent_by: the tasks that send it.
    :param tags: names of its tags besides ``model``.
    """

    says: str
    unit: str
    sent_by: str
    tags: tuple[str, ...] = ()


# By name, without the prefix that Airflow puts before it (``airflow.``).
GAUGES = {
    "mlops.dag.last_success_timestamp_seconds": GaugeKind(
        says="end of the newest run of a DAG that succeeded", unit="s since 1970", tags=("kind",),
        sent_by="the scheduler",
    ),
    "mlops.delivery.newest_timestamp_seconds": GaugeKind(
        says="the newest delivery that was scored: midnight UTC of its partition", unit="s since 1970",
        sent_by="`score`",
    ),
    "mlops.delivery.rows": GaugeKind(says="rows of that delivery", unit="rows", sent_by="`score`"),
    "mlops.drift.severity": GaugeKind(
        says="drift effect of a column in the newest delivery, in thresholds: from 1 on it matters if it is "
        "beyond chance",
        unit="1", tags=("column",), sent_by="`drift_check`",
    ),
    "mlops.performance.realised": GaugeKind(
        says="primary metric in the newest window with labels", unit="of the metric", tags=("metric",),
        sent_by="`performance_check`",
    ),
    "mlops.performance.realised_low": GaugeKind(
        says="lower end of its interval", unit="of the metric", tags=("metric",),
        sent_by="`performance_check`",
    ),
    "mlops.performance.realised_high": GaugeKind(
        says="upper end of its interval", unit="of the metric", tags=("metric",),
        sent_by="`performance_check`",
    ),
    "mlops.performance.expected": GaugeKind(
        says="what the evaluation before the promotion promised of it", unit="of the metric",
        tags=("metric",), sent_by="`performance_check`",
    ),
    "mlops.performance.window_timestamp_seconds": GaugeKind(
        says="which window that is: midnight UTC of its partition", unit="s since 1970", tags=("metric",),
        sent_by="`performance_check`",
    ),
    "mlops.performance.estimated": GaugeKind(
        says="metric estimated from the newest predictions alone, before labels", unit="of the metric",
        tags=("metric",), sent_by="`drift_check`",
    ),
    "mlops.performance.estimated_low": GaugeKind(
        says="lower end of its interval", unit="of the metric", tags=("metric",), sent_by="`drift_check`"
    ),
    "mlops.performance.estimated_high": GaugeKind(
        says="upper end of its interval", unit="of the metric", tags=("metric",), sent_by="`drift_check`"
    ),
    "mlops.champion.version": GaugeKind(
        says="the version that serves", unit="number of the version",
        sent_by="`promote`, `rollback`, `score`",
    ),
    "mlops.champion.since_timestamp_seconds": GaugeKind(
        says="since when it serves, by the ledger", unit="s since 1970",
        sent_by="`promote`, `rollback`, `score`",
    ),
    "mlops.ledger.retrainings": GaugeKind(
        says="trainings that ended with a decision, the first one among them", unit="in all",
        sent_by="`gate` (when it rejects), `promote`, `rollback`, `score`",
    ),
    "mlops.ledger.promotions": GaugeKind(
        says="promotions that were applied", unit="in all",
        sent_by="`gate` (when it rejects), `promote`, `rollback`, `score`",
    ),
    "mlops.ledger.rollbacks": GaugeKind(
        says="rollbacks that were applied", unit="in all",
        sent_by="`gate` (when it rejects), `promote`, `rollback`, `score`",
    ),
}  # fmt: skip
