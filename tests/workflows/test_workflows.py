"""The workflows of GitHub and GitLab: their schemas, what they may do, and that each command is a target."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
GITHUB = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
GITLAB = ROOT / ".gitlab-ci.yml"
# What a runner has to do before a target can run, or what only a registry's client can do.
NO_TARGET = re.compile(r"(echo \"\$\w+\" \| docker login |apk add )")

pytestmark = pytest.mark.stack


def jobs(file: Path) -> dict[str, Any]:
    """Every job of a file of GitHub or of GitLab, by name."""
    read = yaml.safe_load(file.read_text())
    if file != GITLAB:
        return dict(read["jobs"])
    return {name: job for name, job in read.items() if isinstance(job, dict) and "script" in job}


def commands() -> list[tuple[str, str]]:
    """Every line that a job runs, beside file and job."""
    lines = []
    for file in [*GITHUB, GITLAB]:
        for name, job in jobs(file).items():
            scripts = [step.get("run", "") for step in job.get("steps", [])]
            scripts += job.get("script", []) + job.get("before_script", [])
            lines += [
                (f"{file.name}: {name}", line) for text in scripts for line in text.splitlines() if line
            ]
    return lines


def test_there_are_commands() -> None:
    assert {where.split(":")[0] for where, _ in commands()} == {file.name for file in [*GITHUB, GITLAB]}


@pytest.mark.parametrize(("where", "line"), [pytest.param(*each, id="|".join(each)) for each in commands()])
def test_each_command_is_a_target_that_a_laptop_has_too(where: str, line: str) -> None:
    if NO_TARGET.match(line):
        return
    assert line.startswith("make "), where
    targets = [word for word in line.split()[1:] if "=" not in word]
    described = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(targets) <= described, "each is listed by `make`"


@pytest.mark.parametrize("line", sorted({line for _, line in commands() if line.startswith("make ")}))
def test_each_command_finds_all_that_its_target_is_made_of(line: str) -> None:
    """What needs Docker or minutes is not run here: make says what it would do, and that it knows how."""
    given = {"IMAGE": "registry.example/mlops:v1", "MODEL": "credit_risk", "VERSION": "3", "MAKEFLAGS": "-n"}
    done = subprocess.run(
        ["bash", "-e", "-c", line],
        cwd=ROOT, env={**os.environ, **given}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout
    if 'IMAGE="$IMAGE"' in line:
        assert "registry.example/mlops:v1" in done.stdout


@pytest.mark.parametrize("file", GITHUB, ids=lambda file: file.name)
def test_every_action_is_pinned_by_its_commit(file: Path) -> None:
    used = re.findall(r"uses: (\S+)(?: # (\S+))?", file.read_text())
    assert used
    for action, version in used:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r"v\d+\.\d+\.\d+", version), f"{action} has to say which version that is"


def test_an_action_has_one_pin() -> None:
    found = {use for file in GITHUB for use in re.findall(r"uses: (\S+)", file.read_text())}
    names = [use.partition("@")[0] for use in found]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("file", GITHUB, ids=lambda file: file.name)
def test_nothing_is_allowed_that_a_job_does_not_ask_for(file: Path) -> None:
    read = yaml.safe_load(file.read_text())
    assert read["permissions"] == {}
    for name, job in read["jobs"].items():
        assert job["timeout-minutes"] <= 90, name
        assert job["permissions"], name
    assert read["concurrency"]["group"]


def test_both_test_on_the_same_versions_of_python() -> None:
    github = jobs(ROOT / ".github" / "workflows" / "ci.yml")["test"]["strategy"]["matrix"]["python"]
    gitlab = jobs(GITLAB)["test"]["parallel"]["matrix"][0]["PYTHON_VERSION"]
    assert github == gitlab == ["3.11", "3.12", "3.13"]


def targets(lines: list[str]) -> list[str]:
    """The targets of commands in order, with what they are given; which Python is the runner's affair."""
    words = [line.split()[1:] for line in lines if line.startswith("make ")]
    return [
        " ".join(word for word in one if word not in {"PYTHON=python", 'IMAGE="$IMAGE"'}) for one in words
    ]


@pytest.mark.parametrize(
    ("workflow", "github_alone"),
    [
        ("ci", set()),
        ("release", set()),
        # GitLab itself starts a model's jobs where its folder changed, shows what a job leaves behind, and
        # says who started it.
        ("model", {"model-changed", "model-comment", "model-approver ENVIRONMENT=production"}),
    ],
)
def test_gitlab_runs_the_same_targets_in_the_same_order(workflow: str, github_alone: set[str]) -> None:
    github, gitlab = jobs(ROOT / ".github" / "workflows" / f"{workflow}.yml"), jobs(GITLAB)
    names = {"release": {"image": ["release"]}}.get(workflow, {})
    for job, found in github.items():
        ours = targets([step["run"] for step in found["steps"] if "run" in step])
        parts = names.get(job, [one for one in gitlab if one.split("-")[0] == job])
        theirs = targets([line for part in parts for line in gitlab[part]["script"]])
        assert theirs == [one for one in ours if one not in github_alone], job
    ran = {part for job in github for part in names.get(job, [job])}
    assert ran - {"changed"} <= set(gitlab)


def test_each_example_of_gitlab_starts_where_its_folder_changed() -> None:
    read = yaml.safe_load(GITLAB.read_text())
    started = {name: job for name, job in read.items() if "extends" in job}
    assert set(started) >= {"credit_risk", "digits", "flight_time"}
    for name, job in started.items():
        assert job["variables"] == {"MODEL": name}
        assert job["rules"][0]["changes"] == [f"include/models/{name}/**/*"]
        assert (ROOT / "include" / "models" / name / "model.yaml").is_file()


def test_gitlab_runs_a_models_jobs_only_for_a_model() -> None:
    for name, job in jobs(GITLAB).items():
        own = any(line.startswith("make model-") for line in job["script"])
        for rule in job["rules"]:
            assert rule["if"].startswith("$MODEL &&" if own else "$MODEL == null"), name
