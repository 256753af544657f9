"""The reproducibility check without its new interpreter, which takes seconds to start."""

from __future__ import annotations

import subprocess
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from mlops.tracking import reproducibility
from tests.world.world import REAL_PROBE

if TYPE_CHECKING:
    from collections.abc import Sequence

PLACE = "mlops.tracking.reproducibility"


def probe_in_this_process(patch: pytest.MonkeyPatch) -> None:
    """Let the check do all that it does in production, its program too, but in this process.

    ``tests/integration/test_dag.py`` and the test of an outage in ``bad_inputs`` start the interpreter.
    """

    def run(command: Sequence[str], *, input: str, **rest: Any) -> subprocess.CompletedProcess[str]:
        assert command[1:] == ["-m", PLACE]
        out, err = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(err), pytest.MonkeyPatch.context() as own:
            own.setattr("sys.stdin", StringIO(input))
            status = reproducibility.main()
        return subprocess.CompletedProcess(command, status, out.getvalue(), err.getvalue())

    patch.setattr(f"{PLACE}.check_in_new_process", REAL_PROBE)
    patch.setattr(f"{PLACE}.subprocess", SimpleNamespace(run=run, TimeoutExpired=subprocess.TimeoutExpired))
