from __future__ import annotations

import getpass
import json
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from include.errors import ConfigError, StaleDecisionError, TrackingError
from mlops import object_keys, run_context
from mlops.cli import __main__ as command_line
from mlops.cli.command_group import CommandGroup
from mlops.cli.registry import COMMANDS, Command
from mlops.hooks.object_store import ObjectStoreHook
from mlops.run_context import PROJECT_ROOT
from mlops.tracking.tags import BY, FROM_VERSION, VERSION

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


pytestmark = [pytest.mark.adapter, pytest.mark.timeout(120)]

WITHOUT_TABLE = {"experiment", "new-model"}  # what they print is what DVC prints, or a report on a table
MD5 = "0123456789abcdef0123456789abcdef"


def test_without_a_command_it_says_which_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main([]) == 2
    assert "Missing command" in capsys.readouterr().err


def test_help_names_every_command_below_its_panel(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["--help"]) == 0
    said = capsys.readouterr().out
    for command in COMMANDS:
        assert said.index(f"\n{command.panel}:\n") < said.index(f"\n  {command.name} ")
        assert " ".join(command.help.split()) in " ".join(said.split())


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_the_help_of_a_command_has_examples_that_it_takes_and_its_exit_codes(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main([command.name, "--help"]) == 0
    said = capsys.readouterr().out
    assert f"\n    bin/mlops {command.name}" in said
    assert ":param" not in said
    assert re.search(r"Exit codes:\n +0  ", said)
    module = import_module(command.module)
    for line in module.EXAMPLES.strip().splitlines():
        if line.startswith("bin/mlops "):
            words = shlex.split(line)[2:]
            found = CommandGroup().get_command(None, command.name)
            found.make_context(command.name, list(words))  # raises what a wrong command line gets
    assert any("--json" in one.opts for one in found.params) or command.name in WITHOUT_TABLE


def test_an_unknown_command_is_named_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["legder"]) == 2
    said = capsys.readouterr().err
    assert "There is no command 'legder'. Did you mean ledger? The commands: new-model, " in said
    assert command_line.main(["ledger", "m", "--jsn"]) == 2
    assert "--json" in capsys.readouterr().err


def test_help_and_completion_do_not_wait_for_airflow() -> None:
    """Its imports would take seconds; so would NumPy's."""
    code = """
import os, sys
from mlops.cli.__main__ import main
from mlops.cli.registry import COMMANDS
assert main(["--help"]) == 0
assert not [name for name in sys.modules if name.startswith("mlops.cli.commands")]
for command in COMMANDS:
    assert main([command.name, "--help"]) == 0
os.environ |= {"_MLOPS_COMPLETE": "complete_bash", "COMP_WORDS": "mlops ledger cre", "COMP_CWORD": "2"}
assert main([]) == 0
print({"airflow", "numpy", "mlflow", "pandas"} & sys.modules.keys())
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-2:] == ["credit_risk", "set()"]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("mlops po", ["policy"]),
        ("mlops ledger d", ["digits"]),
        ("mlops alerts credit_risk --cl", ["--close"]),
    ],
)
def test_the_shell_completes_commands_models_and_options(
    typed: str, offered: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_MLOPS_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", typed)
    monkeypatch.setenv("COMP_CWORD", str(len(typed.split()) - 1))
    assert command_line.main([]) == 0
    assert capsys.readouterr().out.split() == offered


def fail_with(error: Exception) -> Callable[[], int]:
    def run() -> int:
        """Fail."""
        raise error

    return run


def test_an_error_is_a_line_and_an_exit_code_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for error, code in (
        (ConfigError("wrong"), 1), (StaleDecisionError("moved"), 3), (TrackingError("down"), 75),
    ):  # fmt: skip
        monkeypatch.setattr("mlops.cli.commands.models.run", fail_with(error))
        assert command_line.main(["models"]) == code
        assert capsys.readouterr().err.splitlines()[-1] == f"mlops: {error}"


@pytest.mark.parametrize("command", ["replay", "backfill"])
def test_a_time_that_ends_before_it_begins_is_refused(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before any server is asked."""
    asked = [command, "credit_risk", "--from", "2005-08-01", "--to", "2005-05-01"]
    assert command_line.main(asked) == 2
    assert "Invalid value for --from: 2005-08-01 is after --to 2005-05-01" in capsys.readouterr().err


