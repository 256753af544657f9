"""Each place knows its environment; a connection that leads elsewhere is refused before anything is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.errors import ConfigError
from mlops.deployment.describe import describe_environment, mark_environment
from mlops.hooks.data_registry import DataRegistryHook
from mlops.hooks.mlflow import MlflowHook
from mlops.hooks.object_store import ObjectStoreHook
from mlops.tracking.ledger import Ledger
from tests.integration.deployment.conftest import write
from tests.world.world import MODEL

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.deployment.conftest import Environments
    from tests.world.servers import MlflowProcess

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

USES: dict[str, Callable[[], object]] = {
    "mlflow, asked": lambda: Ledger(MlflowHook(), MODEL).entries(),
    "mlflow, written": lambda: MlflowHook().client,
    "object store": lambda: ObjectStoreHook().resolve("models"),
    "data registry": lambda: DataRegistryHook().pointers(MODEL),
}


def test_both_are_described_and_a_swapped_connection_is_refused(
    environments: Environments, mlflow_process: MlflowProcess
) -> None:
    with environments.inside("staging"):
        staging = describe_environment("staging", "s")
        for use in USES.values():
            use()
    with environments.inside("production"):
        production = describe_environment("production", "p")
    assert (staging.problem, staging.models[MODEL].version, staging.missing) == ("", "1", {})
    assert (production.problem, production.models[MODEL].version) == ("", None)

    # By a slip of the hand production's file leads to staging.
    write(environments.folder, "production", environments.world.home / "state", mlflow_process.port)
    before = environments.world.in_production()
    with environments.inside("production"):
        for use in USES.values():
            with pytest.raises(
                ConfigError, match=r"belongs to environment 'staging', .* works in 'production'"
            ):
                use()
        with pytest.raises(ConfigError, match="belongs to environment 'staging'"):
            mark_environment("production")
        assert "belongs to environment 'staging'" in describe_environment("production", "p").problem
    assert environments.world.in_production() == before


def test_a_place_without_a_mark_is_not_taken_for_anybodys(environments: Environments) -> None:
    (environments.production / "store" / "environment.json").unlink()
    with environments.inside("production"), pytest.raises(ConfigError, match="bears no mark"):
        ObjectStoreHook().resolve("models")
    with environments.inside("staging"):  # a source is nobody's
        assert ObjectStoreHook("credit_risk_source", marked=False).root
