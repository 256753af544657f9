"""``bin/mlops experiment``: the pipeline of a model under other parameters, as an experiment of DVC."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from include.config.config_errors import one_of
from include.errors import ConfigError
from include.pipeline.assignments import check_assignments
from include.pipeline.places import Places
from mlops import run_context
from mlops.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

PARAMS = "params.yaml"


def run(model: str, assignments: Sequence[str], *, name: str | None, root: Path | None = None) -> int:
    """Check what is asked, and let DVC run it; return the exit code: 1 where DVC, or a stage, fails.

    :param model: the name of the model.
    :param assignments: each ``key=value``.
    :param name: what DVC calls the experiment; None for a name of its own.
    :param root: the project; this one by default.
    :raises ConfigError: the model or a key is unknown, a value is wrong, or the project is not in git.
    """
    root = root or run_context.PROJECT_ROOT
    places = Places(root=root, model=model)
    places.require()
    listed = list(yaml.safe_load((root / PARAMS).read_text(encoding="utf-8"))["models"])
    if model not in listed:
        raise ConfigError(
            f"{model} is not among the models of {PARAMS}; {one_of(listed, model)}. Name it there with the "
            "folder of its deliveries (docs/experimenting.md)"
        )
    check_assignments(places.folder, assignments)
    if not (root / ".git").exists():
        raise ConfigError(
            f"{root} is not a git repository, and an experiment is a commit; make it one with "
            "`git init && git add -A && git commit -m start`, or run `make pipeline`, which compares nothing"
        )
    file = places.folder.relative_to(root) / "model.yaml"
    sets = [part for one in assignments for part in ("-S", f"{file}:{one}")]
    command = [str(Path(sys.executable).with_name("dvc")), "exp", "run", *sets, f"evaluate@{model}"]
    environment = {**os.environ, "DVC_NO_ANALYTICS": "1", "VENV": sys.prefix}
    command += ["-n", name] if name else []
    failed = subprocess.run(command, cwd=root, env=environment, check=False).returncode
    return ExitCode.ERROR if failed else ExitCode.DONE
