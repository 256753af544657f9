"""How often intervals of metrics hold the truth where rows have weights, against rows without.

Run it from the repository with ``python -m benchmarks.weighted_intervals``. Five laws of weights: equal ones,
a part of a year, a few rows that outweigh the others, weights that go with the label, and such that go with
the score. 1,000 rows are two each of 500 entities, whose rows are alike. The truth is the figure of two
million rows. The last table says what weights cost, and what it costs to have none.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from include.evaluation.contributions import sum_by_entity
from include.evaluation.evidence import count_evidence
from include.evaluation.interval import contributed_metric
from include.evaluation.measures.scored import Scored
from include.evaluation.metrics import MEASURES

if TYPE_CHECKING:
    from collections.abc import Callable

METRICS = ("roc_auc", "average_precision", "log_loss", "brier", "accuracy")
WORLDS, ROWS, MANY = 600, 1_000, 2_000_000
LEVEL = 0.95


class Rows(NamedTuple):
    """Labelled rows: labels, scores, numbers of entities and weights, each of shape (n,)."""

    target: np.ndarray
    scores: np.ndarray
    groups: np.ndarray
    weights: np.ndarray


LAWS: dict[str, Callable[[np.random.Generator, np.ndarray, np.ndarray], np.ndarray]] = {
    "equal": lambda _, odds, __: np.ones(len(odds)),
    "exposure, 0.1 to 1": lambda rng, odds, _: rng.uniform(0.1, 1.0, len(odds)),
    "lognormal(1): as much as 0.37 of the rows": lambda rng, odds, _: rng.lognormal(0, 1, len(odds)),
    "heavier where the label is 1": lambda rng, odds, y: rng.lognormal(0, 0.5, len(odds)) * (1 + 3 * y),
    "heavier where the score is high": lambda _, odds, __: np.exp(odds),
}


def draw(rng: np.random.Generator, rows: int, law: str) -> Rows:
    """Draw rows, two of each entity.

    :param rng: source of chance.
    :param rows: how many.
    :param law: one of :data:`LAWS`.
    """
    groups = np.repeat(np.arange(rows // 2), 2)
    odds = rng.normal(size=rows // 2)[groups] * 0.5 + rng.normal(size=rows) * 0.9
    target = (rng.uniform(size=rows) < 1 / (1 + np.exp(2 - 1.5 * odds))).astype(np.int8)
    return Rows(target, 1 / (1 + np.exp(1.8 - 1.2 * odds)), groups, LAWS[law](rng, odds, target))


def measure_coverage(law: str, worlds: int = WORLDS) -> dict[str, float]:
    """Return by metric in which share of worlds the interval holds the truth.

    :param law: one of :data:`LAWS`.
    :param worlds: how many are drawn.
    """
    rng = np.random.default_rng(1)
    many = draw(rng, MANY, law)
    whole = Scored(many.target, many.scores, None, many.weights)
    truth = {name: MEASURES[name].influence(whole).value for name in METRICS}
    held = dict.fromkeys(METRICS, 0)
    for _ in range(worlds):
        rows = draw(rng, ROWS, law)
        scored = Scored(*rows)
        evidence = count_evidence(rows.target, rows.groups, rows.weights)
        for name in METRICS:
            sums = sum_by_entity(MEASURES[name].influence(scored), rows.groups)
            found = contributed_metric(name, sums, evidence, LEVEL)
            held[name] += found.low <= truth[name] <= found.high
    return {name: count / worlds for name, count in held.items()}


def measure_cost(rows: int = 300_000, repeats: int = 7) -> dict[str, float]:
    """Return seconds for all metrics of so many rows, the best of some runs, with weights and without."""
    one = draw(np.random.default_rng(2), rows, "exposure, 0.1 to 1")

    def run(weights: np.ndarray | None) -> float:
        begun = time.perf_counter()
        scored: Any = Scored(one.target, one.scores, one.groups, weights)
        for name in METRICS:
            sum_by_entity(MEASURES[name].influence(scored), one.groups)
        return time.perf_counter() - begun

    found: dict[str, list[float]] = {"without weights": [], "with weights": []}
    for _ in range(repeats):  # in turns, so that both meet the same machine
        found["without weights"].append(run(None))
        found["with weights"].append(run(one.weights))
    return {name: min(times) for name, times in found.items()}


def main() -> None:
    """Print the tables that docs/benchmarks.md shows."""
    worlds = int(sys.argv[1]) if len(sys.argv) > 1 else WORLDS
    print(f"| weights | {' | '.join(METRICS)} |")
    print("|---" * (len(METRICS) + 1) + "|")
    for law in LAWS:
        found = measure_coverage(law, worlds)
        print(f"| {law} | {' | '.join(f'{100 * found[name]:.1f} %' for name in METRICS)} |", flush=True)
    print()
    for name, seconds in measure_cost().items():
        print(f"{name}: {1000 * seconds:.0f} ms for {len(METRICS)} metrics of 300,000 rows")


if __name__ == "__main__":
    main()
