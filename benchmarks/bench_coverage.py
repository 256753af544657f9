"""How often an interval of 95 % holds the truth: on test sets of 300 to 5,000 rows, beside the bootstrap.

Every sample is evaluated by the product's own code, and the first of them by the paired percentile bootstrap
of entities, too. Cells are kinds of test sets: rows, share of positives, AUC, rows of an entity, ties. They
are put together by how many positives a sample has on average. Samples that are inconclusive (too few
entities of either class, or decided differently) have no interval and do not count for either.

Goal: 93 to 97 % from 40 positives on, and in no band less than the bootstrap. A second table shows how often
z lies above a bar, as the gate's is, when neither model is better: of two models alike, and of a bold and a
careful one, each as the candidate. Losses of the bold one are rare and large, so that a test set without one
speaks for it. Goal: no more often than a normal variate does.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from scipy.stats import binom, norm

from benchmarks.bootstrap import bootstrap, gains, percentile_interval
from benchmarks.interval_worlds import MODELS, World, draw, level, measure_both, truth
from include.config.tasks import TASKS
from include.evaluation.buckets import assign_buckets
from include.evaluation.evidence import count_evidence
from include.evaluation.interval import contributed_gain, contributed_metric, z_value
from include.evaluation.measured import count_parted, subtract
from include.evaluation.unseen import bucket_evidence

BANDS = ((6, 15), (15, 40), (40, 200), (200, 3_000))
SAMPLES = {300: (1_000, 400), 1_000: (600, 250), 5_000: (300, 100)}
RESAMPLES = 200
GOAL = (0.93, 0.97)
FEWEST = 25  # samples with an interval, with fewer of which a cell says nothing
TAIL_SAMPLES = 20_000
TAIL_METRICS = ("roc_auc", "average_precision", "log_loss", "brier", "accuracy")
BARS = (2.0, 2.5, 3.0, 3.3)
NOMINAL = tuple(float(norm.sf(bar)) for bar in BARS)
TAILS = [
    *(
        World(rows, 0.1, 0.75, each, equal=equal)
        for equal, rows, each in product((True, False), (400, 1_000, 3_000), (1, 5))
    ),
    *(World(4_000, 0.01, 0.75, each) for each in (1, 5)),
]


HEAD = """\
coverage of intervals of 95 %: cells by positives, the mean over them [lowest, highest]; share of samples
whose interval lies above the truth (nominal .025); on the samples that were bootstrapped: ours, the
bootstrap's, and how wide ours are beside its

                         positives  cells coverage                    above    ours    boot  width"""


class Tally(NamedTuple):
    """What became of the intervals of one metric in one cell.

    :param asked: samples with an interval.
    :param held: those whose interval holds the truth.
    :param above: those whose interval lies above it.
    :param width: their widths, added up.
    """

    asked: int = 0
    held: int = 0
    above: int = 0
    width: float = 0.0

    def count(self, low: float, high: float, real: float) -> Tally:
        if not (np.isfinite(low) and np.isfinite(high)):
            return self
        held = low <= real <= high
        return Tally(self.asked + 1, self.held + held, self.above + (real < low), self.width + high - low)


def worlds(rows: int) -> list[World]:
    """Return the cells of so many rows."""
    return [
        World(rows, rate, auc, each, ties)
        for rate, auc, each, ties in product((0.01, 0.1, 0.5), (0.6, 0.75, 0.95), (1, 5), (False, True))
    ]


def play(samples: tuple[int, int], world: World) -> dict[str, Any]:
    """Return the tallies of one cell, and how many positives its conclusive samples have on average.

    :param samples: how many to draw, and how many of them to bootstrap.
    :param world: the cell.
    """
    known = truth(world)
    generator = np.random.default_rng([int(1e3 * one) for one in world])
    ours = {key: Tally() for key in known}
    beside, theirs = dict(ours), dict(ours)
    positives = []
    for number in range(samples[0]):
        models = draw(world, generator)
        target = models[MODELS[0]].target
        found = evaluate_sample(models)
        if not any(np.isfinite(one.low) for one in found.values()):
            continue
        positives.append(int(target.sum()))
        drawn = None
        if number < samples[1]:
            drawn = bootstrap(models, TASKS["binary"].metrics, resamples=RESAMPLES, seed=number)
        for key, one in found.items():
            ours[key] = ours[key].count(one.low, one.high, known[key])
            if drawn is None or not np.isfinite(one.low):
                continue
            kind, metric = key
            values = drawn[MODELS[0], metric] if kind == "single" else gains(drawn, metric, *MODELS)
            low, high = percentile_interval(values, 0.95)
            if np.isfinite(low):
                theirs[key] = theirs[key].count(low, high, known[key])
                beside[key] = beside[key].count(one.low, one.high, known[key])
    tallies = {
        name: {" ".join(key): one._asdict() for key, one in part.items()}
        for name, part in (("ours", ours), ("beside", beside), ("bootstrap", theirs))
    }
    return {"world": world._asdict(), "positives": float(np.mean(positives)) if positives else 0.0, **tallies}


def evaluate_sample(models: dict[str, Any]) -> dict[tuple[str, str], Any]:
    """Return the interval of each metric of the candidate, and of each gain, as the product has them."""
    candidate, champion = measure_both(models)
    evidence, parted = (
        count_evidence(candidate.scored.target, candidate.scored.groups),
        count_parted("accuracy", *models.values()),
    )
    found = {}
    for name in TASKS["binary"].metrics:
        found["single", name] = contributed_metric(name, candidate.metrics[name], evidence, 0.95)
        gain = subtract(name, candidate, champion)
        found["gain", name] = contributed_gain(name, gain, evidence, 0.95, parted=parted)
    return found


def tail(samples: int, world: World) -> dict[str, Any]:
    """Return how often z lies above each bar where neither model is better.

    :param samples: how many to draw; of two models alike each counts as the candidate once.
    :param world: the test sets.
    :return: by metric, and by who is the candidate, how many had a z and how many of them lay above each bar.
    """
    import pyarrow as pa

    generator = np.random.default_rng([5, *(int(1e3 * one) for one in world)])
    buckets = assign_buckets(pa.array(range(-(-world.rows // world.each))))
    sides = {"alike": 0.0} if world.equal else {"bold champion": 1.0, "bold candidate": -1.0}
    asked = dict.fromkeys(TAIL_METRICS, 0)
    beyond = {(name, side): np.zeros(len(BARS), dtype=int) for name in TAIL_METRICS for side in sides}
    levels = {name: level(world, name) for name in TAIL_METRICS}
    for _ in range(samples):
        models = draw(world, generator)
        candidate, champion = measure_both(models, TAIL_METRICS)
        evidence, parted = (
            count_evidence(candidate.scored.target, candidate.scored.groups),
            count_parted("accuracy", *models.values()),
        )
        for name in TAIL_METRICS:
            gain = subtract(name, candidate, champion)
            if contributed_gain(name, gain, evidence, 0.95, parted=parted).note:
                continue
            asked[name] += 1
            found = bucket_evidence(name, gain, candidate.scored, champion.scored, buckets)
            z = z_value(found, levels[name])
            for side, sign in sides.items():
                above = abs(z) if not sign else sign * z
                beyond[name, side] += above > np.array(BARS)
    return {
        "world": world._asdict(),
        "beyond": {
            f"{name}, {side}": [asked[name] * (2 if world.equal else 1), *counts.tolist()]
            for (name, side), counts in beyond.items()
        },
    }


def put_tails_together(tails: list[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """Return the table of tails, and where z lies above a bar more often than chance explains."""
    lines, missed = [], []
    for one in tails:
        world = World(**one["world"])
        lines.append(
            f"{world.rows * world.rate:.0f} positives of {world.rows} rows, entities of {world.each}"
        )
        for kind, (asked, *counts) in one["beyond"].items():
            if asked < FEWEST:
                continue
            shares = " ".join(f"{count / asked:>8.5f}" for count in counts)
            times = " ".join(
                f"{count / asked / nominal:>5.2f}" for count, nominal in zip(counts, NOMINAL, strict=True)
            )
            lines.append(f"  {kind:<34} {asked:>6} {shares}   {times}")
            missed += [
                f"{kind}, {world}: z above {bar:g} in {count / asked:.5f}, nominal {nominal:.5f}"
                for count, bar, nominal in zip(counts, BARS, NOMINAL, strict=True)
                if count > binom.ppf(0.999, asked, nominal)
            ]
    return lines, missed


def put_together(cells: list[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """Return the table by metric and band, and what misses the goal: cells and bands."""
    lines, missed = [], []
    for kind, name in product(("gain", "single"), TASKS["binary"].metrics):
        key = f"{kind} {name}"
        for low, high in BANDS:
            band = [
                one for one in cells if low <= one["positives"] < high and one["ours"][key]["asked"] >= FEWEST
            ]
            if not band:
                continue
            held = np.array([one["ours"][key]["held"] / one["ours"][key]["asked"] for one in band])
            above = np.mean([one["ours"][key]["above"] / one["ours"][key]["asked"] for one in band])
            pair = [
                {field: sum(one[part][key][field] for one in band) for field in Tally._fields}
                for part in ("beside", "bootstrap")
            ]
            ours, theirs = (one["held"] / max(one["asked"], 1) for one in pair)
            wider = pair[0]["width"] / max(pair[1]["width"], 1e-300)
            shares = f"{held.mean():>7.3f} [{held.min():.3f}, {held.max():.3f}] {above:>6.3f}"
            lines.append(
                f"{key:<24} {low:>5}-{high:<5} {len(band):>3} {shares} "
                f"{ours:>7.3f} {theirs:>7.3f} {wider:>6.2f}"
            )
            if name == "calibration_error":
                continue
            noise = 2.58 * (0.05 * 0.95 / max(pair[0]["asked"], 1)) ** 0.5
            if ours < theirs - noise:
                missed.append(f"{key}, {low} to {high} positives: {ours:.3f}, the bootstrap {theirs:.3f}")
            for one, share in zip(band, held, strict=True):
                error = (0.05 * 0.95 / one["ours"][key]["asked"]) ** 0.5
                if low >= 40 and not GOAL[0] - 2 * error <= share <= GOAL[1] + 2 * error:
                    missed.append(f"{key}, {World(**one['world'])}: {share:.3f}")
    return lines, missed


def main() -> int:
    """Print both tables; 1 where anything misses its goal by more than chance explains."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="*", default=list(SAMPLES), help="sizes of the test sets")
    parser.add_argument("--share", type=float, default=1.0, help="share of the samples, for a quick look")
    parser.add_argument("--json", type=Path, help="add what was counted to this file, and tell of all in it")
    parser.add_argument("--no-tail", action="store_true", help="leave out the second table")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    known = (
        json.loads(options.json.read_text())
        if options.json and options.json.exists()
        else {"cells": [], "tails": []}
    )
    with ProcessPoolExecutor(options.processes) as pool:
        for rows in options.rows:
            samples = tuple(round(options.share * one) for one in SAMPLES[rows])
            known["cells"] = [one for one in known["cells"] if one["world"]["rows"] != rows]
            known["cells"] += pool.map(partial(play, samples), worlds(rows))
            print(f"  {rows} rows", file=sys.stderr, flush=True)
        if not options.no_tail:
            known["tails"] = list(pool.map(partial(tail, round(options.share * TAIL_SAMPLES)), TAILS))
    if options.json:
        options.json.write_text(json.dumps(known) + "\n", encoding="utf-8")
    lines, missed = put_together(known["cells"])
    print(HEAD)
    print("\n".join(lines))
    lines, beyond = put_tails_together(known["tails"])
    print(f"\nz above {BARS} where neither is better: how many have a z, shares, and times the nominal")
    print("\n".join(lines))
    missed += beyond
    print(
        "\nmisses the goal:\n" + "\n".join(f"  {one}" for one in missed)
        if missed
        else "\nnothing misses the goal"
    )
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
