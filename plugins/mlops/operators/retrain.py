"""Start the retraining that the policy asked for: once, whatever is retried."""

from __future__ import annotations

from mlops.operators.trigger import TriggerRunOperator


class TriggerRetrainingOperator(TriggerRunOperator):
    """Starts the retraining DAG; ``conf`` holds its ``as_of`` and ``evidence``."""

    ui_color = "#e6defa"
    started = "Started by monitoring; the verdict is in the log of show_evidence."
    dag_file = "retraining.py"
    otherwise = "the next check starts the retraining"
