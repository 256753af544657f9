"""How a gate does in whole lives of champions: false promotions, power, and how often a worse model serves.

Lives of 24 exams run through the product's own code: gains as bucket sums, the kept challenger, the evidence,
the measured correlation and the bar are what :mod:`include.promotion.gate` calls for an evaluation. A gain is
drawn in units of the standard error of one exam; the noise of its 1,024 buckets is correlated from one exam
to the next by rho, as if so many of the entities returned. Candidate and challenger of one exam have noise of
their own, which gives luck the most chances.

- *null*: no candidate differs from the champion; the share of lives with a promotion;
- *worse*: each candidate is one standard error worse; the share of lives that end with one of them;
- *better*: each candidate is two standard errors better; the share promoted within 1, 3 and 6 exams.

Beside it: the gate of before (own z > 1.96), a point gate (z > 0), and Bonferroni's bar on the candidate's
own z; and what the prototype of the rule reached, on normal variates instead of bucket sums. Lives are spread
over processes, each with draws of its own.

The dearest part of an exam is to measure the correlation of all exams before it, and mostly it is not needed:
evidence above the highest bar that any correlation leads to passes, and below the lowest it does not. So it
is measured in between only, which changes no life.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from scipy.stats import norm

from include.evaluation.buckets import BUCKETS, BucketedGain
from include.evaluation.interval import z_value
from include.promotion.attempts.bar import GRID, HIGHEST, find_bar
from include.promotion.attempts.correlation import measure_correlation
from include.promotion.attempts.evidence import find_evidence
from include.promotion.attempts.exam import Exam
from include.promotion.attempts.kept import keep_after

if TYPE_CHECKING:
    from collections.abc import Sequence

EXAMS, LIVES, PER_JOB = 24, 10_000, 250
BUDGETS = (0.05, 0.10, 0.20)
CORRELATIONS = (0.0, 0.5, 0.9)
EFFECTS = {"null": 0.0, "worse": -1.0, "better": 2.0}
RIVALS = {"z > 1.96": 1.96, "point": 0.0, "Bonferroni .05": float(norm.ppf(1 - 0.05 / EXAMS))}
PRODUCT = {f"budget {budget:g}": budget for budget in BUDGETS}
WITHIN = (1, 3, 6)
LEAST_POWER = 0.75
MOST_WORSE = 0.001
# What the prototype of the rule had of each column, by gate and rho, where it was simulated.
PROTOTYPE = {
    ("budget 0.05", 0.0): (".045", ".0005", ".10 .80 .99"),
    ("budget 0.05", 0.5): (".045", "", "- .46 -"),
    ("budget 0.05", 0.9): (".051", "", "- .36 -"),
    ("budget 0.1", 0.0): (".093", ".0005", ".15 .88 1"),
    ("budget 0.2", 0.0): (".196", ".0018", ".23 .93 1"),
    ("z > 1.96", 0.0): (".446", ".033", ".52 .89 .99"),
    ("z > 1.96", 0.5): (".384", ".033", ".52 .78 .93"),
    ("Bonferroni .05", 0.0): (".050", ".0013", ".20 .47 .73"),
    ("Bonferroni .05", 0.5): (".043", ".0011", ".20 .39 .60"),
}
_ROWS = 10_000


class Life(NamedTuple):
    """One life: the exam (from 1) at which each gate promotes first; 0 where it never does."""

    first: dict[str, int]


def live(effect: float, correlation: float, exams: int, rng: np.random.Generator) -> Life:
    """Return one life, until every gate has promoted or its exams are over.

    :param effect: how much better each candidate is, in standard errors of one exam.
    :param correlation: of the noise of successive exams.
    :param exams: exams at most.
    :param rng: its draws.
    """
    first = dict.fromkeys([*PRODUCT, *RIVALS], 0)
    gains: list[BucketedGain] = []
    kept = None
    noise: dict[str, np.ndarray] = {}
    newest = None
    for at in range(1, exams + 1):
        newest = _next(newest, correlation, rng)
        gain, sat = _gain(effect, newest), None
        if kept is not None:
            noise = {kept.run: _next(noise[kept.run], correlation, rng)}
            sat = _gain(effect, noise[kept.run])
        noise = {**noise, f"run{at}": newest}
        evidence = find_evidence(gain, gains, 0.0, kept=kept, challenger_gain=sat)
        gains.append(gain)
        for name, budget in PRODUCT.items():
            if not first[name] and passes(evidence[0].z, budget, gains):
                first[name] = at
        own = z_value(gain)
        for name, bar in RIVALS.items():
            if not first[name] and own > bar:
                first[name] = at
        if all(first[name] for name in PRODUCT) and all(first.values()):
            break
        kept = keep_after(kept, _exam(at, gain, kept.run if kept else None, sat))
    return Life(first)


def passes(z: float, budget: float, gains: Sequence[BucketedGain]) -> bool:
    """Return whether evidence lies above the bar of these exams.

    :param z: the largest evidence.
    :param budget: share of lives that luck may end.
    :param gains: gains of the exams' candidates, oldest first.
    """
    lowest, highest = reach_of_bars(budget)
    if not lowest < z <= highest:
        return z > highest
    return z > find_bar(budget, EXAMS, measure_correlation(gains))


@cache
def reach_of_bars(budget: float) -> tuple[float, float]:
    """Return the lowest and the highest bar that any correlation leads to.

    :param budget: as of :func:`passes`.
    """
    steps = range(round(HIGHEST / GRID) + 1)
    bars = [find_bar(budget, EXAMS, (step + 0.5) * GRID) for step in steps]
    return min(bars), max(bars)


def _next(before: np.ndarray | None, correlation: float, rng: np.random.Generator) -> np.ndarray:
    """Return the noise of each bucket in the next exam, shape (BUCKETS,), of variance 1 / BUCKETS."""
    fresh = rng.standard_normal(BUCKETS) / math.sqrt(BUCKETS)
    return fresh if before is None else correlation * before + math.sqrt(1 - correlation**2) * fresh


def _gain(effect: float, noise: np.ndarray) -> BucketedGain:
    """Return a gain whose buckets contribute this noise; influence values have a mean of 0."""
    value = effect + float(noise.sum())
    return BucketedGain(rows=_ROWS, total=value * _ROWS, sums=(noise - noise.mean()) * _ROWS)


def _exam(at: int, gain: BucketedGain, challenger: str | None, sat: BucketedGain | None) -> Exam:
    return Exam(
        candidate=f"run{at}", training_key=f"k{at}", as_of="", started=at, test_digest=f"t{at}",
        metric="roc_auc", min_gain=0.0, gain=gain, challenger=challenger, challenger_gain=sat,
    )  # fmt: skip


def count(job: tuple[str, float, int], lives: int) -> dict[str, list[int]]:
    """Return for each gate in how many lives it promotes within 1, 3, 6 and 24 exams.

    :param job: effect, correlation, and number of the job, which seeds its draws.
    :param lives: how many.
    """
    effect, correlation, number = job
    rng = np.random.default_rng([number, list(EFFECTS).index(effect), round(100 * correlation)])
    exams = max(WITHIN) if effect == "better" else EXAMS
    found = [live(EFFECTS[effect], correlation, exams, rng).first for _ in range(lives)]
    limits = (*WITHIN, EXAMS)
    return {name: [sum(0 < one[name] <= limit for one in found) for limit in limits] for name in found[0]}


def measure(effect: str, correlation: float, lives: int, pool: ProcessPoolExecutor) -> dict[str, list[float]]:
    """Return for each gate the share of lives with a promotion within 1, 3, 6 and 24 exams.

    :param effect: one of :data:`EFFECTS`.
    :param correlation: of the noise of successive exams.
    :param lives: how many lives.
    :param pool: where they run.
    """
    jobs = [(effect, correlation, number) for number in range(math.ceil(lives / PER_JOB))]
    counts = list(pool.map(partial(count, lives=PER_JOB), jobs))
    total = PER_JOB * len(jobs)
    return {name: [sum(one[name][at] for one in counts) / total for at in range(4)] for name in counts[0]}


def shortfalls(found: dict[str, dict[str, list[float]]], lives: int) -> list[str]:
    """Return which goals were missed, beyond what chance explains (two standard errors).

    :param found: by ``effect, rho`` the shares of each gate.
    :param lives: how many lives each is of.
    """
    missed = []
    for cell, shares in found.items():
        effect, rho = cell.split(", ")
        for name, budget in PRODUCT.items():
            if effect == "null" and shares[name][-1] > budget + 2 * math.sqrt(budget * (1 - budget) / lives):
                missed.append(f"{cell}, {name}: {shares[name][-1]:.4f} false promotions per life")
            if effect == "worse" and shares[name][-1] > MOST_WORSE + 2 * math.sqrt(MOST_WORSE / lives):
                missed.append(f"{cell}, {name}: a worse model in {shares[name][-1]:.4f} of lives")
            if effect == "better" and float(rho) == 0 and shares[name][1] < LEAST_POWER:
                missed.append(f"{cell}, {name}: only {shares[name][1]:.3f} promoted within three exams")
    return missed


def table(found: dict[str, dict[str, list[float]]]) -> str:
    """Return the result as a Markdown table, goals and the prototype's figures beside it."""
    lines = [
        "| gate | rho | false promotions per life, nobody better | goal | prototype "
        "| candidates 1 SE worse: lives with one | goal | prototype "
        "| 2 SE better: promoted within 1, 3, 6 | goal, within 3 | prototype |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name in (*PRODUCT, *RIVALS):
        for rho in CORRELATIONS:
            null, worse, better = (found[f"{effect}, {rho:g}"][name] for effect in EFFECTS)
            power = " ".join(f"{share:.2f}" for share in better[:3])
            goals = [f"<= {PRODUCT[name]:g}", f"<= {MOST_WORSE:g}"] if name in PRODUCT else ["", ""]
            goals.append(f">= {LEAST_POWER:g}" if name in PRODUCT and not rho else "")
            columns = zip(
                (f"{null[-1]:.4f}", f"{worse[-1]:.4f}", power),
                goals,
                PROTOTYPE.get((name, rho), ("", "", "")),
                strict=True,
            )
            cells = " | ".join(cell for column in columns for cell in column)
            lines.append(f"| {name} | {rho:g} | {cells} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table; return 1 if a goal was missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--lives", type=int, default=LIVES)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args(arguments)
    found = {}
    with ProcessPoolExecutor(options.processes) as pool:
        for effect in EFFECTS:
            for rho in CORRELATIONS:
                found[f"{effect}, {rho:g}"] = measure(effect, rho, options.lives, pool)
                sys.stderr.write(f"{effect}, rho {rho:g}: done\n")
    missed = shortfalls(found, options.lives)
    sys.stdout.write(table(found) + "\n")
    sys.stdout.write(json.dumps({"lives": options.lives, "missed": missed}) + "\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
