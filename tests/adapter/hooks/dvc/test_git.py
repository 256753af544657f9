from __future__ import annotations

import base64
import os
import shutil
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from include.errors import ConfigError, RegistryError
from mlops.hooks.dvc.git import Git

if TYPE_CHECKING:
    from pathlib import Path

    from tests.adapter.conftest import HttpServer

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    Git()("init", "--quiet", str(folder))
    return folder


def commit(folder: Path, text: str = "x") -> str:
    (folder / "file").write_text(text)
    Git()("add", "file", cwd=folder)
    Git()("commit", "--quiet", "-m", "change", cwd=folder)
    return Git()("rev-parse", "HEAD", cwd=folder).strip()


def test_it_returns_what_git_printed(repository: Path) -> None:
    sha = commit(repository)
    assert Git()("log", "--format=%H", cwd=repository) == f"{sha}\n"


def test_a_machine_without_a_git_identity_can_commit(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "empty"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    commit(repository)
    said = Git()("log", "--format=%an <%ae> %cn <%ce>", cwd=repository)
    assert said == "mlops <mlops@localhost> mlops <mlops@localhost>\n"


def test_an_error_carries_the_command_and_gits_own_words(repository: Path) -> None:
    with pytest.raises(RegistryError, match=r"git checkout nowhere failed \(1\): .*'nowhere'") as caught:
        Git()("checkout", "nowhere", cwd=repository)
    assert "retried" in str(caught.value)


def test_git_speaks_english_whatever_the_machine_does(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("LANGUAGE", "de")
    with pytest.raises(RegistryError, match="did not match any file"):
        Git()("checkout", "nowhere", cwd=repository)


def test_where_git_is_not_installed_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="git is not installed where this task runs"):
        Git()("status")


def test_a_remote_that_does_not_answer_is_given_up(http_server: HttpServer) -> None:
    given_up, answered = threading.Event(), threading.Event()

    def wait(_: object) -> bytes:
        given_up.wait(40)
        answered.set()
        return b""

    http_server.answers["GET /r.git/info/refs?service=git-upload-pack"] = wait
    with pytest.raises(RegistryError, match=r"no answer after 0\.5 s. Is the registry's remote reachable"):
        Git(timeout=0.5)("ls-remote", f"{http_server.url}/r.git")
    assert not answered.is_set()
    given_up.set()


def test_nobody_is_asked_for_a_password(http_server: HttpServer) -> None:
    """A task has no terminal: the question would hang it until its time is over."""
    http_server.answers["GET /r.git/info/refs?service=git-upload-pack"] = (401, {})
    with pytest.raises(ConfigError, match="ls-remote"):
        Git(timeout=20)("ls-remote", f"{http_server.url}/r.git")


def test_login_and_password_reach_the_remote_in_a_header(http_server: HttpServer) -> None:
    with pytest.raises(ConfigError):
        Git(login="me", password="p:ä@ß")("ls-remote", f"{http_server.url}/r.git")
    _, _, _, headers = http_server.requests[0]
    word, token = headers["Authorization"].split()
    assert word == "Basic"
    assert base64.b64decode(token).decode() == "me:p:ä@ß"


def test_without_a_password_no_header_is_sent(http_server: HttpServer) -> None:
    with pytest.raises(ConfigError):
        Git(login="me")("ls-remote", f"{http_server.url}/r.git")
    assert "Authorization" not in http_server.requests[0][3]


def test_the_password_is_in_no_argument_and_no_representation(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []

    def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        seen.append(command)
        return subprocess.CompletedProcess(command, 0, stdout="", stderr="")

    monkeypatch.setattr(subprocess, "run", run)
    git = Git(login="me", password="secret")
    git("push", "origin")
    token = base64.b64encode(b"me:secret").decode()
    assert seen[-1] == ["git", "push", "origin"]
    assert "secret" not in str(seen)
    assert token not in str(seen)
    assert "secret" not in repr(git)
    assert token not in repr(git)


def test_credentials_in_a_url_are_hidden_in_messages(tmp_path: Path) -> None:
    with pytest.raises(RegistryError) as caught:
        Git()("ls-remote", "http://me:secret@127.0.0.1:9/r.git")
    assert "secret" not in str(caught.value)
    assert "http://***@127.0.0.1:9/r.git" in str(caught.value)


def test_settings_that_came_with_the_environment_stay(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container may say ``safe.directory`` this way."""
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "mlops.word")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "kept")
    git = Git(login="me", password="secret")
    assert git("config", "mlops.word", cwd=repository) == "kept\n"
    assert git("config", "http.extraHeader", cwd=repository).startswith("Authorization: Basic ")


def test_settings_are_asked_for_once_however_many_commands_are_run(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, noted = shutil.which("git"), tmp_path / "noted"
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").write_text(f'#!/bin/sh\necho "$1" >> "{noted}"\nexec "{real}" "$@"\n')
    (tmp_path / "bin" / "git").chmod(0o755)
    monkeypatch.delenv("GIT_SSH_COMMAND", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    git = Git()
    for _ in range(3):
        git("status", cwd=repository)
    assert noted.read_text().split() == ["config", "status", "status", "status"]


def test_ssh_never_asks_and_a_command_of_ones_own_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ssh = tmp_path / "ssh"
    ssh.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/arguments\nexit 1\n')
    ssh.chmod(0o755)
    monkeypatch.delenv("GIT_SSH_COMMAND", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(RegistryError):
        Git()("ls-remote", "ssh://git@host.invalid/r.git")
    assert "-oBatchMode=yes" in (tmp_path / "arguments").read_text()
    monkeypatch.setenv("GIT_SSH_COMMAND", f"{ssh} -i /a/key")
    with pytest.raises(RegistryError):
        Git()("ls-remote", "ssh://git@host.invalid/r.git")
    assert (tmp_path / "arguments").read_text().startswith("-i /a/key")
