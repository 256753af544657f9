"""What is installed where a card is made: a software bill of materials (CycloneDX, optional)."""

from __future__ import annotations

import importlib.util
import json
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from include.errors import ConfigError, InfrastructureError
from include.evidence.fairness import HOW_TO_INSTALL

if TYPE_CHECKING:
    from collections.abc import Iterable

_TIME_LIMIT = 300
_LONGEST = 1500  # characters of what a failed process said
_SPEC = "1.6"


def software_bill() -> dict[str, Any]:
    """Return the bill of materials of this environment, CycloneDX 1.6, without times and random ids.

    :raises ConfigError: cyclonedx-bom is not installed, or the environment can't be read.
    :raises InfrastructureError: it took too long.
    """
    if importlib.util.find_spec("cyclonedx_py") is None:
        raise ConfigError(
            f"The SBOM needs cyclonedx-bom, which is not installed here: {HOW_TO_INSTALL}, where the card "
            f"is made."
        )
    command = [
        sys.executable, "-m", "cyclonedx_py", "environment", "--no-validate", "--output-reproducible",
        "--spec-version", _SPEC, "--output-format", "JSON", sys.executable,
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_TIME_LIMIT)
    except subprocess.TimeoutExpired as error:
        raise InfrastructureError(
            f"cyclonedx-py did not list this environment within {_TIME_LIMIT} s: look at the load of this "
            f"machine, and "
            "try again."
        ) from error
    if done.returncode:
        raise ConfigError(f"cyclonedx-py can't list this environment: {done.stderr.strip()[-_LONGEST:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def installed_versions(names: Iterable[str]) -> dict[str, str]:
    """Return the installed versions of some libraries, and that of ``python``; absent ones are left out.

    :param names: what is asked for.
    """
    found = {}
    for name in names:
        try:
            found[name] = platform.python_version() if name == "python" else version(name)
        except PackageNotFoundError:
            continue
    return found
