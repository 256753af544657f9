"""Intervals of other libraries, each with its defaults and in an environment of its own.

Run by an interpreter that has one of them and nothing of this project, on samples that stand in a file. What
each can do is said in its function; none of them knows clusters, slices, or a form that adds up.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.side_by_side import interpreter

REQUIREMENTS = {
    "confidenceinterval": ("confidenceinterval==1.0.5",),
    "MLstatkit": ("MLstatkit==0.1.91",),
}
Z = 1.959963984540054


def confidenceinterval(target, better, _worse):
    """AUC by DeLong; accuracy by Wilson. No difference of two models, no AP, log loss or Brier score."""
    from confidenceinterval import accuracy_score, roc_auc_score

    found = {"single roc_auc": roc_auc_score(target, better)[1]}
    found["single accuracy"] = accuracy_score(target, (better > 0.5).astype(int))[1]
    return found


def mlstatkit(target, better, worse):
    """AUC by DeLong, and a z of the difference of two, of which its interval follows; others are bootstrapped
    singly, a thousand resamples each."""
    from MLstatkit import Delong_test

    z, _, ends, _, first, second, _ = Delong_test(target, better, worse)
    gain = first - second
    error = abs(gain / z) if z else 0.0
    return {"single roc_auc": ends, "gain roc_auc": (gain - Z * error, gain + Z * error)}


def mlstatkit_bootstrap(target, better, _worse):
    """Its bootstrap of one model: AUC and AP."""
    from MLstatkit import Bootstrapping

    return {
        f"single {name}": Bootstrapping(target, better, metric_str=asked)[1:]
        for name, asked in (("roc_auc", "roc_auc"), ("average_precision", "pr_auc"))
    }


WAYS = {
    "confidenceinterval": ("confidenceinterval", confidenceinterval),
    "MLstatkit": ("MLstatkit", mlstatkit),
    "MLstatkit, bootstrap": ("MLstatkit", mlstatkit_bootstrap),
}


def command(way: str) -> list[str]:
    """Return how to run a way: its interpreter, whose environment is made the first time, and this file."""
    library = WAYS[way][0]
    return [interpreter(library, REQUIREMENTS[library]), __file__, "--way", way]


def main() -> int:
    """Print the intervals of each sample, and the CPU seconds of one."""
    import numpy as np

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--way", choices=WAYS, required=True)
    parser.add_argument(
        "--samples", type=Path, required=True, help="an .npz file of target, better and worse"
    )
    parser.add_argument("--most", type=int, default=1_000_000, help="samples that are measured")
    options = parser.parse_args()
    with np.load(options.samples) as file:
        arrays = [file[name][: options.most] for name in ("target", "better", "worse")]
    measure, found, seconds = WAYS[options.way][1], [], []
    with contextlib.redirect_stderr(io.StringIO()):
        for sample in zip(*arrays, strict=True):
            started = time.process_time()
            intervals = measure(*sample)
            seconds.append(time.process_time() - started)
            found.append({key: [float(end) for end in ends] for key, ends in intervals.items()})
    # The first of them also imports.
    print(json.dumps({"intervals": found, "seconds": float(np.median(seconds))}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
