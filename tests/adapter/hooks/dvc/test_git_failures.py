from __future__ import annotations

import pytest

from include.errors import ConfigError, RegistryError
from mlops.hooks.dvc.git_failures import git_failure, pushed_first

pytestmark = pytest.mark.adapter

REJECTED = " ! [remote rejected] HEAD -> main"
STAYS = {
    "fatal: Authentication failed for 'https://host/r.git/'": "Correct login and password",
    "fatal: could not read Username for 'https://host': terminal prompts disabled": "Correct login",
    "git@host: Permission denied (publickey).\nfatal: Could not read from remote.": "the key (ssh)",
    "remote: Permission to a/b.git denied to c.": "right to push",
    "fatal: unable to access: The requested URL returned error: 403": "right to push",
    "Host key verification failed.\nfatal: Could not read from remote repository.": "known_hosts",
    "fatal: unable to access 'https://h/': SSL certificate problem: self-signed": "GIT_SSL_CAINFO",
    "remote: Repository not found.\nfatal: repository 'https://h/' not found": "There is no repository",
    "fatal: '/srv/x' does not appear to be a git repository": "There is no repository",
    "fatal: detected dubious ownership in repository at '/srv/r.git'": "safe.directory",
    f"remote: error: GH006: Protected branch update failed\n{REJECTED} (protected branch)": "push to main",
    f"{REJECTED} (pre-receive hook declined)": "push to main",
    f"{REJECTED} (branch is currently checked out)": "bare repository",
    "remote: fatal: Unable to create temporary file '/srv/x': Permission denied": "right to write",
    "error: cannot lock ref 'x': Unable to create '/srv/x.lock': Permission denied": "right to write",
    "fatal: bad config line 1 in file /home/me/.gitconfig": "Correct what git names",
    f"{REJECTED} (shallow update not allowed)": "reason of its own",
}
PASSES = [
    "fatal: unable to access 'https://h/': Could not resolve host: h",
    "ssh: connect to host h port 22: Connection refused\nfatal: Could not read from remote repository.",
    "fatal: unable to access 'https://h/': The requested URL returned error: 503",
    "fatal: the remote end hung up unexpectedly",
    f"remote: disk quota exceeded\n{REJECTED} (pre-receive hook declined)",
    "fatal: write error: No space left on device",
    f"remote: Internal server error\n{REJECTED} (pre-receive hook declined)",
    " ! [rejected] HEAD -> main (fetch first)",
    f"error: cannot lock ref 'x': is at 1 but expected 2\n{REJECTED}",
]


@pytest.mark.parametrize(("said", "remedy"), STAYS.items())
def test_what_the_next_try_would_not_change_fails_at_once_with_the_remedy(said: str, remedy: str) -> None:
    error = git_failure("git push", 1, said, connection="other_registry", branch="main")
    assert isinstance(error, ConfigError)
    assert remedy in str(error)
    assert "'other_registry'" in str(error)
    assert "retried" not in str(error)


@pytest.mark.parametrize("said", PASSES)
def test_what_may_pass_is_retried(said: str) -> None:
    error = git_failure("git push", 1, said, connection="other_registry", branch="main")
    assert isinstance(error, RegistryError)
    assert "'other_registry'" in str(error)
    assert pushed_first(error) is ("[rejected]" in said or "is at 1" in said)
