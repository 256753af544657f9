"""The jobs of model.yml: their commands run from the file, in order, with a ``bin/mlops`` that ends as each
test wants. What runs after what, what stops, what is rolled back, which secrets each job has.

``test_bad_models.py`` runs the same jobs with real commands and servers.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.workflows.runner import Job, Runner, commit, copy_from, git, make_venv, start_repository

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = ROOT / ".github" / "workflows" / "model.yml"
TARGETS = ("Makefile", "bin/changed-models", "bin/model-report", "requirements*.txt", "constraints.txt")

pytestmark = pytest.mark.stack

COMMANDS = """#!/usr/bin/env bash
known=$(env | grep -oE '^MLOPS_[A-Z]+_CONN_MLFLOW_DEFAULT=.+' | sort | paste -sd ' ')
[ "$1" != --environment ] || { where=$2; shift 2; }
file=@answers/$1${where:+.$where}
times=$(grep -c "^$1${where:+.$where}$" @answers/calls); echo "$1${where:+.$where}" >> @answers/calls
[ -f "$file.$times" ] && file=$file.$times
echo "$* [$known]" >> @answers/log
while [ $# -gt 0 ]; do [ "$1" != --token-file ] || echo "token $(cat "$2")" >> @answers/log; shift; done
echo "  progress" >&2
[ -f "$file" ] || exit 0
tail -n +2 "$file"
exit "$(head -1 "$file")"
"""

GH = """#!/usr/bin/env bash
echo "$GH_TOKEN $*" >> @answers/gh
[ "$1" = api ] && echo by=ann || cat "${@: -1}" >> @answers/gh
"""

APPROVER = "make model-approver ENVIRONMENT=production"
TRAIN, EVALUATE = "make model-train ENVIRONMENT=staging", "make model-evaluate ENVIRONMENT=staging"
CHECK = "make model-check PYTHON=python"
STAGE = "make model-stage ENVIRONMENT=staging PYTHON=python"
RELEASE = "make model-release FROM=staging TO=production PYTHON=python"


@dataclass
class Team:
    """A repository with one model, its two environments, and how the commands end.

    :param runner: runs the jobs.
    :param answers: a file for each command: its exit code, and what it prints.
    :param before: the commit before the one that changed the model.
    """

    runner: Runner
    answers: Path
    before: str

    def answer(self, command: str, code: int, text: str = "") -> None:
        """Let a command end so: ``smoke.staging`` does in staging, ``smoke.staging.1`` at its second call."""
        (self.answers / command).write_text(f"{code}\n{text}\n")

    def push(self) -> dict[str, Job]:
        return {job.name: job for job in self.runner.push(WORKFLOW, self.before)}

    @property
    def said(self) -> list[str]:
        return (self.answers / "log").read_text().splitlines()


@pytest.fixture
def team(tmp_path: Path) -> Team:
    origin, home, answers, tools = (tmp_path / name for name in ("origin", "home", "answers", "tools"))
    for folder in (origin, home, answers, tools):
        folder.mkdir()
    copy_from(ROOT, origin, TARGETS)
    (origin / "bin" / "mlops").write_text(COMMANDS.replace("@answers", str(answers)))
    (origin / "bin" / "mlops").chmod(0o755)
    (tools / "gh").write_text(GH.replace("@answers", str(answers)))
    (tools / "gh").chmod(0o755)
    for name in ("log", "calls"):
        (answers / name).touch()
    model = origin / "include" / "models" / "churn"
    model.mkdir(parents=True)
    (model / "model.yaml").write_text("name: churn\n")
    start_repository(origin)
    commit(origin)
    (model / "model.yaml").write_text("name: churn\nschedule: '@weekly'\n")
    before = commit(origin)
    environments = {
        name: {
            "vars": {"ENDPOINT": f"https://{{model}}.{name}.example", "BUDGET_MS": "50"},
            "secrets": {
                "MLFLOW_DEFAULT": name,
                "STAGING_MLFLOW_DEFAULT": "staging",
                "ENDPOINT_TOKEN": "t0ken",
            },
        }
        for name in ("staging", "production")
    }
    venv = make_venv(tmp_path / "venv")
    runner = Runner(origin=origin, home=home, venv=venv, environments=environments, tools=tools)
    made = Team(runner, answers, before)
    made.answer(
        "register.staging",
        0,
        "version 3 of churn is registered\nversion 3 of churn serves; aliases champion = 3",
    )
    made.answer(
        "deploy", 0, "VERDICT deployment: DEPLOYED\n  version 8 serves in production: version 3 of staging"
    )
    return made


def test_a_good_model_goes_all_the_way(team: Team) -> None:
    jobs = team.push()
    assert [(name, job.result) for name, job in jobs.items()] == [
        ("changed", "success"), ("candidate", "success"), ("staging", "success"), ("production", "success"),
    ]  # fmt: skip
    assert jobs["candidate"].done == [CHECK, TRAIN, EVALUATE]
    assert jobs["staging"].done == [STAGE, "make model-smoke ENVIRONMENT=staging"]
    assert jobs["production"].done == [APPROVER, RELEASE, "make model-smoke ENVIRONMENT=production"]
    staging, both = (
        "MLOPS_STAGING_CONN_MLFLOW_DEFAULT=staging",
        "MLOPS_PRODUCTION_CONN_MLFLOW_DEFAULT=production",
    )
    smoke = "smoke churn --wait 300 --url https://churn.{}.example --budget-ms 50 --token-file"
    assert [line.replace("/dev/fd/63 ", "") for line in team.said] == [
        f"models [{staging}]",
        f"train churn [{staging}]",
        f"evaluate churn [{staging}]",
        "register churn --stage production --approve --comment for staging alone: people are asked before "
        f"the next environment [{staging}]",
        f"{smoke.format('staging')} [{staging}]",
        "token t0ken",
        "deploy churn@champion --from staging --to production --approved-by ann --comment as a reviewer of "
        f"the environment production [{both} {staging}]",
        f"{smoke.format('production')} [{both} {staging}]",
        "token t0ken",
    ]
    assert "### churn: the gate of staging" in jobs["staging"].summary
    assert "progress" not in jobs["staging"].summary
    asked = (team.answers / "gh").read_text()
    assert asked.startswith("of-the-job api repos/team/mlops/actions/runs/42/approvals --jq ")
    assert "Stopped" not in "".join(job.summary for job in jobs.values())


@pytest.mark.parametrize(
    ("command", "step", "job"),
    [
        ("models", CHECK, "candidate"),
        ("train.staging", TRAIN, "candidate"),
        ("evaluate.staging", EVALUATE, "candidate"),
        ("register.staging", STAGE, "staging"),
        ("deploy", RELEASE, "production"),
    ],
)
def test_what_refuses_ends_the_way_there(team: Team, command: str, step: str, job: str) -> None:
    team.answer(command, 3, "why: ```x```")
    jobs = team.push()
    order = list(jobs)
    assert {jobs[name].result for name in order[: order.index(job)]} == {"success"}
    assert (jobs[job].result, jobs[job].failed) == ("failure", step)
    assert jobs[job].done[-1] == step, "neither a smoke test nor a rollback"
    assert {jobs[name].result for name in order[order.index(job) + 1 :]} <= {"skipped"}
    section = jobs[job].summary.rpartition("### ")[2]
    assert "**Stopped here**: a decision stands against it (exit code 3)." in section
    assert "why: '''x'''\n  progress\n```" in section, "what it printed, which can't end the block"


@pytest.mark.parametrize(("where", "version"), [("staging", "3"), ("production", "8")])
def test_what_fails_its_smoke_test_is_rolled_back(team: Team, where: str, version: str) -> None:
    team.answer(f"smoke.{where}.0", 4, "VERDICT smoke test: FAIL")
    team.answer(f"rollback.{where}", 0, "version 1 of churn serves in place of version 3")
    jobs = team.push()
    job = jobs[where]
    assert (job.result, job.failed) == ("failure", f"make model-smoke ENVIRONMENT={where}")
    smoke, rollback = (f"make model-{what} ENVIRONMENT={where}" for what in ("smoke", "rollback"))
    assert job.done[-3:] == [smoke, rollback, smoke], "the champion before is tested as well"
    assert jobs["production"].result == ("skipped" if where == "staging" else "failure")
    (said,) = [line for line in team.said if line.startswith("rollback")]
    assert f"--only-from {version} " in said, "nobody else's version is rolled back"
    assert job.summary.count("### ") == 4
    assert "check failed (exit code 4)" in job.summary


def test_a_rollback_that_is_refused_is_the_end(team: Team) -> None:
    team.answer("smoke.staging", 75)
    team.answer("rollback.staging", 3, "another version serves")
    job = team.push()["staging"]
    assert job.done[1:] == ["make model-smoke ENVIRONMENT=staging", "make model-rollback ENVIRONMENT=staging"]
    assert "**Interrupted**" in job.summary
    assert "another version serves" in job.summary


def test_a_pull_request_gets_the_comparison_and_deploys_nothing(team: Team) -> None:
    team.answer("evaluate.staging", 0, "VERDICT gate: PROMOTE")
    jobs = {job.name: job for job in team.runner.pull_request(WORKFLOW, team.before)}
    assert {name: job.result for name, job in jobs.items()} == {
        "changed": "success", "candidate": "success", "staging": "skipped", "production": "skipped",
    }  # fmt: skip
    comment = (team.answers / "gh").read_text()
    assert comment.startswith(
        "of-the-job pr comment 7 --edit-last --create-if-none --body-file .model/churn.md\n###"
    )
    assert "VERDICT gate: PROMOTE" in comment
    assert "configuration" not in comment


def test_a_fork_trains_nothing(team: Team) -> None:
    jobs = team.runner.pull_request(WORKFLOW, team.before, repository="somebody/mlops")
    assert [job.result for job in jobs] == ["success", "skipped", "skipped", "skipped"]
    assert team.said == []


def test_nothing_runs_where_no_model_changed(team: Team) -> None:
    page = team.runner.origin / "include" / "models" / "churn" / "README.md"
    page.write_text("figures\n")
    commit(team.runner.origin)
    team.before = git(team.runner.origin, "rev-parse", "HEAD~1")
    assert {name: job.result for name, job in team.push().items() if name != "changed"} == {
        "candidate": "skipped", "staging": "skipped", "production": "skipped",
    }  # fmt: skip


def test_nothing_is_rolled_back_that_no_step_has_put_there(team: Team) -> None:
    origin = team.runner.origin
    for file in [*origin.glob("requirements*.txt"), origin / "constraints.txt"]:
        os.utime(file, (0, 0))
    done = subprocess.run(
        ["make", "model-rollback", "MODEL=churn", f"VENV={team.runner.venv}"],
        cwd=origin, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "No step before has put one into staging: give VERSION=" in done.stdout
    assert team.said == []
