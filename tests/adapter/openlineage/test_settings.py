from __future__ import annotations

import json

import pytest

from mlops.openlineage.settings import find_warnings
from tests.world.lineage_backend import Backend

pytestmark = pytest.mark.adapter

NONE = {"total": 0, "connect": 0, "read": 0}


def warnings(transport: dict[str, object], *, in_thread: bool = True) -> str:
    return "\n".join(find_warnings(transport, in_thread=in_thread, execution_timeout=10))


def test_without_a_backend_there_is_nothing_to_warn_of() -> None:
    assert not warnings({}, in_thread=False)


def test_what_the_documentation_recommends_is_fine() -> None:
    settings = Backend("works", port=9).settings
    assert settings["AIRFLOW__OPENLINEAGE__EXECUTE_IN_THREAD"] == "True"
    assert not warnings(json.loads(settings["AIRFLOW__OPENLINEAGE__TRANSPORT"]))


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
