"""What a person asks for on a model's page, with a real MLflow server: done once, and refused in words."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

from include.alerting.alert import Alert, Cause
from include.errors import ConfigError, RefusedError
from include.lineage import SnapshotRef
from include.pages.decisions import Decisions
from mlops import object_keys
from mlops.alerts.open_alerts import OpenAlerts
from mlops.data.quarantine_by_hand import quarantine_by_hand
from mlops.hooks.object_store import ObjectStoreHook
from mlops.page_state.keys import decisions_key
from mlops.tracking.model_registry import CHALLENGER, CHAMPION
from mlops.tracking.tags import APPROVAL_BY, BY, COMMENT, VERSION
from tests.world.dag_run import DagRun
from tests.world.versions import Versions

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

MD5 = "0b3c5c4a6d3e0f1b2a49587f6e5d4c3b"


@pytest.fixture
def world(small_model: Path, state: Path, mlflow_server: object) -> Versions:
    """Version 1 serves and version 2 is challenger."""
    found = Versions(small_model, state)
    for number in ("1", "2"):
        found.register(f"r{number}", found.key(f"t{number}"))
    found.registry.set_alias(CHAMPION, "1")
    found.registry.set_alias(CHALLENGER, "2")
    return found


def ask(world: Versions, request: str, subject: str, states: dict[str, Any] | None = None) -> dict[str, Any]:
    conf = {"request": request, "subject": subject, "reason": "seen by hand"}
    run = DagRun(
        world.folder, kind="requests", run_id="page__1", conf=conf, user="ann", as_of="2005-07-01",
        asset_states=states if states is not None else {},
    )  # fmt: skip
    return dict(run.run_task("request"))


def test_a_delivery_is_released_once_with_who_and_why(world: Versions) -> None:
    store, model = ObjectStoreHook(), world.registry.model
    ref = SnapshotRef(
        table="features", partition="2005-06-30", path=f"{model}/features/2005-06-30.parquet", md5=MD5,
        rows=1, size=1, commit="c", source="s", source_sha256="d", schema_digest="d",
    )  # fmt: skip
    quarantine_by_hand(store, model, ref, "amounts in cents")
    states: dict[str, Any] = {}
    for _ in range(2):
        done = ask(world, "release", MD5, states)
        assert done["done"] == "ann released it from quarantine: seen by hand"
    assert store.read_json(store.resolve(object_keys.quarantine(model, MD5))) is None
    kept = store.require_json(store.resolve(object_keys.release(model, MD5)))
    assert (kept["released"]["by"], kept["released"]["reason"]) == ("ann", "seen by hand")
    (one,) = Decisions.from_dict(states[decisions_key("release")]).decided
    assert (one.decision, one.place.run_id) == ("release", "page__1")


def test_a_version_that_does_not_serve_is_rejected_once(world: Versions) -> None:
    for _ in range(2):
        ask(world, "reject", "2")
    (entry,) = world.ledger.entries(kind="rejection")
    assert entry.applied
    assert (entry.tags[VERSION], entry.tags[BY], entry.tags[COMMENT]) == ("2", "ann", "seen by hand")
    assert world.registry.aliases() == {CHAMPION: "1"}
    version = world.registry.version("2")
    assert version is not None
    assert version.tags[APPROVAL_BY] == "ann"


def test_an_alert_is_acknowledged_and_stays_open(world: Versions) -> None:
    alerts = OpenAlerts(world.registry.model, ObjectStoreHook())
    cause = Cause(model=world.registry.model, kind="failure", subject="validate")
    alerts.record_occurrence(Alert(cause=cause, subject="validate failed", text="why"))
    for _ in range(2):
        done = ask(world, "acknowledge", cause.digest)
        assert done["done"] == "ann acknowledged it: seen by hand"
    ((digest, known),) = alerts.all()
    assert digest == cause.digest
    assert (known.acknowledged["by"], known.acknowledged["reason"]) == ("ann", "seen by hand")
    again, mine = alerts.record_occurrence(Alert(cause=cause, subject="validate failed", text="why"))
    assert again.acknowledged == known.acknowledged
    assert asdict(again)["occurrences"] == 2, mine


@pytest.mark.parametrize(
    ("request_", "subject", "error", "words"),
    [
        ("release", MD5, ConfigError, "is not quarantined"),
        ("reject", "9", ConfigError, "has no version '9'"),
        ("reject", "abc", ConfigError, "has no version 'abc'"),
        ("reject", "1", RefusedError, "it is left by a rollback"),
        ("acknowledge", "abc", ConfigError, "no alert 'abc'"),
    ],
)
def test_what_can_not_be_done_is_refused_and_changes_nothing(
    world: Versions, request_: str, subject: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        ask(world, request_, subject)
    assert world.registry.aliases() == {CHAMPION: "1", CHALLENGER: "2"}
    assert world.ledger.entries() == []