def test_what_a_lineage_is_asked_of_is_read_before_any_server_is_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command_line.main(["lineage", "credit_risk@"]) == 1
    assert "'credit_risk@' names no version of a model" in capsys.readouterr().err


@pytest.mark.full  # takes an import of Airflow
def test_it_works_in_a_locale_of_another_encoding(tmp_path: Path) -> None:
    """Airflow reads its own files in the encoding of the locale, and fails in another than UTF-8."""
    name = "en_US.ISO-8859-1"
    made = subprocess.run(["localedef", "-i", "en_US", "-f", "ISO-8859-1", tmp_path / name], check=False)
    if made.returncode:
        pytest.skip("this machine can't make a locale")
    place = {"LOCPATH": str(tmp_path), "LC_ALL": name, "VENV": sys.prefix, "PATH": os.environ["PATH"]}
    command = [PROJECT_ROOT / "bin" / "mlops", "models"]
    found = subprocess.run(command, env=place, capture_output=True, check=False)
    assert found.returncode == 0, found.stderr


def test_it_runs_as_a_module(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["mlops", "--help"])
    monkeypatch.delitem(sys.modules, "mlops.cli.__main__")
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("mlops.cli", run_name="__main__")
    assert ended.value.code == 0
    assert "Usage: mlops" in capsys.readouterr().out


