"""Start the rollback that probation decided on: once for each piece of evidence, whatever is retried."""

from __future__ import annotations

from mlops.operators.trigger import TriggerRunOperator


class TriggerRollbackOperator(TriggerRunOperator):
    """Starts the rollback DAG; ``conf`` holds its ``target``, ``only_from`` and ``reason``."""

    ui_color = "#ffe0dc"
    started = "Started by probation; the verdict is in the log of the monitoring DAG's task probation."
    dag_file = "rollback.py"
    otherwise = "the next check starts the rollback"
