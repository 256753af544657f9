"""Check a file for drift, beside a bare streaming decode of it, the tutorials' rule and other libraries.

The tutorials read reference and batch with pandas and call ``scipy.stats.ks_2samp`` for every column. The
libraries do what they do by default, each in an environment of its own (:mod:`benchmarks.drift_libraries`).
Like the tutorials they read training data and batch, so the row to hold beside theirs is the one in which the
profile is built, too. Goals for 25 columns: at most 2.0 times the decode at 1 million rows and 1.5 times at
10 million, and at most 200 MB; with the profile built, at most a third of the tutorials' time at 1 million
rows and an eighth at 10 million.
"""

from __future__ import annotations

import argparse
import importlib
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import drift_libraries
from benchmarks.drift_columns import FEATURES, NUMBERS, SIZES
from benchmarks.side_by_side import SCRATCH, compare, run, table, tell

GOALS, GOAL_MB = {1_000_000: 2.0, 10_000_000: 1.5}, 200
GOALS_BUILT = {1_000_000: 3.0, 10_000_000: 8.0}
YARDSTICK, OWN, BUILT, TUTORIAL = (
    "bare streaming decode",
    "this project",
    "this project, profile built too",
    "pandas and ks_2samp",
)
STRINGS = "bare decode, categories as text"
FOLDER = SCRATCH / "drift"


def decode(folder: Path, *, dictionaries: bool = True) -> str:
    """Decode one row group after the other, all columns at once: quicker and leaner than ``iter_batches``.

    Categories are left as dictionaries, which is less work than text and what this project reads too.
    """
    import pyarrow.parquet as pq

    file = pq.ParquetFile(folder / "batch.parquet", read_dictionary=list(SIZES) if dictionaries else None)
    groups = range(file.metadata.num_row_groups)
    return f"{sum(file.read_row_group(group, columns=FEATURES).num_rows for group in groups):,} rows"


def decode_text(folder: Path) -> str:
    return decode(folder, dictionaries=False)


def check(folder: Path) -> str:
    from include.config.monitoring_schema import Drift
    from include.monitoring.drift.check import check_drift
    from include.monitoring.profile.count_file import count_file
    from include.monitoring.profile.profile import Profile

    profile = Profile.from_json((folder / "profile.json").read_text(encoding="utf-8"))
    report = check_drift(profile, count_file(folder / "batch.parquet", profile), Drift())
    return f"{report.decision}: {len(report.drifted)} of {len(report.columns)} columns"


def build(folder: Path) -> None:
    import numpy as np
    import pyarrow.parquet as pq

    from benchmarks.drift_source import config
    from include.monitoring.profile.build import build_profile

    train = folder / "train.parquet"
    scores = np.random.default_rng(0).random(pq.ParquetFile(train).metadata.num_rows)
    (folder / "profile.json").write_text(build_profile(train, config(), scores).to_json(), encoding="utf-8")


def build_and_check(folder: Path) -> str:
    build(folder)
    return check(folder)


def tutorial(folder: Path) -> str:
    import pandas as pd
    from scipy.stats import chi2_contingency, ks_2samp

    train, batch = (
        pd.read_parquet(folder / f"{name}.parquet", columns=FEATURES) for name in ("train", "batch")
    )
    found = [ks_2samp(train[name], batch[name]).pvalue < 0.05 for name in NUMBERS]
    for name in FEATURES[len(NUMBERS) :]:
        both = pd.concat([train[name].value_counts(), batch[name].value_counts()], axis=1).fillna(0)
        found.append(chi2_contingency(both)[1] < 0.05)
    return f"{sum(found)} of {len(found)} columns"


WAYS = {
    YARDSTICK: decode,
    STRINGS: decode_text,
    OWN: check,
    BUILT: build_and_check,
    TUTORIAL: tutorial,
}


def main() -> int:
    """Measure, print a table for each size, return 1 when a goal is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--rows", type=int, nargs="+", default=list(GOALS), help="sizes (default: 1 and 10 million)"
    )
    parser.add_argument(
        "--runs", type=int, default=5, help="runs of this project and of the decode (default: 5)"
    )
    parser.add_argument(
        "--libraries", nargs="*", choices=drift_libraries.LIBRARIES, default=list(drift_libraries.LIBRARIES),
        metavar="NAME", help=f"libraries beside it (default: {' '.join(drift_libraries.LIBRARIES)})",
    )  # fmt: skip
    parser.add_argument("--keep", action="store_true", help="keep the generated files in .bench/")
    parser.add_argument("--way", choices=[*WAYS, "generate", "build"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        return _work(options.way, FOLDER / str(options.rows[0]), options.rows[0])
    missed = 0
    try:
        for rows in options.rows:
            missed += _measure(rows, options.runs, options.libraries)
    finally:
        if not options.keep:
            shutil.rmtree(FOLDER, ignore_errors=True)
    return int(missed > 0)


def _work(way: str, folder: Path, rows: int) -> int:
    """Do one piece of work in this process."""
    if way == "generate":
        from benchmarks.drift_source import write

        folder.mkdir(parents=True, exist_ok=True)
        write(folder / "train.parquet", rows, 1)
        write(folder / "batch.parquet", rows, 2)
        build(folder)
        return 0
    modules = ["pyarrow.parquet", "numpy", "benchmarks.drift_source"]
    if way in {OWN, BUILT}:
        modules += [
            f"include.{name}"
            for name in ("config.schema", "monitoring.drift.check", "monitoring.profile.build")
        ]
    if way == TUTORIAL:
        modules += ["pandas", "scipy.stats"]
    for name in modules:
        importlib.import_module(name)
    tell(lambda: WAYS[way](folder))
    return 0


def _measure(rows: int, runs: int, libraries: list[str]) -> bool:
    """Print the table of one size and tell whether a goal is missed."""
    arguments = ["--rows", str(rows)]
    if not (FOLDER / str(rows) / "profile.json").exists():
        run([sys.executable, __file__, "--way", "generate", *arguments])
    elsewhere = {
        name: (drift_libraries.interpreter(name), drift_libraries.__file__)
        for name in libraries
        if rows <= drift_libraries.LIBRARIES[name].most_rows
    }
    ways = {YARDSTICK: runs, STRINGS: runs, OWN: runs, BUILT: min(runs, 3), TUTORIAL: 1}
    figures = compare(__file__, ways | dict.fromkeys(elsewhere, 1), arguments, elsewhere)
    print(f"{rows:,} rows x 25 columns; 1 = {YARDSTICK}; imports are not counted")
    print(table(figures, YARDSTICK))
    if rows not in GOALS:
        return False
    own, times = figures[OWN], figures[OWN].seconds / figures[YARDSTICK].seconds
    quicker = figures[TUTORIAL].seconds / figures[BUILT].seconds
    reached = [
        _tell_goal(times <= GOALS[rows], f"{times:.2f} times the decode, at most {GOALS[rows]}"),
        _tell_goal(own.megabytes <= GOAL_MB, f"{own.megabytes:.0f} MB, at most {GOAL_MB}"),
        _tell_goal(
            quicker >= GOALS_BUILT[rows],
            f"profile built too: {quicker:.1f} times as fast as {TUTORIAL}, at least {GOALS_BUILT[rows]:g}",
        ),
    ]
    return not all(reached)


def _tell_goal(reached: bool, text: str) -> bool:
    print(f"{'reached' if reached else 'MISSED ':<8} {text}")
    return reached


if __name__ == "__main__":
    sys.exit(main())
