"""How often a model without any merit is promoted: on test sets of many sizes, by the product's own gate.

Every try writes a test set, draws scores, and asks :func:`include.evaluation.compare.evaluate` and
:func:`include.promotion.gate.decide`, with the floors that people set first. The scenes:

- ``noise, floor .50`` and ``.52``: a first champion whose scores know nothing of the labels, under floors on
  the AUC; on the figure itself such floors are passed in 50 and more tries of a hundred;
- ``noise, log loss``: the same with the log loss as primary metric; the scores hardly leave the training
  set's share of positives, so that they are nearly as good as that;
- ``noise against noise``: candidate and champion both know nothing;
- ``equal models``: both have an AUC of about 0.77 and most of their errors in common: neither is better;
- ``equal, log loss``: the same with the log loss as primary metric.

A second table asks the rule of the gain alone about equal models, with many more tries and for every metric
that may be primary, because its nominal share is the bound itself: 2.5 %.

Rows of an entity share most of their noise and of their labels. Tries are spread over processes; each cell
has draws of its own, so that their number changes nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from include.config.tasks import TASKS
from include.data.dataset_record import Part
from include.evaluation.compare import evaluate
from include.evaluation.influence import measure_gain
from include.evaluation.interval import gain_interval
from include.evaluation.measures.likelihoods import THRESHOLD
from include.promotion.gate import GateDecision, decide

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np

    from include.config.schema import ModelConfig

MODEL = Path(__file__).resolve().parents[1] / "include" / "models" / "credit_risk"
ROWS = (50, 100, 300, 1_000, 5_000)
RATES = (0.05, 0.2, 0.5)
ENTITY_ROWS = (1, 5)
TRIES = {50: 400, 100: 400, 300: 400, 1_000: 400, 5_000: 200}
GAIN_TRIES = 2_000
MOST = 0.025
SKILL = 1.05  # distance of the classes in standard deviations: an AUC of 0.77
SHARED = 0.8  # correlation of the noise of two models, and of the rows of an entity


class Scene(NamedTuple):
    """One kind of candidate.

    :param primary: the primary metric.
    :param floor: its floor.
    :param against: whether there is a champion.
    :param skill: distance of the classes.
    :param spread: how far scores leave the share of positives, on the scale of log odds.
    """

    primary: str
    floor: float
    against: bool = False
    skill: float = 0.0
    spread: float = 1.0


SCENES = {
    "noise, floor .50": Scene("roc_auc", 0.50),
    "noise, floor .52": Scene("roc_auc", 0.52),
    "noise, log loss": Scene("log_loss", 0.9, spread=0.02),
    "noise against noise": Scene("roc_auc", 0.50, against=True),
    "equal models": Scene("roc_auc", 0.50, against=True, skill=SKILL),
    "equal, log loss": Scene("log_loss", 0.9, against=True, skill=SKILL),
}


class Cell(NamedTuple):
    """Where a scene is played: rows of the test set, rate of positives, rows of an entity."""

    rows: int
    rate: float
    entity_rows: int


def main() -> int:
    """Print the table; 1 when models without merit are promoted too often in any cell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--share", type=float, default=1.0, help="share of the tries, for a quick look")
    parser.add_argument("--json", type=Path, help="write what was counted here")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    cells = [Cell(*one) for one in product(ROWS, RATES, ENTITY_ROWS)]
    share = options.share
    tables = (
        ("each try through the evaluation and the gate", tuple(SCENES), TRIES, _play),
        (
            "equal models held to the gain in one metric alone",
            tuple(TASKS["binary"].trivial),
            dict.fromkeys(ROWS, GAIN_TRIES),
            _play_gain,
        ),
    )
    found = {}
    with ProcessPoolExecutor(options.processes) as pool:
        for title, columns, most, play in tables:
            print(f"promotions in percent of the tries of a cell, {title}\n", flush=True)
            tries = {rows: max(20, round(share * most[rows])) for rows in ROWS}
            promoted = pool.map(partial(play, tries), product(cells, columns))
            found[title] = _fill(cells, columns, tries, promoted)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    return 0 if all(table["kept"] for table in found.values()) else 1


