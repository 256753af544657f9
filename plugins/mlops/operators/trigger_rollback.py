"""Start the rollback that probation or a smoke test decided on: once for its evidence."""

from __future__ import annotations

from mlops.operators.trigger import TriggerRunOperator


class TriggerRollbackOperator(TriggerRunOperator):
    """Starts the rollback DAG; ``conf`` holds its ``target``, ``only_from`` and ``reason``."""

    ui_color = "#ffe0dc"
    started = "Started by probation or a smoke test; the verdict is in the log of the task before roll_back."
    dag_file = "rollback.py"
    otherwise = "the champion stays, and after a check of probation the next one starts the rollback"
