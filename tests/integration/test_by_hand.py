"""By hand as by Airflow: the tasks of the DAGs, one command at a time, killed, refused and done twice."""

from __future__ import annotations

import getpass
import json
from typing import TYPE_CHECKING, Any

import pytest

from include.errors import ModelError
from mlops import run_context
from mlops.by_hand.lock import holder
from mlops.cli.__main__ import main
from mlops.hooks.object_store import ObjectStoreHook
from mlops.tracking.model_registry import CHALLENGER, CHAMPION, PREVIOUS_CHAMPION
from mlops.tracking.tags import AIRFLOW_RUN, BY, CODE_VERSION
from tests.world.world import FIRST, MODEL, NEXT, World, connect_mlflow

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

REASON = ["--reason", "branches complain"]


class Killed(BaseException):
    """What `kill -9` is to the process."""


@pytest.fixture
def hand(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world without a champion: the first candidate that holds its floors may serve."""
    monkeypatch.setattr(run_context, "MODELS_ROOT", world.folder.parent)
    world.registry.delete_alias(CHAMPION)
    return world


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command; return its exit code, and what it printed on stdout and on stderr."""

    def run(command: str, *arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([command, MODEL, *arguments])
        return (code, *capsys.readouterr())

    return run


def found(printed: str) -> Any:
    """Return the JSON that a command printed; the tests' Airflow logs to the same place."""
    return json.loads(printed[printed.index("{\n") :])


def test_from_data_to_production_and_back(hand: World, run: Callable[..., tuple[int, str, str]]) -> None:
    code, out, _ = run("train", "--as-of", FIRST)
    assert code == 0
    assert "VERDICT new-data check: TRAIN" in out
    hand.edit(("max_iter: 150", "max_iter: 151"))
    code, _, said = run("register", "--stage", "production")
    assert code == 3, "what somebody else has trained is not taken for this"
    assert f"as of {FIRST}, by {getpass.getuser()}, had another model.yaml or estimator" in said
    hand.edit(("max_iter: 151", "max_iter: 150"))
    code, out, _ = run("register", "--stage", "production", "--json")
    assert code == 0
    done = found(out)
    assert done["run"] == f"by_hand__{FIRST}"
    assert [one["decision"] for one in done["verdicts"]] == ["promote"]
    version = done["register"]["version"]
    assert hand.registry.aliases()[CHAMPION] == version != "1"
    tags = hand.registry.version(version).tags  # type: ignore[union-attr]
    assert tags[AIRFLOW_RUN] == f"{MODEL}_training/by_hand__{FIRST}/register"
    assert tags[CODE_VERSION] == run_context.code_version()
    (entry,) = hand.ledger.entries(version=version)
    assert entry.applied
    assert entry.tags[BY] == getpass.getuser()
    assert entry.summary.startswith(f"on manual request of {getpass.getuser()}: ")
    assert run("promote")[0] == 0, "done, and not done again"
    assert len(hand.ledger.entries(version=version)) == 1
    code, out, _ = run("why", "champion")
    assert code == 0
    assert "VERDICT promotion: PROMOTE - version 2 becomes champion" in out
    code, _, said = run("reject", version, *REASON)
    assert code == 3
    assert "is bad_inputs's champion" in said
    code, out, _ = run("rollback", "--to", "1", *REASON)
    assert code == 0
    assert hand.registry.aliases()[CHAMPION] == "1"
    code, _, said = run("promote", version)
    assert code == 3
    assert f"version {version} was promoted before, and version 1 serves by now" in said
    code, out, _ = run("status")
    assert code == 0
    assert "rollback: from version 2 to version 1: branches complain" in out


@pytest.mark.full
class TestKilled:
    @pytest.mark.parametrize("task", ["train", "evaluate", "gate", "register", "promote"])
    def test_the_same_command_finishes_what_was_killed_after_a_task_and_before_it_was_kept(
        self, hand: World, run: Callable[..., tuple[int, str, str]], task: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        from mlops.by_hand.kept_run import KeptRun

        if task != "train":
            assert run("train", "--as-of", FIRST)[0] == 0
        save = KeptRun.save

        def die(kept: KeptRun, store: ObjectStoreHook) -> None:
            if task in kept.results:
                raise Killed
            save(kept, store)

        asked = ("train", "--as-of", FIRST) if task == "train" else ("register", "--stage", "production")
        monkeypatch.setattr(KeptRun, "save", die)
        with pytest.raises(Killed):
            run(*asked)
        monkeypatch.setattr(KeptRun, "save", save)
        assert run(*asked)[0] == 0
        assert run("register", "--stage", "production")[0] == 0
        assert hand.registry.aliases()[CHAMPION] == "2"
        assert [one.kind for one in hand.ledger.entries(version="2")] == ["promotion"]

    def test_a_rollback_that_was_killed_half_way_is_finished(
        self, hand: World, run: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run("train", "--as-of", FIRST)
        assert run("register", "--stage", "production")[0] == 0
        from mlops.tracking.model_registry import ModelRegistry

        set_alias = ModelRegistry.set_alias

        def die(registry: ModelRegistry, alias: str, version: str) -> None:
            if alias == CHAMPION:
                raise Killed
            set_alias(registry, alias, version)

        monkeypatch.setattr(ModelRegistry, "set_alias", die)
        with pytest.raises(Killed):
            run("rollback", "--to", "1", *REASON)
        monkeypatch.setattr(ModelRegistry, "set_alias", set_alias)
        code, out, _ = run("rollback", "--to", "1", *REASON)
        assert code == 0
        assert "finished the rollback that was begun before" in out
        assert hand.registry.aliases() | {CHAMPION: "1", PREVIOUS_CHAMPION: "2"} == hand.registry.aliases()
        assert [one.applied for one in hand.ledger.entries(kind="rollback")] == [True]


@pytest.mark.full
class TestRefused:
    def test_staging_is_the_challenger_and_a_rejected_one_is_not_promoted(
        self, hand: World, run: Callable[..., tuple[int, str, str]]
    ) -> None:
        assert run("train", "--as-of", FIRST)[0] == 0
        code, out, _ = run("evaluate")
        assert code == 0
        assert "VERDICT gate: PROMOTE" in out
        assert CHALLENGER not in hand.registry.aliases(), "an evaluation registers nothing"
        assert run("register")[0] == 0
        assert hand.registry.aliases() == {CHALLENGER: "2"}
        assert run("reject", "2", *REASON)[0] == 0
        assert hand.registry.aliases() == {}
        code, _, said = run("promote")
        assert code == 3
        assert "rejected version 2: branches complain" in said

    def test_a_version_that_does_not_reproduce_itself_does_not_serve(
        self, hand: World, run: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(order: object) -> None:
            raise ModelError("version 2 does not repeat the predictions of its evaluation")

        run("train", "--as-of", FIRST)
        monkeypatch.setattr("mlops.tracking.reproducibility.check_in_new_process", fail)
        code, _, said = run("register", "--stage", "production")
        assert code == 3
        assert said.splitlines()[-1] == "mlops: version 2 does not repeat the predictions of its evaluation"
        assert hand.registry.aliases() == {CHALLENGER: "2"}

    def test_a_gate_that_rejects_registers_nothing(
        self, hand: World, run: Callable[..., tuple[int, str, str]]
    ) -> None:
        hand.edit(("roc_auc: 0.70", "roc_auc: 0.99"))
        assert run("train", "--as-of", FIRST)[0] == 0
        code, out, _ = run("register", "--stage", "production")
        assert code == 3
        assert "VERDICT gate: REJECT" in out
        assert hand.registry.aliases() == {}
        code, out, _ = run("train", "--as-of", FIRST)
        assert code == 3, "the same is not tried again"
        assert "VERDICT new-data check: SKIP" in out

    def test_without_the_approval_that_is_asked_for_nothing_serves(
        self, hand: World, run: Callable[..., tuple[int, str, str]]
    ) -> None:
        hand.edit(("approval: none", "approval: required"))
        assert run("train", "--as-of", FIRST)[0] == 0
        code, _, said = run("register", "--stage", "production")
        assert code == 3
        assert "may not serve without an approval" in said
        assert run("promote", "--approve", "--comment", "checked")[0] == 0
        assert hand.registry.aliases()[CHAMPION] == "2"
        assert [one.kind for one in hand.ledger.entries(version="2")] == ["promotion", "approval"]

    def test_a_champion_that_was_made_meanwhile_is_not_displaced(
        self, hand: World, run: Callable[..., tuple[int, str, str]]
    ) -> None:
        run("train", "--as-of", FIRST)
        assert run("register")[0] == 0
        hand.registry.set_alias(CHAMPION, "1")
        code, _, said = run("promote")
        assert code == 3
        assert "By hand: `bin/mlops train bad_inputs` compares anew" in said
        assert hand.registry.aliases()[CHAMPION] == "1"


@pytest.mark.full
def test_names_that_nobody_knows_get_the_nearest(
    hand: World, run: Callable[..., tuple[int, str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    hand.registry.set_alias(CHAMPION, "1")
    for asked, said in (
        (("compare", "champoin", "1"), "Did you mean bad_inputs@champion?"),
        (("compare", "1", "digits@1"), "'digits@1' is a version of digits; expected one of bad_inputs"),
        (("compare", "1", "1", "--metric", "rocauc"), "did you mean 'roc_auc'?"),
        (("why", "7"), "has no version 7"),
        (("rollback", "--reason", "x"), "no previous champion: version 1 is the first"),
        (("rollback", "--reason", "x", "--to", "7"), "has no version 7"),
        (("why", "--kind", "promotoin"), "did you mean 'promotion'?"),
        (("evaluate", "--as-of", FIRST), f"was not trained by hand as of {FIRST}"),
        (("promote", "9"), "Version 9 of bad_inputs was not registered by hand"),
    ):
        code, _, error = run(*asked)
        assert code == 1, asked
        assert said in error
        assert "Traceback" not in error
    assert main(["train", "bad_input"]) == 1
    assert "did you mean 'bad_inputs'?" in capsys.readouterr().err


@pytest.mark.full
def test_a_model_without_a_champion_scores_nothing_and_with_one_it_does(
    hand: World, run: Callable[..., tuple[int, str, str]]
) -> None:
    code, _, said = run("score", "--as-of", NEXT)
    assert code == 1
    assert "No champion yet" in said
    hand.registry.set_alias(CHAMPION, "1")
    code, out, _ = run("score", "--as-of", NEXT, "--json")
    assert code == 0
    assert ObjectStoreHook().exists(ObjectStoreHook().resolve(found(out)["object_key"]))


@pytest.mark.full
def test_while_mlflow_is_away_the_command_may_be_tried_again(
    hand: World, run: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_mlflow(monkeypatch, 9, timeout=2)
    for asked in (("train", "--as-of", FIRST), ("status",), ("rollback", *REASON)):
        code, _, said = run(*asked)
        assert code == 75
        assert said.splitlines()[-1].startswith("mlops: MLflow could not")
        assert "Traceback" not in said
    assert holder(ObjectStoreHook(), MODEL) == "", "no lock is left behind"
