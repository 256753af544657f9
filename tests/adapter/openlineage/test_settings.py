from __future__ import annotations

import json
import os
import subprocess
import sys
from configparser import ConfigParser

import pytest

from mlops.openlineage.defaults import fill_settings
from mlops.openlineage.settings import find_warnings
from mlops_plugin import MlopsPlugin
from tests.world.lineage_backend import Backend

pytestmark = pytest.mark.adapter

TRANSPORT = '{"type": "http", "url": "http://127.0.0.1:9"}'
NONE = {"total": 0, "connect": 0, "read": 0}


def warnings(transport: dict[str, object], *, in_thread: bool = True) -> str:
    return "\n".join(find_warnings(transport, in_thread=in_thread, execution_timeout=10))


def test_without_a_backend_there_is_nothing_to_warn_of() -> None:
    assert not warnings({}, in_thread=False)


PREFIX = "AIRFLOW__OPENLINEAGE__"
WAITS_FOR_NOBODY = {"EXECUTE_IN_THREAD": "True", "EXECUTION_TIMEOUT": "5"}


def filled(given: dict[str, str], file: str = "") -> dict[str, str]:
    """Return the settings that a process has in the end, without Airflow's prefix."""
    parser = ConfigParser()
    parser.read_string(file)
    environment = {f"{PREFIX}{name}": value for name, value in given.items()}
    fill_settings(environment, parser)
    return {name.removeprefix(PREFIX): value for name, value in environment.items()}


def test_what_the_documentation_shows_is_completed_so_that_no_task_waits() -> None:
    settings = Backend("works", port=9).settings
    given = {name.removeprefix(PREFIX): value for name, value in settings.items()}
    assert set(given) == {"TRANSPORT", "NAMESPACE"}
    found = filled(given)
    assert found == given | WAITS_FOR_NOBODY | {"TRANSPORT": found["TRANSPORT"]}
    transport = json.loads(found["TRANSPORT"])
    assert transport == {"type": "http", "url": "http://127.0.0.1:9", "timeout": 1, "retry": NONE}
    assert not warnings(transport)


@pytest.mark.parametrize("wrap", [list, lambda parts: dict(enumerate(parts))])
def test_transports_within_a_composite_one_are_completed(wrap: type) -> None:
    parts = [{"type": "http", "url": "http://a"}, {"type": "console"}, "what no transport can be"]
    transport = {"type": "composite", "transports": wrap(parts)}
    found = json.loads(filled({"TRANSPORT": json.dumps(transport)})["TRANSPORT"])["transports"]
    first, *others = found.values() if isinstance(found, dict) else found
    assert first == {"type": "http", "url": "http://a", "timeout": 1, "retry": NONE}
    assert others == parts[1:]


def test_what_somebody_has_set_stays() -> None:
    transport = json.dumps({"type": "http", "url": "http://a", "timeout": 3, "retry": {"total": 2}})
    assert json.loads(filled({"TRANSPORT": transport})["TRANSPORT"]) == json.loads(transport)
    given = {"EXECUTE_IN_THREAD": "False", "EXECUTION_TIMEOUT": "9"}
    assert filled(given) == given
    asked = {"EXECUTE_IN_THREAD_CMD": "echo False", "EXECUTION_TIMEOUT_SECRET": "there"}
    assert filled(asked) == asked
    assert filled({}, "[openlineage]\nexecute_in_thread = False\nexecution_timeout = 9\n") == {}
    for broken in ("", "no JSON", "[]", '{"type": "kafka"}', '{"type": "composite"}'):
        assert filled({"TRANSPORT": broken}) == {"TRANSPORT": broken} | WAITS_FOR_NOBODY


def test_the_plugin_fills_them_in_when_airflow_loads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}TRANSPORT", TRANSPORT)
    for name in WAITS_FOR_NOBODY:
        monkeypatch.delenv(f"{PREFIX}{name}", raising=False)
    MlopsPlugin.on_load()
    assert json.loads(os.environ[f"{PREFIX}TRANSPORT"])["retry"] == NONE
    assert {name: os.environ[f"{PREFIX}{name}"] for name in WAITS_FOR_NOBODY} == WAITS_FOR_NOBODY


@pytest.mark.full  # imports Airflow anew; CI has the plugin alone
@pytest.mark.parametrize(
    "load",
    [
        "from airflow.plugins_manager import ensure_plugins_loaded as load; load()",
        "from airflow.sdk.listener import get_listener_manager as load; load()",
    ],
    ids=["Airflow", "a task"],
)
def test_the_provider_reads_what_was_filled_in_wherever_its_plugin_is_loaded(load: str) -> None:
    code = (
        f"{load}\n"
        "from airflow.providers.openlineage import conf\n"
        "print(conf.transport()['retry'], conf.execute_in_thread(), conf.execution_timeout())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, f"{PREFIX}TRANSPORT": TRANSPORT},
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == f"{NONE} True 5", done.stderr


def test_the_client_s_own_settings_are_warned_of() -> None:
    found = warnings({"type": "http", "url": "http://b"}, in_thread=False)
    assert "requests to http://b are retried (retry.total, retry.connect, retry.read)" in found
    assert "may take 5 s each" in found
    assert "which waits 13 s for each" in found


@pytest.mark.parametrize("wrap", [list, lambda parts: dict(enumerate(parts))])
def test_transports_within_a_composite_one_are_looked_at(wrap: type) -> None:
    good = {"type": "http", "url": "http://good", "timeout": 1, "retry": NONE}
    bad = {"type": "http", "url": "http://bad", "timeout": 1}
    found = warnings({"type": "composite", "transports": wrap([good, bad, {"type": "console"}])})
    assert "http://bad" in found
    assert "http://good" not in found
