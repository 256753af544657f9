"""How often a drift check alarms: without drift, with small daily shifts, and with drift that has an impact.

A source of 25 columns delivers days of many sizes, against training data of 100,000 rows. It compares this
project's check, with the defaults of ``model.yaml``, with rules in use; a day alarms when any column does:

- ``p < .05``: the tutorials' rule, KS for numbers and chi-square for categories;
- ``BH .05``: Benjamini and Hochberg's procedure on these p-values;
- ``Bonf, D``: p < .01 / 25 and, for numbers, D of .08 or more;
- ``D bound``: a number's D is .03 for certain (its lower bound of 95 %: Dvoretzky, Kiefer, Wolfowitz);
- ``PSI .2``: the population stability index is .2 or more;
- ``evidently``: the library's default, on the first days of some sizes: a day takes it seconds.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import drift_libraries
from benchmarks.drift_columns import FEATURES
from benchmarks.side_by_side import run

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pyarrow as pa

    from include.monitoring.histogram.counts import Counts
    from include.monitoring.profile.profile import Profile

TRAIN_ROWS = 100_000
DAYS = {300: 1_000, 500: 1_000, 1_000: 1_000, 10_000: 500, 100_000: 300, 1_000_000: 60}
EVIDENTLY_DAYS = {500: 10, 10_000: 10}
DAILY_SHIFT, MOVE, MOVED = 0.02, 0.3, 3
MAX_ALARMS = 1.0  # percent of days that may alarm at most without impactful drift
FOUND = {500: 95.0}  # percent of days with it that alarm at least
SCENES = {"no drift": MAX_ALARMS, f"shift of {DAILY_SHIFT} sd": MAX_ALARMS, f"{MOVED} columns move": None}


class Evidence(NamedTuple):
    """What the rules decide by.

    :param decision: this project's.
    :param p_values: of all columns, increasing, shape (25,).
    :param ks: D of each number, with its p-value.
    :param psi: of all columns, shape (25,).
    :param error: what D errs by at most, in 95 of 100 days.
    """

    decision: str
    p_values: np.ndarray
    ks: list[tuple[float, float]]
    psi: np.ndarray
    error: float


def _bh(day: Evidence) -> bool:
    return any(p <= 0.05 * (place + 1) / len(day.p_values) for place, p in enumerate(day.p_values))


RULES: dict[str, Callable[[Evidence], bool]] = {
    "this one": lambda day: day.decision in {"benign drift", "impactful drift"},
    "p < .05": lambda day: bool(day.p_values[0] < 0.05),
    "BH .05": _bh,
    "Bonf, D": lambda day: any(p < 0.01 / len(day.p_values) and d >= 0.08 for d, p in day.ks),
    "D bound": lambda day: any(d - day.error >= 0.03 for d, _ in day.ks),
    "PSI .2": lambda day: bool((day.psi >= 0.2).any()),
}


def main() -> int:
    """Simulate, print a table, return 1 when a goal is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--share", type=float, default=1.0, help="share of the days to simulate (default: 1)")
    parser.add_argument("--rows", type=int, nargs="+", default=list(DAYS), help="sizes of a day")
    parser.add_argument("--alone", action="store_true", help="leave evidently out")
    options = parser.parse_args()
    references = [_train(seed) for seed in (1, 2)]
    heads = [*RULES, "evidently", "inconclusive"]
    print(f"% of days that alarm; 25 columns, {TRAIN_ROWS:,} training rows")
    print(f"{'':<18}{'rows':>10}{'days':>7}" + "".join(f"{head:>14}" for head in heads))
    missed = False
    for scene, (name, most) in enumerate(SCENES.items()):
        for rows in options.rows:
            days = max(4, round(DAYS.get(rows, 100) * options.share))
            shares = [100 * count / days for count in _simulate(references, scene, rows, days)]
            asked = 0 if options.alone else round(EVIDENTLY_DAYS.get(rows, 0) * options.share)
            shares.insert(-1, _ask_evidently(scene, rows, asked) if asked else math.nan)
            if most is not None:
                missed |= shares[0] > most
            elif rows >= 500:
                missed |= shares[0] < FOUND.get(rows, 99.0)
            cells = "".join(f"{'' if math.isnan(share) else f'{share:.1f}':>14}" for share in shares)
            print(f"{name:<18}{rows:>10,}{days:>7}{cells}", flush=True)
    print(
        f"goals: alarm on at most {MAX_ALARMS:g} % without impactful drift, on 99 % (500 rows: 95 %) "
        f"with it: {'MISSED' if missed else 'reached'}"
    )
    return int(missed)


