"""A bucket on one side; connections that Airflow knows; a disk that takes no more."""

from __future__ import annotations

import json
import os
import resource
import signal
from typing import TYPE_CHECKING

import pytest

from include.errors import ConfigError, InfrastructureError, TrackingError
from mlops.cli.environments_known import find_environment
from mlops.cli.exit_codes import ExitCode
from mlops.deployment.describe import mark_environment
from mlops.hooks.object_store import ObjectStoreHook
from mlops.tracking.model_registry import CHAMPION
from tests.integration.deployment.conftest import write
from tests.integration.test_aws import client, objects

if TYPE_CHECKING:
    from tests.integration.deployment.conftest import Shipping
    from tests.world.servers import MlflowProcess

pytestmark = [pytest.mark.integration, pytest.mark.full, pytest.mark.timeout(900)]


@pytest.mark.parametrize("side", ["staging", "production"])
def test_a_bucket_is_a_store_on_either_side(
    shipping: Shipping, s3_store: str, s3_endpoint: str, side: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``s3_store`` is a new bucket; the store of the kept world is brought there first."""
    environments = shipping.environments
    if side == "staging":
        bucket, _, prefix = s3_store.removeprefix("s3://").partition("/")
        for file in environments.world.store.rglob("*"):
            if file.is_file() and file.name != "environment.json":
                key = f"{prefix}/{file.relative_to(environments.world.store)}"
                client("s3", s3_endpoint).upload_file(str(file), bucket, key)
    found = json.loads(os.environ["AIRFLOW_CONN_OBJECT_STORE_DEFAULT"])
    one = {
        "conn_id": "object_store_default", "conn_type": "aws", "conn_login": found["login"],
        "conn_password": "${BUCKET_KEY}", "conn_extra": found["extra"],
    }  # fmt: skip
    monkeypatch.setenv("BUCKET_KEY", found["password"])
    described = environments.folder / f"{side}.yaml"
    described.write_text(f"{described.read_text()}connections: [{json.dumps(one)}]\n")
    with environments.inside(side):
        mark_environment(side)
        assert str(ObjectStoreHook().root).startswith("s3://")
    before = objects(s3_store, s3_endpoint)
    verdict = shipping.ship()
    assert verdict.decision == "deployed", verdict.to_text()
    assert shipping.state("production")[0] == {CHAMPION: "1"}
    arrived = set(objects(s3_store, s3_endpoint)) - set(before)
    assert any(one.endswith("test.parquet") for one in arrived) == (side == "production")


def test_where_airflow_knows_the_connections_the_marks_hold_as_well(
    shipping: Shipping, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shipping.environments.folder
    own = find_environment("production").connections(os.environ)
    (folder / "production.yaml").write_text("connections: airflow\n")
    evidence = shipping.collect()
    with pytest.raises(ConfigError, match="belongs to environment 'staging'"):  # this process's own
        shipping.deploy(evidence)
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    assert shipping.deploy(evidence).decision == "deployed"


def test_a_disk_that_takes_no_more_leaves_no_version_and_the_next_try_ends_it(shipping: Shipping) -> None:
    """A process that may write no file of more than 100 kB."""
    evidence = shipping.collect()
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        code = 1
        try:
            shipping.deploy(evidence)
        except InfrastructureError:
            code = ExitCode.TRY_AGAIN
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == ExitCode.TRY_AGAIN
    assert shipping.state("production") == ({}, [("deployment", "planned")])
    assert shipping.deploy(evidence).decision == "deployed"
    assert shipping.state("production")[0] == {CHAMPION: "1"}


def test_a_server_that_is_gone_refuses_nothing(shipping: Shipping, production_server: MlflowProcess) -> None:
    evidence = shipping.collect()
    production_server.stop()
    try:
        with pytest.raises(TrackingError):
            shipping.deploy(evidence)
    finally:
        production_server.start()
    write(
        shipping.environments.folder, "production", shipping.environments.production, production_server.port
    )
    assert shipping.deploy(evidence).decision == "deployed"
