"""The work of the training DAG as one plain script: no scheduler, one process, every import once."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from tests.world.dag_run import DagRun


def main(folder: str, as_of: str) -> None:
    """Run every task in order and print the seconds of each as JSON."""
    run = DagRun(Path(folder), as_of)
    seconds = {}
    for task in run.way_to("promote"):
        began = time.monotonic()
        run.run_task(task)
        seconds[task] = time.monotonic() - began
    print(json.dumps(seconds))


if __name__ == "__main__":
    main(*sys.argv[1:])