def _fill(
    cells: Sequence[Cell], columns: Sequence[str], tries: Mapping[int, int], promoted: Iterator[int]
) -> dict[str, Any]:
    """Print a table row by row as its counts come in; return it, and whether the bound was kept."""
    print(
        f"{'rows':>6} {'rate':>5} {'per entity':>10} {'tries':>6}  "
        + "  ".join(f"{name:>19}" for name in columns)
    )
    rows, kept = [], True
    for cell in cells:
        count = tries[cell.rows]
        shares = {name: next(promoted) / count for name in columns}
        kept = kept and max(shares.values()) <= allowed(count)
        rows.append({**cell._asdict(), "tries": count, "promoted": shares})
        head = f"{cell.rows:>6} {cell.rate:>5} {cell.entity_rows:>10} {count:>6}"
        print(f"{head}  {_shown(shares)}", flush=True)
    pooled = {name: sum(row["promoted"][name] for row in rows) / len(rows) for name in columns}
    print(f"{'all cells':>30}  {_shown(pooled)}\n", flush=True)
    return {"cells": rows, "all": pooled, "kept": kept and max(pooled.values()) <= MOST}


def _shown(shares: dict[str, float]) -> str:
    return "  ".join(f"{100 * share:18.2f}%" for share in shares.values())


def allowed(tries: int) -> float:
    """Return the share from which promotions are too many to be 2.5 %, by 3 standard errors of the count."""
    return MOST + 3 * (MOST * (1 - MOST) / tries) ** 0.5


def _play(tries: Mapping[int, int], what: tuple[Cell, str]) -> int:
    """Return in how many tries the gate promotes in one cell and scene."""
    cell, name = what
    return count_promotions(SCENES[name], cell, tries[cell.rows])


def _play_gain(tries: Mapping[int, int], what: tuple[Cell, str]) -> int:
    """Return how often equal models differ for sure in one cell and metric."""
    import numpy as np

    cell, name = what
    groups = np.arange(cell.rows) // cell.entity_rows
    promoted = 0
    for target, scores, others in _draw(SCENES["equal models"], cell, tries[cell.rows], seed=1):
        differs = (scores > THRESHOLD) != (others > THRESHOLD)
        gain = measure_gain(name, target, scores, others)
        promoted += gain_interval(name, gain, target, groups, 1 - 2 * MOST, differs=differs).low > 0
    return promoted


def count_promotions(scene: Scene, cell: Cell, tries: int, seed: int = 0) -> int:
    """Return in how many tries the gate promotes.

    :param scene: what the candidate is like.
    :param cell: the test set.
    :param tries: how many to make.
    :param seed: seed of the draws.
    """
    config = gate_config(scene)
    champion = {"version": "1"} if scene.against else None
    trained = Part(rows=1_000_000, positives=round(1_000_000 * cell.rate))
    promoted = 0
    with tempfile.TemporaryDirectory(prefix="luck-") as folder:
        test = Path(folder) / "test.parquet"
        for target, scores, others in _draw(scene, cell, tries, seed):
            _write_test_set(test, target, cell, config)
            found = evaluate(
                test, scores, others if scene.against else None, config, champion, trained=trained
            )
            promoted += decide(found, config).decision == GateDecision.PROMOTE
    return promoted


def gate_config(scene: Scene) -> ModelConfig:
    """Return the example's configuration with the gate of a scene, and without sensitive groups."""
    import yaml

    from include.config.schema import ModelConfig

    content = yaml.safe_load((MODEL / "model.yaml").read_text(encoding="utf-8"))
    content["gate"] |= {
        "primary": scene.primary,
        "floors": {scene.primary: scene.floor},
    }
    return ModelConfig.model_validate({**content, "sensitive": {}})


def _draw(
    scene: Scene, cell: Cell, tries: int, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield labels and the scores of two models, each of shape (rows,)."""
    import numpy as np
    from scipy.special import expit, logit
    from scipy.stats import norm

    rng = np.random.default_rng([seed, *map(int, (cell.rows, 100 * cell.rate, cell.entity_rows))])
    entities = -(-cell.rows // cell.entity_rows)
    of_entity = np.repeat(np.arange(entities), cell.entity_rows)[: cell.rows]

    def noise() -> np.ndarray:
        own = rng.normal(size=cell.rows)
        if cell.entity_rows == 1:
            return own
        return SHARED**0.5 * rng.normal(size=entities)[of_entity] + (1 - SHARED) ** 0.5 * own

    for _ in range(tries):
        target = (noise() < norm.ppf(cell.rate)).astype(np.int8)
        common = noise()
        both = [
            expit(
                logit(cell.rate)
                + scene.spread * (scene.skill * target + SHARED**0.5 * common + (1 - SHARED) ** 0.5 * noise())
            )
            for _ in range(2)
        ]
        yield target, both[0], both[1]


def _write_test_set(path: Path, target: np.ndarray, cell: Cell, config: ModelConfig) -> None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    entities = np.arange(cell.rows) // cell.entity_rows
    table = pa.table({
        config.entity.column: pa.array(entities, pa.int64()),
        config.target.column: pa.array(target, pa.int8()),
    })
    pq.write_table(table, path, store_schema=False)


if __name__ == "__main__":
    raise SystemExit(main())
