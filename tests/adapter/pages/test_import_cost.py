"""What the pages cost a process that serves none: every process of Airflow loads the plugin."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]

MOST = 0.05  # seconds of CPU
SERVERS_ONLY = ("airflow", "fastapi", "jinja2", "httpx", "starlette", "mlflow", "pandas", "dvc")
PROGRAM = """
import json, sys, time
began = time.process_time()
from mlops.pages.lazy_app import fastapi_apps
from mlops.pages.places import external_views
fastapi_apps(), external_views()
print(json.dumps([time.process_time() - began, sorted(sys.modules)]))
"""


def test_a_process_that_serves_no_page_imports_nothing_of_them() -> None:
    answer = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True)
    seconds, modules = json.loads(answer.stdout)
    assert {name.split(".")[0] for name in modules}.isdisjoint(SERVERS_ONLY)
    own = {"lazy_app", "places"}
    assert {name.split(".")[2] for name in modules if name.startswith("mlops.pages.")} == own
    assert seconds <= MOST
