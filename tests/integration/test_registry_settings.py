"""A data registry on machines as people set them up: git's settings, hooks, odd folders, odd remotes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from airflow.sdk import RetryAction

from include.errors import ConfigError
from mlops.defaults import RETRY_POLICY
from mlops.hooks.data_registry import DataRegistryHook
from mlops.hooks.dvc.workspace import NewSnapshot

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

ME = {
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@b",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@b",
}


def sh(script: str, cwd: Path) -> str:
    done = subprocess.run(
        ["sh", "-ec", script], cwd=cwd, env={**os.environ, **ME}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def home(state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of git's own; the settings of the machine that runs the tests do not count."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / ".config"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return folder


@pytest.fixture
def connect(state: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, object], None]:
    """Set the extra of a connection: ``connect("DATA_REGISTRY_DEFAULT", {"remote": ...})``."""

    def set_extra(name: str, extra: object) -> None:
        connection = {"conn_type": "generic", "extra": extra}
        monkeypatch.setenv(f"AIRFLOW_CONN_{name}", json.dumps(connection))

    return set_extra


def publish(tmp_path: Path, value: int = 1, partition: str = "2005-04-30") -> DataRegistryHook:
    """Publish a snapshot and read it again; return the hook."""
    file = tmp_path / f"snapshot-{value}.parquet"
    pq.write_table(pa.table({"a": [value]}), file)
    new = NewSnapshot(
        table="features", partition=partition, file=file, rows=1, source="file:///x.csv",
        source_sha256="0" * 64, schema_digest="1" * 64,
    )  # fmt: skip
    hook = DataRegistryHook()
    (ref,) = hook.publish("m", [new])
    assert hook.pointers("m")["features", partition] == ref
    assert pq.read_table(hook.local_path(ref, tmp_path / "scratch"))["a"].to_pylist() == [value]
    return hook


def stored(folder: Path) -> list[Path]:
    """Return the files that DVC keeps anywhere below a folder."""
    return [path for path in folder.rglob("*") if path.is_file() and "files/md5" in str(path)]


HOOK = "#!/bin/sh\necho refused by a hook >&2\nexit 1\n"
SETTINGS = {
    "signing": "[commit]\n\tgpgSign = true\n[tag]\n\tgpgSign = true\n[push]\n\tgpgSign = true\n"
    "[log]\n\tshowSignature = true\n[gpg]\n\tformat = ssh\n",
    "hooks": "[core]\n\thooksPath = {home}/hooks\n",
    "template": "[init]\n\ttemplateDir = {home}/template\n",
    "ignored": "[core]\n\texcludesFile = {home}/ignore\n",
    "line ends": "[core]\n\tautocrlf = true\n\tsafecrlf = true\n\teol = crlf\n",
    "attributes": '[core]\n\tattributesFile = {home}/attributes\n[filter "x"]\n\tclean = false\n\trequired\n',
    "branch": "[init]\n\tdefaultBranch = trunk\n",
    "remote's name": "[clone]\n\tdefaultRemoteName = upstream\n\trejectShallow = true\n",
    "colours": "[color]\n\tui = always\n[core]\n\tpager = cat\n[log]\n\tdecorate = full\n\tfollow = true\n",
    "push": "[push]\n\tdefault = nothing\n\tfollowTags = true\n\trecurseSubmodules = check\n",
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_settings_of_a_person_do_not_reach_a_tasks_clone(home: Path, tmp_path: Path, settings: str) -> None:
    (home / ".gitconfig").write_text(settings.format(home=home))
    (home / "ignore").write_text(".gitignore\n*.dvc\n.dvc\n*.parquet\nm/\n")
    (home / "attributes").write_text("* filter=x text eol=crlf\n")
    for name in ("pre-commit", "commit-msg", "pre-push", "post-checkout", "prepare-commit-msg"):
        for folder in (home / "hooks", home / "template" / "hooks"):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(HOOK)
            (folder / name).chmod(0o755)
    publish(tmp_path, 1)
    publish(tmp_path, 2)


def test_dvcs_settings_of_a_person_do_not_reach_it(home: Path, tmp_path: Path) -> None:
    config = home / ".config" / "dvc" / "config"
    config.parent.mkdir(parents=True)
    config.write_text(
        f"[core]\n    autostage = true\n    remote = mine\n['remote \"mine\"']\n    url = {tmp_path}/mine\n"
        f"[cache]\n    dir = {tmp_path}/cache\n"
    )
    publish(tmp_path)
    assert not (tmp_path / "mine").exists()
    assert not (tmp_path / "cache").exists()


def test_dvcs_settings_that_are_broken_are_reported_at_once(home: Path, tmp_path: Path) -> None:
    config = home / ".config" / "dvc" / "config"
    config.parent.mkdir(parents=True)
    config.write_text("[core\nremote")
    with pytest.raises(ConfigError, match="DVC can't read its configuration") as caught:
        publish(tmp_path)
    assert RETRY_POLICY.evaluate(caught.value, 1, 4).action is RetryAction.FAIL


@pytest.mark.parametrize(
    "name", ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE"]
)
def test_an_environment_that_leads_git_elsewhere_does_not(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    sh("git init -q elsewhere", tmp_path)
    before = sorted(path.name for path in (elsewhere / ".git").iterdir())
    monkeypatch.setenv(name, str(elsewhere / ".git"))
    publish(tmp_path)
    assert sorted(path.name for path in (elsewhere / ".git").iterdir()) == before


def test_an_address_that_git_rewrites_is_reached(
    home: Path, tmp_path: Path, connect: Callable[..., None]
) -> None:
    sh("git init -q --bare real.git", tmp_path)
    (home / ".gitconfig").write_text(f'[url "{tmp_path}/"]\n\tinsteadOf = https://git.example.com/\n')
    connect("DATA_REGISTRY_DEFAULT", {"remote": "https://git.example.com/real.git"})
    publish(tmp_path)
    assert "Add m features" in sh("git -C real.git log --format=%s main", tmp_path)


def begin(branch: str, content: str) -> str:
    """Return the commands that make a repository with one commit on a branch, and what it is to hold."""
    return (
        f"git init -q --bare --initial-branch={branch} r.git && git clone -q r.git w && cd w && git checkout "
        f"-q -B {branch} && {content} && git add -f . && git commit -qm x && git push -q origin {branch}"
    )


REMOTES = {
    "empty": "git init -q --bare r.git",
    "HEAD elsewhere": "git init -q --bare --initial-branch=trunk r.git",
    "README on main": begin("main", "echo x > README.md"),
    "README on another branch": begin("trunk", "echo x > README.md"),
    "a branch that ends in main": begin("x/main", "echo x > README.md"),
    "ignores pointers": begin("main", "printf '*.dvc\\n.dvc\\n.gitignore\\nm\\n' > .gitignore"),
    "DVC without a remote": begin(
        "main", "mkdir .dvc && printf '[core]\\n  analytics = false\\n' > .dvc/config"
    ),
}


@pytest.mark.parametrize("script", REMOTES.values(), ids=REMOTES)
def test_a_remote_that_people_made_becomes_a_registry(
    home: Path, tmp_path: Path, connect: Callable[..., None], script: str
) -> None:
    sh(f"{script} 2>/dev/null", tmp_path)
    connect("DATA_REGISTRY_DEFAULT", {"remote": str(tmp_path / "r.git")})
    publish(tmp_path, 1)
    publish(tmp_path, 2)
    assert stored(tmp_path / "state" / "store")


def refuse(remote: Path, words: str) -> None:
    hook = remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\necho '{words}' >&2\nexit 1\n")
    hook.chmod(0o755)


def test_a_protected_branch_is_reported_at_once(home: Path, tmp_path: Path) -> None:
    hook = publish(tmp_path, 1)
    refuse(Path(hook.remote), "GitLab: You are not allowed to push code to protected branches")
    with pytest.raises(ConfigError, match=r"not allowed to push(.|\n)*data_registry_default") as caught:
        publish(tmp_path, 2)
    assert "Let the connection's user push to main" in str(caught.value)
    assert RETRY_POLICY.evaluate(caught.value, 1, 4).action is RetryAction.FAIL


def test_a_working_copy_as_a_remote_is_reported_at_once(
    home: Path, tmp_path: Path, connect: Callable[..., None]
) -> None:
    sh("git init -q -b main w && cd w && echo x > x && git add . && git commit -qm x", tmp_path)
    connect("DATA_REGISTRY_DEFAULT", {"remote": str(tmp_path / "w")})
    with pytest.raises(ConfigError, match="bare repository"):
        publish(tmp_path)


def test_a_folder_that_is_not_a_repository_is_reported_at_once(
    home: Path, tmp_path: Path, connect: Callable[..., None]
) -> None:
    (tmp_path / "folder").mkdir()
    connect("DATA_REGISTRY_DEFAULT", {"remote": str(tmp_path / "folder")})
    with pytest.raises(ConfigError, match="There is no repository"):
        publish(tmp_path)


ROOTS = [
    "team#1", "a,b", "a b", "a%20b", "a[1]", "a*b", "a?b", "grün-データ", "a'b", 'a"b', "a;b", "a=b", "a$b",
    "a\\b",
    "~a", "a@b", "a:b", " a", "#a", "a&b", "a|b", "<a>", "!a", "a(b)", "%", "-a", "a/", ".hidden", "a~",
    "e\u0301",
]  # fmt: skip


@pytest.mark.parametrize("name", ROOTS)
def test_an_odd_root_is_written_within_and_found_again(
    home: Path, tmp_path: Path, connect: Callable[..., None], name: str
) -> None:
    place = tmp_path / "stores"
    root = place / name
    connect("OBJECT_STORE_DEFAULT", {"root": f"file://{place}/{name}"})
    hook = publish(tmp_path)
    assert [path.name for path in place.iterdir()] == [root.name]
    assert stored(root)
    assert not stored(tmp_path / "state")
    hook.store.write_json(hook.store.resolve("models/m/alerts/x.json"), {"a": 1})
    assert hook.store.list(hook.store.resolve("models/m/alerts/*.json")) == [
        f"{place}/{name.rstrip('/')}/models/m/alerts/x.json"
    ]
    hook.store.remove(hook.store.resolve("models/m/alerts/x.json"))
    assert hook.store.test_connection()[0]


@pytest.mark.parametrize("name", ["a#", "a?", "a::b", "a/../b", "a//b", "a{b}"])
def test_a_root_that_would_be_cut_or_expanded_is_refused(
    home: Path, tmp_path: Path, connect: Callable[..., None], name: str
) -> None:
    connect("OBJECT_STORE_DEFAULT", {"root": f"file://{tmp_path}/stores/{name}"})
    with pytest.raises(ConfigError, match="object_store_default"):
        publish(tmp_path)
    assert not (tmp_path / "stores").exists()


@pytest.mark.parametrize("name", ["a b", "grün", "team#1"])
def test_dvc_brings_data_back_from_an_odd_root(
    home: Path, tmp_path: Path, connect: Callable[..., None], name: str
) -> None:
    connect("OBJECT_STORE_DEFAULT", {"root": f"file://{tmp_path}/stores/{name}"})
    hook = publish(tmp_path)
    command = [
        sys.executable,
        "-m",
        "dvc",
        "get",
        hook.remote,
        "m/features/2005-04-30.parquet",
        "-o",
        "x.parquet",
    ]
    subprocess.run([*command, "--rev", "main"], cwd=tmp_path, check=True, capture_output=True)
    assert pq.read_table(tmp_path / "x.parquet")["a"].to_pylist() == [1]


@pytest.mark.parametrize("name", ["a#b", "a b", "a[1]", "grün", "a,b", "a*b", "x/", "a%20b", "a:b", "-a"])
def test_an_odd_path_of_the_registry_is_found_again(
    home: Path, tmp_path: Path, connect: Callable[..., None], name: str
) -> None:
    connect("DATA_REGISTRY_DEFAULT", {"remote": f"{tmp_path}/registries/{name}"})
    publish(tmp_path)
    assert [path.name for path in (tmp_path / "registries").iterdir()] == [name.rstrip("/")]


@pytest.mark.parametrize(
    "remote", ["registry.git", "./registry.git", "~/registry.git", "-u", " /a", "/a\nb", "::x"]
)
def test_a_remote_that_depends_on_where_a_worker_stands_is_refused(
    home: Path, tmp_path: Path, connect: Callable[..., None], remote: str
) -> None:
    connect("DATA_REGISTRY_DEFAULT", {"remote": remote})
    with pytest.raises(ConfigError, match="expected an absolute path"):
        publish(tmp_path)


def test_a_root_that_is_reached_by_a_link_is_the_same_root(
    home: Path, tmp_path: Path, connect: Callable[..., None]
) -> None:
    publish(tmp_path, 1)
    (tmp_path / "link").symlink_to(tmp_path / "state" / "store")
    connect("OBJECT_STORE_DEFAULT", {"root": f"file://{tmp_path}/link"})
    publish(tmp_path, 2)


def test_a_registry_whose_data_lies_elsewhere_is_refused(
    home: Path, tmp_path: Path, connect: Callable[..., None]
) -> None:
    """Before, new data went to the old root while this project looked for it under the new one."""
    publish(tmp_path, 1)
    before = stored(tmp_path)
    connect("OBJECT_STORE_DEFAULT", {"root": f"file://{tmp_path}/other"})
    with pytest.raises(
        ConfigError, match=r"keeps its data in .*/state/store/dvc.*leads to .*/other/dvc"
    ) as caught:
        publish(tmp_path, 2)
    assert "dvc remote modify store url" in str(caught.value)
    assert stored(tmp_path) == before