def _train(seed: int) -> Profile:
    """Return the profile of a training set."""
    import numpy as np

    from benchmarks.drift_source import config, write
    from include.monitoring.profile.build import build_profile

    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "train.parquet", TRAIN_ROWS, seed)
        scores = np.random.default_rng(seed).random(TRAIN_ROWS)
        return build_profile(Path(folder) / "train.parquet", config(), scores)


def _deliver(scene: int, rows: int, day: int) -> pa.Table:
    """Return the delivery of a day."""
    import numpy as np

    from benchmarks.drift_source import draw, to_table

    rng = np.random.default_rng([scene, rows, day])
    moved = tuple(rng.choice(FEATURES, MOVED, replace=False)) if scene == 2 else ()
    return to_table(draw(rng, rows, shift=DAILY_SHIFT if scene else 0.0, moved=moved, by=MOVE))


def _simulate(references: list[Profile], scene: int, rows: int, days: int) -> list[int]:
    """Return on how many days each rule alarms, and on how many this project is inconclusive."""
    alarms = [0] * (len(RULES) + 1)
    for day in range(days):
        profile = references[day % len(references)]
        found = _weigh(profile, profile.count(_deliver(scene, rows, day)), rows)
        for place, rule in enumerate(RULES.values()):
            alarms[place] += rule(found)
        alarms[-1] += found.decision == "inconclusive"
    return alarms


def _weigh(profile: Profile, counts: Counts, rows: int) -> Evidence:
    """Return what the rules ask for; p-values as ``ks_2samp`` (asymptotic) and ``chi2_contingency`` give."""
    import numpy as np
    from scipy.stats import chi2_contingency, kstwo

    from include.config.monitoring_schema import Drift
    from include.monitoring.drift.check import check_drift
    from include.monitoring.histogram.distances import measure
    from include.monitoring.histogram.numeric_bins import NumericBins

    p_values, distances, psi = [], [], []
    for name, column in profile.columns.items():
        before, now = profile.reference.columns[name], counts.columns[name]
        psi.append(measure("psi", before, now, column))
        if isinstance(column, NumericBins):
            distance = measure("ks", before, now, column)
            alike = before.sum() * now.sum() / (before.sum() + now.sum())
            p_values.append(float(kstwo.sf(distance, np.round(alike))))
            distances.append((distance, p_values[-1]))
        else:
            table = np.array([before, now])
            p_values.append(float(chi2_contingency(table[:, table.sum(axis=0) > 0])[1]))
    return Evidence(
        decision=check_drift(profile, counts, Drift()).decision,
        p_values=np.sort(p_values),
        ks=distances,
        psi=np.array(psi),
        error=math.sqrt(math.log(2 / 0.05) / 2 * (1 / rows + 1 / TRAIN_ROWS)),
    )


def _ask_evidently(scene: int, rows: int, days: int) -> float:
    """Return on how many percent of the first days the library alarms."""
    import pyarrow.parquet as pq

    from benchmarks.drift_source import write

    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "train.parquet", TRAIN_ROWS, 1)
        for day in range(days):
            pq.write_table(_deliver(scene, rows, day), Path(folder) / f"day-{day:04}.parquet")
        python = drift_libraries.interpreter("evidently")
        printed, _ = run([python, drift_libraries.__file__, "--way", "evidently", "--days", folder])
    alarms = json.loads(printed.splitlines()[-1])
    return 100 * sum(alarms) / len(alarms)


if __name__ == "__main__":
    sys.exit(main())
