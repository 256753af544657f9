"""Smoke tests of a real model from the registry, served over HTTP: after promotions and rollbacks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from include.config.load import load_model as load_config
from include.errors import ConfigError, DataError, ModelError
from include.serving.golden import GoldenRequests
from include.serving.smoke import FAIL, INCONCLUSIVE, PASS
from include.verdicts import Verdict
from mlops.operators.smoke_test import RESULT
from mlops.serving.endpoint import Endpoint
from mlops.serving.smoke import Smoke, read_golden
from mlops.tracking.evaluation_log import GOLDEN_REQUESTS
from mlops.tracking.model_loading import load_model
from mlops.tracking.model_registry import CHAMPION, PREVIOUS_CHAMPION
from mlops.tracking.tags import BY, COMMENT
from tests.world.dag_run import DagRun
from tests.world.endpoints import Served, serve
from tests.world.ports import free_port
from tests.world.servers import wait_for
from tests.world.world import MODEL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.world.servers import MlflowProcess
    from tests.world.world import World

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]


@dataclass
class Production:
    """The kept world with an endpoint that serves its champion.

    :param world: version 1 is champion.
    :param served: what the endpoint does.
    :param url: where it is.
    """

    world: World
    served: Served
    url: str

    def smoke(self, version: str = "1", **settings: Any) -> Smoke:
        """A smoke test of a version."""
        given = {"requests": 3, "alias": CHAMPION, **settings}
        return Smoke(registry=self.world.registry, endpoint=Endpoint(url=self.url), version=version, **given)

    def serves(self, version: str) -> None:
        """Let the endpoint say so."""
        self.served.version = {"model": MODEL, "version": version}

    def promote(self) -> DagRun:
        """Promote version 2, which is the same model with golden requests of its own, and return the run."""
        hook, first = self.world.hook, self.world.registry.version("1")
        assert first is not None
        serving = f"serving: {{url: '{self.url}', wait_seconds: 1, requests: 3, timeout_seconds: 5}}\n"
        self.world.edit(("alerts:\n", f"{serving}alerts:\n"))
        run = self.world.candidate()
        golden = hook.read_text(str(first.run_id), GOLDEN_REQUESTS)
        hook.log_text(run.results["register"]["run_id"], golden, GOLDEN_REQUESTS)
        run.run_task("promote")
        assert self.world.registry.aliases()[CHAMPION] == "2"
        return run


@pytest.fixture
def production(champion: DagRun, world: World) -> Iterator[Production]:
    config = load_config(world.folder)
    model = load_model(f"models:/{MODEL}/1", config.estimator.trusted_types)
    served = Served(ask=lambda frame: model.predict_proba(frame).tolist())
    with serve(served) as url:
        made = Production(world, served, url)
        made.serves("1")
        yield made


def outcomes(found: Verdict) -> dict[str, str]:
    return {reason.rule: reason.outcome for reason in found.reasons}


def test_the_evaluation_leaves_golden_requests_that_the_version_answers_to_the_last_digit(
    production: Production,
) -> None:
    golden = read_golden(production.world.registry, "1")
    assert set(golden.columns) == set(load_config(production.world.folder).feature_names)
    verdict = production.smoke().run()
    assert verdict.decision == PASS, verdict.to_text()
    assert verdict.inputs["largest_difference"] == 0
    assert set(outcomes(verdict).values()) == {"passed", "not applicable"}
    # A server as MLflow's, which says its own version, is believed by its answers.
    production.served.version = "3.17.2"
    assert outcomes(production.smoke().run())["version"] == "not applicable"
    assert production.smoke().wait(0)
    # Another champion by hand, while the test runs.
    production.served.ask = lambda frame: (
        production.world.registry.set_alias(CHAMPION, production.world.new_version()[0]) or [0.5] * len(frame)
    )
    assert production.smoke(requests=1).run().decision == INCONCLUSIVE


def test_what_can_not_be_tested_is_named(production: Production) -> None:
    world = production.world
    with pytest.raises(ModelError, match="has no version 9: it never had"):
        production.smoke("9").run()
    version, run_id = world.new_version()
    with pytest.raises(ModelError, match="version 2 has no golden requests"):
        production.smoke(version).run()
    world.hook.log_text(run_id, "{", GOLDEN_REQUESTS)
    with pytest.raises(DataError, match="not a valid set of golden requests"):
        production.smoke(version).run()


def test_after_a_promotion_an_endpoint_that_follows_keeps_the_champion(production: Production) -> None:
    run = production.promote()
    production.serves("2")
    assert run.run_task("smoke_test") is None
    assert "roll_back" in run.skipped
    verdict = Verdict.from_dict(run.pushed["smoke_test"]["verdict"])
    assert verdict.decision == PASS
    kept = production.world.hook.read_text(run.results["register"]["run_id"], RESULT)
    assert Verdict.from_dict(json.loads(kept)) == verdict
    production.world.registry.set_alias(CHAMPION, "1")  # somebody goes back by hand, and the task is cleared
    assert run.run_task("smoke_test") is None
    assert run.pushed["smoke_test"]["verdict"]["decision"] == INCONCLUSIVE


def test_a_promotion_that_the_endpoint_does_not_serve_rightly_is_rolled_back(production: Production) -> None:
    run, world = production.promote(), production.world
    assert run.run_task("smoke_test") == "roll_back", "it serves version 1 after wait_seconds"
    assert run.pushed["smoke_test"]["verdict"]["summary"] == "version: version 1"

    production.serves("2")
    right = production.served.ask
    production.served.ask = lambda frame: [[1 - b, a] for a, b in right(frame)][::-1]
    assert run.run_task("smoke_test") == "roll_back"
    trigger = run.operator("roll_back")
    assert trigger.trigger_dag_id == f"{MODEL}_rollback"
    assert trigger.trigger_run_id == run.pushed["smoke_test"]["run_id"]
    assert (trigger.conf["target"], trigger.conf["only_from"]) == ("1", "2")

    back = DagRun(
        world.folder, kind="rollback", run_id=trigger.trigger_run_id, conf=trigger.conf, as_of="2005-06-30"
    )
    back.run_task("rollback")
    assert world.registry.aliases() | {"challenger": ""} == {
        CHAMPION: "1", PREVIOUS_CHAMPION: "2", "challenger": "",
    }  # fmt: skip
    (entry,) = world.ledger.entries(kind="rollback")
    assert entry.tags[BY] == "a failed smoke test"
    assert entry.tags[COMMENT].startswith("smoke test: predictions: largest difference")
    with pytest.raises(ModelError, match=r"smoke test of version 1 .* failed .*was rolled back to"):
        back.run_task("smoke_test")
    production.serves("1")
    production.served.ask = right
    assert back.run_task("smoke_test") is None


def test_an_endpoint_that_is_down_is_waited_for_and_rolled_back_from(production: Production) -> None:
    run = production.promote()
    production.world.edit((production.url, f"http://127.0.0.1:{free_port()}"))
    assert run.run_task("smoke_test") == "roll_back"
    verdict = run.pushed["smoke_test"]["verdict"]
    assert verdict["decision"] == FAIL
    assert "nobody listens there" in verdict["summary"]
    production.world.registry.delete_alias(PREVIOUS_CHAMPION)
    with pytest.raises(ModelError, match="Nothing is rolled back, because it is the first version"):
        run.run_task("smoke_test")
    text = (production.world.folder / "model.yaml").read_text()
    (production.world.folder / "model.yaml").write_text(
        "".join(line for line in text.splitlines(keepends=True) if not line.startswith("serving:"))
    )
    with pytest.raises(ConfigError, match="no section 'serving' any more"):
        run.run_task("smoke_test")


def test_a_connection_leads_to_the_endpoint_with_its_token(
    production: Production, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, port = production.url.removeprefix("http://").split(":")
    connection = {"conn_type": "http", "host": host, "port": int(port), "password": "t0ken"}
    monkeypatch.setenv("AIRFLOW_CONN_MODELS", json.dumps(connection))
    run = production.promote()
    production.world.edit((f"url: '{production.url}'", "connection: models"))
    production.serves("2")
    production.served.token = "t0ken"
    assert run.run_task("smoke_test") is None
    monkeypatch.setenv("AIRFLOW_CONN_MODELS", json.dumps(connection | {"password": "other"}))
    assert run.run_task("smoke_test") == "roll_back"
    assert "HTTP 401" in run.pushed["smoke_test"]["verdict"]["summary"]


@pytest.mark.full  # half a minute for its start; CI has the same protocol from a server in this process
def test_mlflows_own_server_answers_golden_requests_to_the_last_digit(
    production: Production, mlflow_process: MlflowProcess, tmp_path: Path
) -> None:
    port, log = free_port(), tmp_path / "serve.log"
    command = [
        sys.executable, "-m", "mlflow", "models", "serve", "--model-uri", f"models:/{MODEL}/1",
        "--port", str(port), "--env-manager", "local",
    ]  # fmt: skip
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {
        **os.environ,
        "PATH": path,
        "MLFLOW_TRACKING_URI": f"http://127.0.0.1:{mlflow_process.port}",
    }
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, stdout=stream, stderr=stream, env=environment, start_new_session=True
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/ping", process, log)
        production.url = f"http://127.0.0.1:{port}"
        verdict = production.smoke().run()
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert verdict.decision == PASS, verdict.to_text()
    assert verdict.inputs["largest_difference"] == 0
    assert outcomes(verdict)["version"] == "not applicable", "it says MLflow's"


def test_golden_requests_are_a_record_in_the_shape_of_invocations(production: Production) -> None:
    first = production.world.registry.version("1")
    assert first is not None
    stored = json.loads(production.world.hook.read_text(str(first.run_id), GOLDEN_REQUESTS))
    assert stored["format"] == 1
    assert set(stored["dataframe_split"]) == {"columns", "data"}
    assert GoldenRequests.from_dict(stored).model == MODEL