def test_bin_mlops_runs_from_anywhere_and_takes_no_code_from_there(tmp_path: Path) -> None:
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "__init__.py").write_text("raise SystemExit('another checkout')\n")
    done = subprocess.run(
        [PROJECT_ROOT / "bin" / "mlops", "--help"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "quarantine" in done.stdout


RULE = "features:\n  - {{type: {}, kwargs: {{{}}}, severity: critical, why: x.}}\n"


class TestModels:
    def test_the_models_of_the_project_are_in_order(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert command_line.main(["models"]) == 0
        said = capsys.readouterr().out
        assert said.startswith("ok  credit_risk: 8 features")
        assert "WARNING" not in said
        assert command_line.main(["models", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)[0]["model"] == "credit_risk"

    def test_a_copy_that_still_holds_the_rules_of_another_is_warned_of(
        self, model_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for name, root in (("churn", "churned/"), ("twin", "accounts/")):
            shutil.copytree(model_folder, model_folder.with_name(name))
            file = model_folder.with_name(name) / "model.yaml"
            text = file.read_text().replace("name: credit_risk\n", f"name: {name}\n")
            file.write_text(text.replace("uri: accounts/", f"uri: {root}"))
        monkeypatch.setattr(run_context, "MODELS_ROOT", model_folder.parent)
        assert command_line.main(["models"]) == 0
        lines = capsys.readouterr().out.splitlines()
        churn = lines.index(next(line for line in lines if line.startswith("ok  churn")))
        assert (
            "26 of 26 rules in contract.yaml are those of credit_risk, with the same reasons, and so"
            in (lines[churn + 1])
        )
        twin = lines[lines.index(next(line for line in lines if line.startswith("ok  twin"))) + 1]
        assert "those of churn" in twin, "credit_risk reads the same table"

    def test_a_broken_one_is_shown_beside_the_others(
        self, model_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        broken = model_folder.with_name("broken")
        shutil.copytree(model_folder, broken)
        text = (broken / "model.yaml").read_text().replace("name: credit_risk\n", "name: broken\n")
        (broken / "model.yaml").write_text(text.replace("primary: roc_auc", "primary: rok_auc"))
        monkeypatch.setattr(run_context, "MODELS_ROOT", model_folder.parent)
        assert command_line.main(["models"]) == 1
        said = capsys.readouterr().out
        assert "NO  broken\n" in said
        assert "rok_auc" in said
        assert "ok  credit_risk" in said

    @pytest.mark.parametrize(
        ("file", "content", "said"),
        [
            ("estimator.py", "import no_such_library", "estimator.py:1: can't be imported"),
            ("estimator.py", "raise SystemExit(1)", "estimator.py:1: can't be imported"),
            (
                "estimator.py",
                "def build(config):\n    raise SystemExit(1)",
                "estimator.py:2: build(config) raised",
            ),
            ("contract.yaml", "features: [5]", "contract.yaml:1: features[0]"),
            ("model.yaml", "name: [", "model.yaml:2: is not valid YAML"),
            ("contract.yaml", RULE.format("expect_column_values_to_be_uniqe", "column: age"), "did you mean"),
            (
                "contract.yaml",
                RULE.format("expect_column_values_to_not_be_null", "column: age, mstly: 0.9"),
                "contract.yaml: features: expect_column_values_to_not_be_null on age does not take its "
                "arguments: mstly",
            ),
        ],
    )
    def test_all_three_files_of_each_model_are_loaded(
        self, model_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
        file: str, content: str, said: str,
    ) -> None:  # fmt: skip
        other = model_folder.with_name("broken one")
        shutil.copytree(model_folder, other)
        (model_folder / file).write_text(content)
        monkeypatch.setattr(run_context, "MODELS_ROOT", model_folder.parent)
        assert command_line.main(["models"]) == 1
        printed = capsys.readouterr().out
        assert said in printed
        assert "NO  broken one\n" in printed


class TestCheck:
    def test_what_does_not_answer_is_shown_beside_what_does(
        self, state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        connection = (
            '{"conn_type": "http", "host": "127.0.0.1", "port": 9, "extra": {"retries": 0, "timeout": 2}}'
        )
        monkeypatch.setenv("AIRFLOW_CONN_MLFLOW_DEFAULT", connection)
        assert command_line.main(["check"]) == 4
        lines = capsys.readouterr().out.splitlines()
        mlflow, registry, store = (line for line in lines if line.startswith(("ok  ", "NO  ")))
        assert mlflow.startswith("NO  mlflow_default (environment): MLflow could not list experiments")
        assert (
            registry
            == f"ok  data_registry_default (environment): file://{state}/store can be written and read"
        )
        assert (
            store == f"ok  object_store_default (environment): file://{state}/store can be written and read"
        )


class TestQuarantine:
    @pytest.fixture
    def store(self, state: Path) -> ObjectStoreHook:
        return ObjectStoreHook()

    @pytest.fixture
    def mark(self, store: ObjectStoreHook) -> dict[str, str]:
        mark = {
            "md5": MD5,
            "path": "m/features/2005-04-30.parquet",
            "summary": "2 of 23 failed",
            "contract": "c",
        }
        store.write_json(store.resolve(object_keys.quarantine("m", MD5)), mark)
        return mark

    def test_what_is_quarantined_is_listed(
        self, mark: dict[str, str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert command_line.main(["quarantine", "m"]) == 0
        assert capsys.readouterr().out == f"{MD5}  m/features/2005-04-30.parquet  2 of 23 failed\n"

    def test_another_models_is_not(
        self, store: ObjectStoreHook, mark: dict[str, str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert command_line.main(["quarantine", "credit_risk"]) == 0
        assert capsys.readouterr().out == "nothing is quarantined\n"
        assert command_line.main(["quarantine", "m", "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == [mark]

    def test_a_model_without_a_folder_of_which_nothing_is_quarantined_may_be_mistyped(
        self, state: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert command_line.main(["quarantine", "credit_rsk"]) == 1
        assert "There is no model 'credit_rsk': allowed: credit_risk, digits" in (
            said := capsys.readouterr().err
        )
        assert "did you mean 'credit_risk'?" in said

    def test_what_is_released_leaves_a_note_of_what_was_wrong(
        self, store: ObjectStoreHook, mark: dict[str, str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert command_line.main(["quarantine", "m", "--release", MD5]) == 0
        assert capsys.readouterr().out == f"{MD5} released\n"
        assert store.read_json(store.resolve(object_keys.quarantine("m", MD5))) is None
        kept = store.require_json(store.resolve(object_keys.release("m", MD5)))
        assert kept.pop("released")["by"] == getpass.getuser()
        assert kept == mark

    def test_what_is_not_quarantined_cannot_be_released(
        self, store: ObjectStoreHook, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert command_line.main(["quarantine", "m", "--release", MD5]) == 1
        assert capsys.readouterr().err.splitlines()[-1] == (
            f"mlops: {MD5} is not quarantined; `bin/mlops quarantine m` lists what is"
        )

    def test_a_path_is_not_an_md5(self, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert command_line.main(["quarantine", "m", "--release", "../../../x"]) == 1
        assert "leaves the root" in capsys.readouterr().err


def test_a_ledger_whose_server_is_away_says_so(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    connection = (
        '{"conn_type": "http", "host": "127.0.0.1", "port": 9, "extra": {"retries": 0, "timeout": 2}}'
    )
    monkeypatch.setenv("AIRFLOW_CONN_MLFLOW_DEFAULT", connection)
    assert command_line.main(["ledger", "credit_risk"]) == 75
    said = capsys.readouterr().err.splitlines()  # the first line says which connections are used
    assert said[1].startswith("mlops: MLflow could not")
    assert said[-1].endswith("up and healthy? Run the command again.")


def test_a_ledger_of_a_model_that_nobody_knows_says_so(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from mlops.tracking import ledger

    monkeypatch.setattr(ledger.Ledger, "exists", lambda self: False)
    assert command_line.main(["ledger", "credit_rsk"]) == 1
    assert "There is no model 'credit_rsk': " in capsys.readouterr().err
    assert command_line.main(["ledger", "credit_risk"]) == 1
    assert "There is no decision about a model 'credit_risk' yet" in capsys.readouterr().err


def test_a_ledger_shows_the_newest_decision_first_and_what_is_still_open(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from mlops.tracking import ledger

    promoted = SimpleNamespace(
        kind="promotion", decision="promote", summary="Every rule holds.", time=1117540800000,
        state="planned", tags={VERSION: "2", BY: "ann"}, decision_id="d3", decided_by="t",
        plan={}, run_id="r",
    )  # fmt: skip
    rejected = SimpleNamespace(
        kind="gate", decision="reject", summary="Not better.", time=1114905600500,
        state="applied", tags={}, decision_id="d2", decided_by="t", plan={}, run_id="r",
    )  # fmt: skip
    back = SimpleNamespace(
        kind="rollback", decision="roll back", summary="complaints", time=1114905600000,
        state="abandoned", tags={VERSION: "1", FROM_VERSION: "2", BY: "bob"}, decision_id="d1",
        decided_by="t", plan={}, run_id="r",
    )  # fmt: skip
    monkeypatch.setattr(ledger.Ledger, "exists", lambda self: True)
    monkeypatch.setattr(ledger.Ledger, "entries", lambda self: [promoted, rejected, back])
    assert command_line.main(["ledger", "credit_risk"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "when                  what       version  by        state      why",
        "2005-05-31 12:00:00Z  promotion  2        ann       planned    Every rule holds.",
        "2005-05-01 00:00:00Z  rejection  -        the gate  applied    Not better.",
        "2005-05-01 00:00:00Z  rollback   2 -> 1   bob       abandoned  complaints",
    ]
    assert command_line.main(["ledger", "credit_risk", "--json"]) == 0
    newest = json.loads(capsys.readouterr().out)[0]
    assert (newest["kind"], newest["version"], newest["time"]) == ("promotion", "2", "2005-05-31T12:00:00Z")


def test_open_alerts_are_listed_and_closed_by_hand(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from include.alerting.alert import Alert, Cause
    from mlops.alerts.open_alerts import OpenAlerts
    from mlops.hooks.object_store import ObjectStoreHook

    assert command_line.main(["alerts", "credit_risk"]) == 0
    assert capsys.readouterr().out == "no alert is open\n"
    cause = Cause(model="credit_risk", kind="failure", subject="validate: DataError")
    OpenAlerts("credit_risk", ObjectStoreHook()).record_occurrence(
        Alert(cause=cause, subject="credit_risk: validate failed", text="bad")
    )
    assert command_line.main(["alerts", "credit_risk"]) == 0
    heads, row = capsys.readouterr().out.splitlines()
    assert heads.split() == ["cause", "since", "occurrences", "notified", "what"]
    assert row.startswith(cause.digest)
    assert row.endswith("1            nobody    credit_risk: validate failed")
    assert command_line.main(["alerts", "credit_risk", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["cause"] == cause.digest
    assert command_line.main(["alerts", "credit_risk", "--close", "nothing"]) == 1
    assert "nothing is not open" in capsys.readouterr().err
    assert command_line.main(["alerts", "credit_risk", "--close", cause.digest]) == 0
    assert capsys.readouterr().out == f"{cause.digest} closed\n"
    assert OpenAlerts("credit_risk", ObjectStoreHook()).all() == []
