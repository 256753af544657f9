"""A runner for the workflows of this repository: what GitHub does, as far as they need it.

Jobs run one after the other in the order of their ``needs``, each in a fresh clone of the commit, and each
entry of a matrix by itself. A step's command runs as on GitHub (``bash -e``), with the variables of job and
step, and with none of this process but the path. Of actions, ``checkout`` is the clone, and those that
prepare a machine (Python, cache) find it prepared; a step that would use another one is an error of the test.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tests.workflows.expressions import fill, holds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PREPARED = ("actions/checkout@", "actions/setup-python@", "actions/cache@")
SUCCESS, FAILURE, SKIPPED = "success", "failure", "skipped"


@dataclass(frozen=True)
class Step:
    """One command that was run, or left out.

    :param command: as filled in.
    :param outcome: ``success``, ``failure`` or ``skipped``.
    :param printed: standard output and error.
    """

    command: str
    outcome: str
    printed: str = ""


@dataclass
class Job:
    """One job of a matrix.

    :param name: its key in the file.
    :param result: ``success``, ``failure`` or ``skipped``.
    :param steps: those with a command.
    :param summary: what it wrote for GitHub's summary.
    :param outputs: of the job.
    """

    name: str
    result: str = SUCCESS
    steps: list[Step] = field(default_factory=list)
    summary: str = ""
    outputs: dict[str, str] = field(default_factory=dict)

    @property
    def failed(self) -> str:
        """The first command that failed; empty without one."""
        return next((one.command for one in self.steps if one.outcome == FAILURE), "")

    @property
    def printed(self) -> str:
        """All that its commands printed."""
        return "\n".join(f"$ {one.command}\n{one.printed}" for one in self.steps if one.outcome != SKIPPED)

    @property
    def done(self) -> list[str]:
        """The commands that were run, in order."""
        return [one.command for one in self.steps if one.outcome != SKIPPED]


@dataclass(frozen=True, kw_only=True)
class Runner:
    """Runs workflows.

    :param origin: a git repository, whose ``HEAD`` is the commit that is pushed.
    :param home: an empty folder: the clones, and the home of the commands.
    :param venv: what the targets find as their virtual environment.
    :param environments: by name, its ``vars`` and ``secrets``.
    :param tools: a folder with programs that come before all others.
    """

    origin: Path
    home: Path
    venv: Path
    environments: Mapping[str, Mapping[str, Mapping[str, str]]]
    tools: Path

    def push(self, workflow: Path, before: str) -> list[Job]:
        """Run a workflow for a push to main.

        :param workflow: its file.
        :param before: the commit that main was at.
        """
        return self._run(workflow, {"event_name": "push", "event": {"before": before}})

    def pull_request(self, workflow: Path, base: str, *, repository: str = "team/mlops") -> list[Job]:
        """Run a workflow for a pull request.

        :param workflow: its file.
        :param base: the commit that it is to be merged into.
        :param repository: where its branch is; another one for a fork.
        """
        asked = {"number": 7, "base": {"sha": base}, "head": {"repo": {"full_name": repository}}}
        return self._run(workflow, {"event_name": "pull_request", "event": {"pull_request": asked}})

    def _run(self, workflow: Path, event: dict[str, Any]) -> list[Job]:
        read = yaml.safe_load(workflow.read_text())
        github = {**event, "repository": "team/mlops", "ref": "refs/heads/main", "run_id": "42"}
        github["token"] = "of-the-job"
        done: list[Job] = []
        for name in TopologicalSorter({key: _needs(job) for key, job in read["jobs"].items()}).static_order():
            done += self._run_job(name, read["jobs"][name], github, done)
        return done

    def _run_job(
        self, name: str, job: dict[str, Any], github: dict[str, Any], before: list[Job]
    ) -> list[Job]:
        needed = {one: [made for made in before if made.name == one] for one in _needs(job)}
        needs = {one: {"result": _result(made), "outputs": made[0].outputs} for one, made in needed.items()}
        contexts = {"github": github, "needs": needs, "inputs": {}}
        stopped = any(one["result"] != SUCCESS for one in needs.values())
        if not holds(job.get("if", ""), contexts, failed=stopped):
            return [Job(name, SKIPPED)]
        return [self._run_one(name, job, {**contexts, "matrix": one}) for one in _matrix(job, contexts)] or [
            Job(name, SKIPPED)
        ]

    def _run_one(self, name: str, job: dict[str, Any], contexts: dict[str, Any]) -> Job:
        made = Job(name)
        contexts |= {
            "steps": {},
            "vars": {},
            "secrets": {},
            **self.environments.get(job.get("environment", ""), {}),
        }
        place = self.home / f"job-{len(list(self.home.iterdir()))}-{name}"
        summary, output = place / "summary.md", place / "output"
        self._check_out(place / "clone", job["steps"][0])
        summary.touch()
        for step in job["steps"]:
            failed = made.result == FAILURE
            runs = holds(step.get("if", ""), contexts, failed=failed)
            if "uses" in step:
                assert not runs or step["uses"].startswith(_PREPARED), f"no such action here: {step['uses']}"
                continue
            output.write_text("")
            variables = {
                key: str(fill(str(value), contexts) or "")
                for key, value in {**job.get("env", {}), **step.get("env", {})}.items()
            } | {"GITHUB_STEP_SUMMARY": str(summary), "GITHUB_OUTPUT": str(output)}
            command = fill(step["run"], contexts)
            found = (
                self._execute(command, place / "clone", variables, job) if runs else Step(command, SKIPPED)
            )
            made.steps.append(found)
            made.result = FAILURE if found.outcome == FAILURE else made.result
            contexts["steps"][step.get("id", "")] = {
                "outcome": found.outcome,
                "outputs": dict(line.split("=", 1) for line in output.read_text().splitlines()),
            }
        made.summary = summary.read_text()
        made.outputs = {key: fill(value, contexts) for key, value in job.get("outputs", {}).items()}
        return made

    def _check_out(self, clone: Path, step: dict[str, Any]) -> None:
        """Clone the commit as ``checkout`` does: without its history, unless the step asks for it."""
        assert step["uses"].startswith("actions/checkout@"), "a job begins with the commit"
        depth = [] if step["with"].get("fetch-depth") == 0 else ["--depth", "1"]
        command = ["git", "clone", "--quiet", *depth, self.origin.as_uri(), str(clone)]
        subprocess.run(command, check=True, capture_output=True)
        for file in [*clone.glob("requirements*.txt"), clone / "constraints.txt"]:
            os.utime(file, (0, 0))  # older than the virtual environment, which holds what they ask for

    def _execute(self, command: str, clone: Path, variables: dict[str, str], job: dict[str, Any]) -> Step:
        python = Path(sys.executable).parent
        environment = {
            "HOME": str(self.home),
            "PATH": os.pathsep.join([str(self.tools), str(python), "/usr/local/bin", "/usr/bin", "/bin"]),
            "VENV": str(self.venv),
            "LANG": "C.UTF-8",
            **variables,
        }
        done = subprocess.run(
            ["bash", "-e", "-c", command],
            cwd=clone, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=60 * job["timeout-minutes"], check=False,
        )  # fmt: skip
        return Step(command, SUCCESS if done.returncode == 0 else FAILURE, done.stdout)


def make_venv(folder: Path) -> Path:
    """Return the virtual environment of this process under another path, as the Makefile leaves one.

    :param folder: made.
    """
    folder.mkdir(parents=True)
    for part in ("bin", "lib", "include", "pyvenv.cfg"):
        if (Path(sys.prefix) / part).exists():
            (folder / part).symlink_to(Path(sys.prefix) / part)
    for mark in (".runtime", ".dev"):
        (folder / mark).touch()
    return folder


def git(folder: Path, *arguments: str) -> str:
    """Run git as nobody in particular; return what it printed."""
    command = ["git", "-c", "user.name=n", "-c", "user.email=e@localhost", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        [*command, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def commit(folder: Path, subject: str = "step") -> str:
    """Commit all there is; return the commit before, or zeros as GitHub gives them."""
    known = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, check=False
    )
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", subject)
    return known.stdout.strip() if known.returncode == 0 else "0" * 40


def start_repository(folder: Path) -> None:
    """Make a folder a git repository with a branch main."""
    git(folder, "init", "--quiet", "--initial-branch", "main")


def copy_from(root: Path, folder: Path, names: tuple[str, ...]) -> None:
    """Copy files and folders of the repository.

    :param root: its root.
    :param folder: where they go.
    :param names: paths from the root; may hold wildcards.
    """
    for name in names:
        for found in sorted(root.glob(name)):
            if found.name == "__pycache__":
                continue
            target = folder / found.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            if found.is_dir():
                shutil.copytree(found, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(found, target)


def _needs(job: dict[str, Any]) -> list[str]:
    needs = job.get("needs", [])
    return [needs] if isinstance(needs, str) else list(needs)


def _result(made: list[Job]) -> str:
    results = {one.result for one in made}
    return next((one for one in (FAILURE, SKIPPED) if one in results), SUCCESS)


def _matrix(job: dict[str, Any], contexts: dict[str, Any]) -> Iterator[dict[str, Any]]:
    given = job.get("strategy", {}).get("matrix", {})
    values = [fill(one, contexts) if isinstance(one, str) else one for one in given.values()]
    return (dict(zip(given, one, strict=True)) for one in product(*values))
