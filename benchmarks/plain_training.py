"""The work of the training DAG as one plain script: no scheduler, one process, every import once."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from tests.integration.pipeline import Pipeline


def main(folder: str, as_of: str) -> None:
    """Run every task in order and print the seconds of each as JSON."""
    pipeline = Pipeline(Path(folder), as_of)
    seconds = {}
    for task in Pipeline.WAY:
        began = time.monotonic()
        pipeline.run_task(task)
        seconds[task] = time.monotonic() - began
    print(json.dumps(seconds))


if __name__ == "__main__":
    main(*sys.argv[1:])
