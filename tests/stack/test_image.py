"""The rules of the Dockerfile. It is read, not built."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def instructions() -> list[tuple[str, str]]:
    """Each instruction with its arguments, continued lines joined."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in lines if line.strip()]


def arguments(instructions: list[tuple[str, str]], name: str) -> list[str]:
    return [rest for instruction, rest in instructions if instruction == name]


def of_the_image(instructions: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """What the image is made by: its stage, which is the last, and those that it builds on."""
    stages: dict[str, list[tuple[str, str]]] = {}
    for name, rest in instructions:
        if name == "FROM":
            below, _, alias = rest.partition(" AS ")
            stages[alias] = list(stages.get(below, []))
        else:
            stages[alias].append((name, rest))
    return stages[""]  # the image itself has no name


def copied(instructions: list[tuple[str, str]]) -> list[str]:
    """What is copied into the image from the folder."""
    return [rest for rest in arguments(of_the_image(instructions), "COPY") if not rest.startswith("--from=")]


def test_the_base_is_the_airflow_of_the_constraints(instructions: list[tuple[str, str]]) -> None:
    froms = [rest.partition(" AS ") for rest in arguments(instructions, "FROM")]
    base, aliases = froms[0][0], {alias for _, _, alias in froms}
    assert {below for below, _, _ in froms[1:]} <= aliases | {"scratch"}
    assert not froms[-1][2], "the last stage is the image"
    pinned = re.search(r"^apache-airflow==(\S+)", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    assert pinned
    assert re.fullmatch(rf"apache/airflow:slim-{re.escape(pinned[1])}-python3\.1[123]", base), base


def test_it_does_not_run_as_root(instructions: list[tuple[str, str]]) -> None:
    assert arguments(of_the_image(instructions), "USER")[-1] == "airflow"


def test_what_lists_the_packages_is_not_in_the_image(instructions: list[tuple[str, str]]) -> None:
    assert not any("cyclonedx" in rest for _, rest in of_the_image(instructions))
    assert "--from=listed /tmp/sbom.cdx.json /" in arguments(instructions, "COPY")


def test_everything_it_copies_exists_and_is_let_through(instructions: list[tuple[str, str]]) -> None:
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignore, "what is not named stays out of the image: .env, .git, .state"
    allowed = {line.removeprefix("!") for line in ignore if line.startswith("!")}
    sources = [part for rest in copied(instructions) for part in rest.split()[1:-1]]
    assert set(sources) == allowed - {".git"}, "git's folder is for the stage that names the commit"
    for source in sources:
        assert (ROOT / source).exists(), source


def test_the_code_is_where_its_environment_says(instructions: list[tuple[str, str]]) -> None:
    home = arguments(instructions, "WORKDIR")[-1]
    settings = dict(
        pair.split("=", 1) for rest in arguments(instructions, "ENV") for pair in rest.split() if "=" in pair
    )
    assert settings["PYTHONPATH"].split(":") == [home, f"{home}/plugins", f"{home}/config"]
    assert settings["AIRFLOW__CORE__DAGS_FOLDER"] == f"{home}/dags"
    assert settings["AIRFLOW__CORE__PLUGINS_FOLDER"] == f"{home}/plugins"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of this repository's files, committed."""
    folder = tmp_path / "clone"
    for name in ("bin", "config", "dags", "include", "plugins"):
        (folder / name).mkdir(parents=True)
        (folder / name / "code.py").write_text("1\n")
    for name in ("airflow_settings.yaml", "constraints.txt", "requirements.txt", "README.md"):
        (folder / name).write_text("1\n")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "first")
    return folder


def git(folder: Path, *arguments: str) -> str:
    command = [
        "git",
        "-c",
        "user.name=n",
        "-c",
        "user.email=e@localhost",
        "-c",
        "commit.gpgsign=false",
        *arguments,
    ]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def version_in(instructions: list[tuple[str, str]], folder: Path, tmp_path: Path) -> str:
    """Run the stage that names the commit on what .dockerignore lets through; return what it writes."""
    (script,) = [rest for rest in arguments(instructions, "RUN") if "CODE_VERSION" in rest]
    for name in ("README.md", ".git/index"):
        (folder / name).unlink()
    written = tmp_path / "CODE_VERSION"
    subprocess.run(
        ["sh", "-ec", script.replace("/tmp/CODE_VERSION", str(written)).replace("/tmp/source", str(folder))],
        cwd=folder, check=True, capture_output=True, env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )  # fmt: skip
    return written.read_text().strip()


def test_the_image_names_its_commit(instructions: list[tuple[str, str]], clone: Path, tmp_path: Path) -> None:
    commit = git(clone, "rev-parse", "HEAD")
    (clone / "README.md").write_text("not in the image\n")
    assert version_in(instructions, clone, tmp_path) == commit


@pytest.mark.parametrize("change", ["include/code.py", "plugins/new.py", "requirements.txt"])
def test_an_image_of_changed_code_says_so(
    instructions: list[tuple[str, str]], clone: Path, tmp_path: Path, change: str
) -> None:
    commit = git(clone, "rev-parse", "HEAD")
    (clone / change).write_text("changed\n")
    assert version_in(instructions, clone, tmp_path) == f"{commit}-dirty"


def test_without_a_clone_there_is_no_image(
    instructions: list[tuple[str, str]], clone: Path, tmp_path: Path
) -> None:
    (clone / ".git").rename(tmp_path / "elsewhere")
    (script,) = [rest for rest in arguments(instructions, "RUN") if "CODE_VERSION" in rest]
    done = subprocess.run(["sh", "-ec", script], cwd=clone, check=False, capture_output=True, text=True)
    assert done.returncode
    assert "Build from a git clone" in done.stdout


def test_it_installs_the_locked_versions_git_and_every_driver(
    instructions: list[tuple[str, str]], services: dict[str, dict[str, Any]]
) -> None:
    commands = " ".join(arguments(instructions, "RUN"))
    requirements = (ROOT / "requirements.txt").read_text()
    assert re.search(r"apt-get install [^&]*\bgit\b", commands)
    assert "-r requirements.txt" in commands
    assert "-c constraints.txt" in requirements
    packages = {"psycopg2": "psycopg2-binary"}
    database = services["airflow-scheduler"]["environment"]["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    driver = urlsplit(database).scheme.partition("+")[2]
    for package in (packages[driver], "asyncpg"):  # Airflow derives the second address from the first
        assert package in requirements or package in commands, f"{package} is installed nowhere"


def test_volumes_start_out_with_the_owner_that_writes_them(
    instructions: list[tuple[str, str]], project_services: dict[str, dict[str, Any]]
) -> None:
    made = set(re.findall(r"/srv/mlops/[a-z]+", " ".join(arguments(instructions, "RUN"))))
    mounted = {
        mount.split(":")[1] for service in project_services.values() for mount in service.get("volumes", [])
    }
    assert made == {path for path in mounted if path.startswith("/srv/")}
