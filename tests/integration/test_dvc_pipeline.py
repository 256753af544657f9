"""``dvc repro``, ``dvc exp`` and the comparisons, in a clone of what the pipeline needs."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.world.edits import edit

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

MODEL = "flight_time"
FILE = f"include/models/{MODEL}/model.yaml"
_DVC = Path(sys.executable).with_name("dvc")
_TAKEN = (
    ".dvc/config",
    ".dvc/.gitignore",
    ".dvc/plots",
    ".dvcignore",
    ".gitignore",
    "bin/pipeline",
    "dvc.yaml",
)


class Clone:
    """A git repository with one model in its pipeline."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in _TAKEN:
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, target)
        left_out = shutil.ignore_patterns("__pycache__", "credit_*", "digits")
        shutil.copytree(ROOT / "include", root / "include", ignore=left_out)
        (root / "params.yaml").write_text(
            f"models:\n  {MODEL}: {{deliveries: include/examples/flights_2015, as_of: '2015-06-10'}}\n"
        )
        edit(
            root / FILE,
            ("partitions: 28", "partitions: 4"), ("min_rows: 1000\n\n", "min_rows: 300\n\n"),
            ("  min_rows: 300\n  slices", "  min_rows: 150\n  slices"),
        )  # fmt: skip
        text = (root / "dvc.yaml").read_text()
        (root / "dvc.yaml").write_text(text.partition("\nplots:")[0] + "\n")
        self.git("init", "--quiet")
        self.commit("start")

    def git(self, *arguments: str) -> str:
        """Run git; return what it printed."""
        own = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.hooksPath=")
        command = ["git", *own, *arguments]
        return subprocess.run(command, cwd=self.root, check=True, capture_output=True, text=True).stdout

    def commit(self, subject: str) -> None:
        """Commit all there is."""
        self.git("add", "-A")
        self.git("commit", "--quiet", "-m", subject)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start DVC in a group of its own."""
        environment = {
            **os.environ, "VENV": sys.prefix, "DVC_NO_ANALYTICS": "1", "GIT_AUTHOR_NAME": "a",
            "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@example.org",
        }  # fmt: skip
        return subprocess.Popen(
            [_DVC, *arguments], cwd=self.root, env=environment, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def dvc(self, *arguments: str, failing: bool = False) -> str:
        """Run DVC; return what it printed."""
        process = self.start(*arguments)
        printed, _ = process.communicate()
        assert bool(process.returncode) == failing, printed
        return printed

    def ran(self, printed: str) -> list[str]:
        """Return the stages that were run."""
        return [stage for stage in ("settings", "prepare", "featurize", "train", "evaluate")
                if f"> bin/pipeline {stage} " in printed]  # fmt: skip


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path / "clone")


def test_dvc_runs_a_stage_and_shows_what_is_wrong(clone: Clone) -> None:
    found = clone.dvc("repro", "-s", f"settings@{MODEL}")
    assert clone.ran(found) == ["settings"]
    assert clone.git("status", "--porcelain") == "?? dvc.lock\n"
    edit(clone.root / FILE, ("alpha: 1.0}", "alpha: 1.0}\n  sead: 1"))
    found = clone.dvc("repro", f"evaluate@{MODEL}", failing=True)
    assert f"pipeline: {FILE}:48: estimator.sead: unknown key 'sead'" in found
    assert "did you mean 'seed'?" in found
    assert clone.ran(found) == ["settings"]


@pytest.mark.full  # CI has the stages in tests/core/pipeline, and DVC in the test above
def test_a_parameter_is_tried_and_compared(clone: Clone) -> None:
    assert len(clone.ran(clone.dvc("repro"))) == 5
    figures = clone.root / "pipelines" / MODEL
    before = json.loads((figures / "metrics.json").read_text())
    assert json.loads((figures / "code.json").read_text()) == {
        "commit": clone.git("rev-parse", "HEAD").strip(), "changed": [],
    }  # fmt: skip
    clone.commit("the baseline")
    assert clone.ran(clone.dvc("repro")) == []
    assert clone.dvc("metrics", "diff").strip() == ""
    found = clone.dvc("exp", "run", "-S", f"{FILE}:estimator.parameters.alfa=0.1", failing=True)
    assert "Could not override 'estimator.parameters.alfa'" in found
    assert clone.git("status", "--porcelain") == ""
    found = clone.dvc("exp", "run", "-n", "other", "-S", f"{FILE}:estimator.parameters.alpha=100.0")
    assert clone.ran(found) == ["settings", "train", "evaluate"]
    after = json.loads((figures / "metrics.json").read_text())
    assert after["test_mae"] != before["test_mae"]
    (changed,) = json.loads((figures / "code.json").read_text())["changed"]
    assert changed.split() == ["M", FILE]  # DVC has put it into the index
    diff = json.loads(clone.dvc("metrics", "diff", "--json"))
    assert diff[f"pipelines/{MODEL}/metrics.json"]["test_mae"]["new"] == after["test_mae"]
    assert json.loads(clone.dvc("params", "diff", "--json")) == {
        FILE: {"estimator.parameters.alpha": {"old": 1.0, "new": 100.0, "diff": 99.0}}
    }
    assert "other" in clone.dvc("exp", "show", "--csv")
    clone.dvc("plots", "diff", "--targets", f"pipelines/{MODEL}/plots/residuals.json")


@pytest.mark.full  # CI has no processes to spare
def test_of_two_at_once_one_says_that_another_is_running(clone: Clone) -> None:
    both = [clone.start("repro", "-s", f"settings@{MODEL}") for _ in range(2)]
    printed = [one.communicate()[0] for one in both]
    codes = sorted(bool(one.returncode) for one in both)
    if codes == [False, True]:
        (failed,) = [text for text, one in zip(printed, both, strict=True) if one.returncode]
        repository = "Unable to acquire lock. Most likely another DVC process is running" in failed
        stage = f"pipelines/{MODEL}/settings' is busy, it is being blocked by" in failed
        assert repository or stage, failed  # by how far the first one has come
    assert codes in ([False, True], [False, False])  # the second may come when the first is done
    assert "Stage 'settings@flight_time' didn't change" in clone.dvc("repro", "-s", f"settings@{MODEL}")


@pytest.mark.full  # kills processes
@pytest.mark.parametrize("stage", ["prepare", "train", "evaluate"])
def test_a_killed_stage_is_run_again(clone: Clone, stage: str) -> None:
    process = clone.start("repro")
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(f"> bin/pipeline {stage} "):
            time.sleep(1)
            break
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    found = clone.ran(clone.dvc("repro"))
    stages = ["settings", "prepare", "featurize", "train", "evaluate"]
    assert found == stages[stages.index(stage) :]
    assert json.loads((clone.root / "pipelines" / MODEL / "metrics.json").read_text())["test_mae"] > 0
