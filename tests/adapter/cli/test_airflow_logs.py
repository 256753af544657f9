from __future__ import annotations

import subprocess
import sys

import pytest

from mlops.cli.exit_codes import ExitCode
from mlops.run_context import PROJECT_ROOT

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(120)]

LOGS = """
from mlops.cli.airflow_logs import log_to_stderr
log_to_stderr()
import logging, structlog
from airflow.sdk import BaseHook
logging.getLogger("urllib3").warning("a library's")
structlog.get_logger("structured").warning("a structured one")
BaseHook().log.warning("a hook's")
print("RESULT")
"""


def test_only_results_are_on_stdout() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOGS], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "RESULT\n"
    for line in ("a library's", "a structured one", "a hook's"):
        assert line in done.stderr


def test_a_command_that_asks_servers_prints_nothing_else() -> None:
    settings = "AIRFLOW_CONN_MLFLOW_DEFAULT=http://127.0.0.1:9"
    done = subprocess.run(
        ["env", settings, sys.executable, "-m", "mlops.cli", "ledger", "credit_risk"],
        cwd=PROJECT_ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == ExitCode.TRY_AGAIN
    assert done.stdout == ""
    assert "Retrying" in done.stderr
