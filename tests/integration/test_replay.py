"""A few days lived through by Airflow's tasks, then replayed without them: the same decisions, day by day."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mlops import run_context
from mlops.cli.__main__ import main
from mlops.cli.exit_codes import ExitCode
from mlops.hooks.mlflow import MlflowHook
from mlops.hooks.object_store import ObjectStoreHook
from mlops.tracking.tags import GATE
from tests.world.columns import let_predictions_move
from tests.world.dag_run import DagRun

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world.world import World

pytestmark = [pytest.mark.integration, pytest.mark.long, pytest.mark.timeout(900)]

MAY, JUNE, JULY = "2005-05-31", "2005-06-30", "2005-07-31"


def contents(store: Path) -> dict[str, bytes]:
    """Every file of a folder with its bytes."""
    return {str(file): file.read_bytes() for file in sorted(store.rglob("*")) if file.is_file()}


def replay(capsys: pytest.CaptureFixture[str], model: str, cache: Path, *more: str) -> tuple[int, Any]:
    """Replay a model; return the exit code and what was printed as JSON."""
    capsys.readouterr()
    code = main(["replay", model, "--cache", str(cache), "--workers", "1", "--json", *more])
    printed = capsys.readouterr().out  # the tests' Airflow logs to the same place
    return code, json.loads(printed[printed.index("{\n") :])


def live_through(folder: Path, day: str, asset_states: dict[str, Any]) -> bool:
    """Run a day's DAGs, task by task; return whether the model was trained again."""
    scoring = DagRun(folder, as_of=day, kind="scoring", run_id=f"scheduled__{day}")
    assert scoring.run() == "score"
    watching = DagRun(
        folder, as_of=day, kind="monitoring", run_id=f"scheduled__{day}", asset_states=asset_states
    )
    watching.run("policy")
    if watching.results["policy"] != "retrain":
        return False
    handed_on = watching.pushed["policy"]
    retraining = DagRun(
        folder, as_of=day, kind="retraining", run_id=handed_on["run_id"], conf=handed_on["conf"]
    )
    retraining.run()
    return True


def test_a_replay_decides_what_was_decided_live_and_changes_nothing(
    champion: DagRun,
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    model, asset_states = champion.folder.name, {}
    let_predictions_move(world.accounts(JUNE))
    started = [day for day in (JUNE, JULY) if live_through(champion.folder, day, asset_states)]
    assert started == [JUNE, JULY], "without a retraining there would be little to compare"

    monkeypatch.setattr(run_context, "MODELS_ROOT", champion.folder.parent)
    before = contents(world.store), world.registry.aliases(), len(world.runs("training"))
    code, found = replay(capsys, model, tmp_path / "cache", "--check")
    assert found["differences"] == []
    assert code == 0
    days = {day["day"]: day for day in found["days"]["in force"]}
    assert list(days) == [MAY, JUNE, JULY]
    assert days[MAY]["champion"] == "1"
    assert days[JUNE]["policy"] == days[JULY]["policy"] == "retrain"
    trained = days[JULY]["trained"][-1]
    assert (trained["kind"], trained["result"] in {"promoted", "rejected"}) == ("retraining", True)
    assert (contents(world.store), world.registry.aliases(), len(world.runs("training"))) == before, (
        "a replay only reads"
    )

    record = ObjectStoreHook()
    path = record.resolve(f"models/{model}/monitoring/reports/{JULY}.json")
    kept = record.require_json(path)
    record.write_json(path, {**kept, "drift": "no drift", "statuses": {**kept["statuses"], JUNE: "good"}})
    code, found = replay(capsys, model, tmp_path / "cache", "--check")
    assert code == ExitCode.DIFFERS
    assert [(one["day"], one["what"]) for one in found["differences"]] == [
        (JULY, "drift"), (JULY, f"performance of {JUNE}"),
    ]  # fmt: skip

    record.write_json(path, kept)
    newest = max(world.runs("training"), key=lambda run: run.info.start_time)
    MlflowHook().client.delete_tag(newest.info.run_id, GATE)  # as while its retraining goes on
    code, found = replay(capsys, model, tmp_path / "cache", "--check")
    assert (code, found["differences"], found["left_out"]) == (0, [], [f"retraining as of {JULY}"])
