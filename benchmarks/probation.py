"""How often probation rolls back a model that is as good as the old one, and how soon one that is worse.

Every life asks :func:`include.promotion.probation.decide.decide` about deliveries as monitoring keeps them.

- **Bucket sums**: a delivery is 1,024 normal bucket sums and a gain that is their sum. This is the theory of
  the bar with all that the product adds: bucket noise of the standard error, t quantile, early keeping, the
  end after so many looks. The loss is given in standard errors of one delivery.
- **Rows**: scores of two models that share most of their noise, for the same entities in every delivery,
  whose labels and noise are correlated from one to the next; measured by
  :func:`include.evaluation.influence.measure_gain` and put into buckets by entity.

``bar`` beside ``reference`` compares with the simulations that the rule was designed by (a prototype, 100,000
lives; bars that were rounded up to 3.0, 3.2 and 3.4).
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import pyarrow as pa

from include.config.probation_schema import Probation
from include.evaluation.buckets import BUCKETS, BucketedGain, assign_buckets, bucket_gain
from include.evaluation.influence import measure_gain
from include.evaluation.measures.scored import Scored
from include.evaluation.unseen import stretch
from include.promotion.probation.bars import rollback_bar
from include.promotion.probation.decide import decide
from include.promotion.probation.power import count_needed
from include.promotion.probation.record import PairedDelivery, PairStatus
from include.promotion.probation.subject import OnProbation, ProbationDecision

SUBJECT = OnProbation(model="m", decision_id="d", version="2", displaced="1")
ROWS, POSITIVES = 1_000, 100
FIRST = date(2025, 1, 1)
# looks, loss in standard errors of a delivery: the cells of the reference
POWER = (
    (12, 1.57), (12, 2.22), (12, 2.72), (12, 3.84), (52, 1.12), (52, 2.02),
    (365, 0.45), (365, 0.77), (365, 1.13), (365, 4.24),
)  # fmt: skip
REFERENCE_BARS = {6: 2.80, 12: 3.0, 13: 2.94, 52: 3.2, 90: 3.20, 365: 3.4}
REFERENCE_FALSE = {12: 0.0076, 52: 0.0078, 365: 0.0074}


class World(NamedTuple):
    """Rows that come back.

    :param entities: how many, the same in each delivery.
    :param rate: share of positives.
    :param icc: share of the variance of labels and noise that an entity keeps.
    :param signal: how far the scores of a positive lie above those of a negative.
    :param worse: how much less of it the promoted model has.
    """

    entities: int
    rate: float
    icc: float
    signal: float = 0.954
    worse: float = 0.0


def delivery(number: int, gain: BucketedGain, positives: int) -> PairedDelivery:
    """Return a delivery as monitoring keeps it."""
    day = (FIRST + timedelta(days=number)).isoformat()
    return PairedDelivery(
        partition=day, md5="ab" * 8, as_of=day, status=PairStatus.MEASURED, positives=positives, gain=gain
    )


def normal_life(rng: np.random.Generator, looks: int, loss: float) -> list[PairedDelivery]:
    """Return deliveries whose gains are normal with a standard error of 1, and a mean of minus the loss."""
    found = []
    for number in range(looks):
        sums = rng.standard_normal(BUCKETS) * (ROWS / np.sqrt(BUCKETS))
        gain = BucketedGain(rows=ROWS, total=float(sums.sum()) - loss * ROWS, sums=sums)
        found.append(delivery(number, gain, POSITIVES))
    return found


def row_life(rng: np.random.Generator, looks: int, metric: str, world: World) -> list[PairedDelivery]:
    """Return deliveries of the same entities, whose labels and noise are alike from one to the next."""
    n, keep, new = world.entities, np.sqrt(world.icc), np.sqrt(1 - world.icc)
    buckets = assign_buckets(pa.array(rng.integers(0, 2**40, n)))
    own = rng.standard_normal((4, n))
    cut = float(np.quantile(rng.standard_normal(200_000), 1 - world.rate))
    found = []
    for number in range(looks):
        label, shared, first, second = keep * own + new * rng.standard_normal((4, n))
        target = (label > cut).astype(np.int8)
        if not 0 < target.sum() < n:
            continue
        scores = [
            1 / (1 + np.exp(-(signal * target + np.sqrt(0.8) * shared + np.sqrt(0.2) * noise - 2.2)))
            for signal, noise in ((world.signal - world.worse, first), (world.signal, second))
        ]
        spread = stretch(metric, *(Scored(target, one) for one in scores))
        gain = measure_gain(metric, target, *scores).stretched(spread)
        found.append(delivery(number, bucket_gain(gain, buckets), int(target.sum())))
    return found


def rolled_back_at(life: list[PairedDelivery], looks: int) -> int:
    """Return the number of the delivery at which a life is rolled back; 0 where it never is."""
    settings = Probation(rollback="automatic", deliveries=looks)
    found = decide(life, SUBJECT, settings, metric="roc_auc", design_effect=1.0)
    return found.look if found.decision is ProbationDecision.ROLL_BACK else 0


def count_normal(looks: int, loss: float, lives: int, seed: int) -> np.ndarray:
    """Return when each of some lives was rolled back, 0 where it was not."""
    rng = np.random.default_rng([seed, looks, round(loss * 1000)])
    return np.array([rolled_back_at(normal_life(rng, looks, loss), looks) for _ in range(lives)])


def count_rows(world: World, metric: str, looks: int, lives: int, seed: int) -> np.ndarray:
    """Return the same for lives of rows."""
    rng = np.random.default_rng([seed, world.entities, round(world.icc * 10), round(world.worse * 1000)])
    return np.array([rolled_back_at(row_life(rng, looks, metric, world), looks) for _ in range(lives)])


def spread_out(count: partial[np.ndarray], lives: int, workers: int) -> np.ndarray:
    """Return the lives of several processes; the draws do not depend on how many there are."""
    parts = 16
    sizes = [len(part) for part in np.array_split(np.arange(lives), parts)]
    with ProcessPoolExecutor(workers) as pool:
        return np.concatenate(list(pool.map(partial(_call, count), sizes, range(parts))))


def _call(count: partial[np.ndarray], lives: int, seed: int) -> np.ndarray:
    return count(lives=lives, seed=seed)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--lives", type=int, default=20_000, help="lives of 12 looks; fewer of longer ones")
    parser.add_argument("--rows", type=int, default=1_500, help="lives of rows in each cell")
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    options = parser.parse_args()
    started = time.time()
    print("| looks | bar | reference bar |\n|---|---|---|")
    for looks, reference in REFERENCE_BARS.items():
        print(f"| {looks} | {rollback_bar(looks):.2f} (1 %: {rollback_bar(looks, 0.01):.2f}) | {reference} |")
    print("\nEqual models: share rolled back\n\n| looks | lives | share | reference |\n|---|---|---|---|")
    for looks in REFERENCE_BARS:
        lives = max(options.lives * 12 // max(looks, 12), 100)
        found = spread_out(partial(count_normal, looks, 0.0), lives, options.workers)
        share = (found > 0).mean()
        print(f"| {looks} | {lives:,} | {share:.4f} | {REFERENCE_FALSE.get(looks, '')} |", flush=True)
    print("\nWorse models: found by the delivery that the verdict names\n")
    print("| looks | loss per delivery, SE | delivery | found by it |\n|---|---|---|---|")
    for looks, loss in POWER:
        needed, lives = count_needed(loss, 1.0, looks), max(options.lives // 40, 100)
        found = spread_out(partial(count_normal, looks, loss), lives, options.workers)
        share = ((found > 0) & (found <= needed)).mean()
        print(f"| {looks} | {loss} | {needed} | {share:.3f} |", flush=True)
    print("\nRows: the same entities in each of 12 deliveries, share rolled back in a year\n")
    print("| entities, rate, ICC | metric | lives | equal models |\n|---|---|---|---|")
    for world in (World(1000, 0.1, 0.5), World(1000, 0.1, 0.0), World(300, 0.1, 0.5), World(3000, 0.02, 0.5)):
        for metric in ("roc_auc", "log_loss"):
            found = spread_out(partial(count_rows, world, metric, 12), options.rows, options.workers)
            name = f"{world.entities:,}, {world.rate:.0%}, {world.icc}"
            print(f"| {name} | {metric} | {options.rows:,} | {(found > 0).mean():.4f} |", flush=True)
    for worse in (0.13, 0.2):
        world = World(1000, 0.1, 0.5, worse=worse)
        found = spread_out(partial(count_rows, world, "roc_auc", 12), options.rows // 3, options.workers)
        shares = ", ".join(f"{((found > 0) & (found <= by)).mean():.2f}" for by in (1, 3, 12))
        print(f"| worse by {worse} of the signal | roc_auc | {options.rows // 3} | in 1, 3, 12: {shares} |")
    print(f"\n{time.time() - started:.0f} s")


if __name__ == "__main__":
    main()
