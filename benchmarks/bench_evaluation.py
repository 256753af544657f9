"""What measuring two models costs: beside predicting with both, a sort, the bootstrap and other libraries.

Two models, all metrics, all gains with their intervals, and the gain on 12 slices; entities of five rows. The
models that predict are gradient boosting of 150 trees with 15 leaves on ten columns. Each way runs in a
process of its own; CPU seconds count, over all threads. The stream reads a Parquet file twice.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import evaluation_libraries
from benchmarks.side_by_side import SCRATCH, Figures, compare, run, tell

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = SCRATCH / "evaluation"
EACH = 5
EXACT = (1_000, 10_000, 100_000, 1_000_000)
STREAMED = (1_000_000, 10_000_000)
MOST_PREDICTED = 100_000  # rows beyond which predicting is measured on so many, and scaled
MOST_BOOTSTRAPPED = 10_000
RESAMPLES = 2_000
SLICES = 12
PRIMARY = "roc_auc"
FEW_SAMPLES = 5  # for what takes seconds a sample
SAMPLES = 300  # of a thousand rows, on which intervals of libraries are held against the truth


def draw(rows: int, seed: int = 0) -> dict[str, Any]:
    """Return entities, labels, two models' scores and 12 slices (three columns of four groups)."""
    import numpy as np

    generator = np.random.default_rng(seed)
    target = (generator.random(rows) < 0.1).astype(np.int8)
    common = 0.9 * generator.standard_normal(rows)
    noise = (0.4 * generator.standard_normal(rows) for _ in range(2))
    scores = [1 / (1 + np.exp(2.5 - 1.2 * target - common - one)) for one in noise]
    columns = {f"column{number}": generator.integers(0, 4, rows).astype(np.int8) for number in range(3)}
    return {"target": target, "candidate": scores[0], "champion": scores[1], **columns}


def exact(rows: int) -> None:
    """Measure in memory, as the product does up to a million rows."""
    import numpy as np

    from include.config.tasks import TASKS
    from include.evaluation.evidence import count_evidence
    from include.evaluation.interval import contributed_gain
    from include.evaluation.measured import count_parted, measure_model, measure_parts, subtract
    from include.evaluation.measures.scored import Scored

    found, groups = draw(rows), np.arange(rows) // EACH

    def measure(size: int) -> str:
        target, of = found["target"][:size], groups[:size]
        evidence = count_evidence(target, of)
        models = [
            measure_model(Scored(target, found[name][:size], of), evidence.everyone.entities)
            for name in ("candidate", "champion")
        ]
        parted = count_parted("accuracy", models[0].scored, models[1].scored)
        for one in models:
            one.intervals(evidence, 0.95)
        gains = {
            name: contributed_gain(name, subtract(name, *models), evidence, 0.95, parted=parted)
            for name in TASKS["binary"].metrics
        }
        for number in range(3):
            codes = found[f"column{number}"][:size]
            parts = [np.flatnonzero(codes == code) for code in range(4)]
            measure_parts(PRIMARY, parts, models[0].scored, models[1].scored, 0.95)
        return f"gain {gains[PRIMARY].value:+.5f}"

    measure(min(rows, 1_000))  # imports
    tell(partial(measure, rows))


def argsort(rows: int) -> None:
    """Sort one model's scores."""
    import numpy as np

    scores = draw(rows)["candidate"]
    tell(lambda: f"{len(np.argsort(scores))} rows")


def predict(rows: int) -> None:
    """Predict with both models, in one thread: threads that wait for each other would count as work."""
    os.environ["OMP_NUM_THREADS"] = "1"
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier

    generator = np.random.default_rng(1)
    train = generator.standard_normal((20_000, 10))
    target = generator.random(20_000) < 1 / (1 + np.exp(2 - train[:, 0] - train[:, 1] * train[:, 2]))
    models = [
        HistGradientBoostingClassifier(
            max_iter=150, max_leaf_nodes=15, learning_rate=rate, early_stopping=False
        ).fit(train, target)
        for rate in (0.1, 0.05)
    ]
    features = generator.standard_normal((rows, 10))
    tell(lambda: f"{sum(len(model.predict_proba(features)) for model in models)} scores")


def resample(rows: int) -> None:
    """Bootstrap both models, without slices."""
    import numpy as np

    from benchmarks.bootstrap import bootstrap, gains, percentile_interval
    from include.config.tasks import TASKS
    from include.evaluation.measures.scored import Scored

    found, groups = draw(rows), np.arange(rows) // EACH
    models = {name: Scored(found["target"], found[name], groups) for name in ("candidate", "champion")}

    def measure() -> str:
        drawn = bootstrap(models, TASKS["binary"].metrics, resamples=RESAMPLES, seed=0)
        ends = {
            name: percentile_interval(gains(drawn, name, *models), 0.95) for name in TASKS["binary"].metrics
        }
        return f"{len(ends)} gains"

    tell(measure)


def write(rows: int) -> Path:
    """Return the file of the stream, which is made the first time."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    from include.data.schema import COMPRESSION, ROWS_PER_GROUP

    path = FOLDER / f"{rows}.parquet"
    if path.exists():
        return path
    FOLDER.mkdir(parents=True, exist_ok=True)
    writer = None
    for start in range(0, rows, ROWS_PER_GROUP):
        size = min(ROWS_PER_GROUP, rows - start)
        entity = np.arange(start, start + size) // EACH
        table = pa.table({"entity": entity, **draw(size, seed=start)})
        writer = writer or pq.ParquetWriter(path, table.schema, compression=COMPRESSION)
        writer.write_table(table)
    writer.close()
    return path


def _read(path: Path, *, second: bool, sliced: bool) -> Iterator[Any]:
    import pyarrow.parquet as pq

    from include.data.arrow_numpy import to_numpy
    from include.evaluation.buckets import assign_buckets
    from include.evaluation.streaming.plan import Chunk

    groups = [f"column{number}" for number in range(3)] if sliced else []
    columns = ["target", "candidate", "champion", *groups, *(["entity"] if second else [])]
    with pq.ParquetFile(path) as file:
        for number in range(file.num_row_groups):
            table = file.read_row_group(number, columns=columns, use_threads=False)
            yield Chunk(
                target=to_numpy(table["target"]),
                scores={name: to_numpy(table[name]) for name in ("candidate", "champion")},
                buckets=assign_buckets(table["entity"]) if second else None,
                groups={name: to_numpy(table[name]) for name in groups},
            )


def stream(rows: int, *, sliced: bool = False) -> None:
    """Measure in two passes over a file, as the product does above a million rows."""
    from include.config.tasks import TASKS
    from include.evaluation.interval import contributed_gain, contributed_metric
    from include.evaluation.streaming.first_pass import count_rows
    from include.evaluation.streaming.plan import Plan
    from include.evaluation.streaming.second_pass import sum_rows
    from include.evaluation.streaming.summary import Summary

    path = write(rows)
    plan = Plan.of(
        ("candidate", "champion"), {f"column{number}": 4 for number in range(3)} if sliced else {}, PRIMARY
    )

    def measure() -> str:
        lookups = count_rows(_read(path, second=False, sliced=sliced), plan).tabulate()
        sums = sum_rows(_read(path, second=True, sliced=sliced), plan, lookups)
        summary = Summary(sums=sums, lookups=lookups)
        evidence, parted = summary.evidence(), summary.count_parted(*plan.models)
        for model in plan.models:
            for name in TASKS["binary"].metrics:
                contributed_metric(name, summary.metric(model, name), evidence, 0.95)
        found = {
            name: contributed_gain(name, summary.gain(*plan.models, name), evidence, 0.95, parted=parted)
            for name in TASKS["binary"].metrics
        }
        for cut in plan.cuts:
            for group in range(plan.cuts[cut].groups if cut else 0):
                gain = summary.gain(*plan.models, PRIMARY, cut, group)
                contributed_gain(PRIMARY, gain, summary.evidence(cut, group), 0.95, parted=parted)
        return f"gain {found[PRIMARY].value:+.5f}"

    tell(measure)


def decode(rows: int) -> None:
    """Read the file of the stream twice, and do nothing with it."""
    path = write(rows)

    def read() -> str:
        return (
            f"{sum(len(one) for second in (False, True) for one in _read(path, second=second, sliced=False))}"
        )

    tell(read)


WAYS = {
    "predict": predict,
    "argsort": argsort,
    "exact": exact,
    "bootstrap": resample,
    "stream": stream,
    "stream, 12 slices": partial(stream, sliced=True),
    "decode": decode,
}


def tell_costs(exact_rows: list[int], streamed_rows: list[int], runs: int) -> None:
    """Print what each way costs, by rows."""
    print("CPU seconds; in brackets the share of predicting with both models, and peak memory\n")
    print(
        f"{'rows':>10} {'predict both':>13} {'argsort':>9}   "
        f"exact, 12 slices    bootstrap of {RESAMPLES}, no slices"
    )
    for rows in exact_rows:
        predicted = _predicting(rows)
        ways = {"argsort": runs, "exact": runs} | ({"bootstrap": 1} if rows <= MOST_BOOTSTRAPPED else {})
        found = compare(__file__, ways, ["--rows", str(rows)])
        boot = found.get("bootstrap")
        beside = f"{boot.cpu:8.2f} s, {boot.cpu / found['exact'].cpu:,.0f} x" if boot else "-"
        print(
            f"{rows:>10,} {predicted:>13.3f} {found['argsort'].cpu:>9.5f}   "
            f"{_shown(found['exact'], predicted):<20} {beside}",
            flush=True,
        )
    print(f"\n{'rows':>10} {'predict both':>13}   {'decode twice':<24} {'stream':<26} stream, 12 slices")
    for rows in streamed_rows:
        run([sys.executable, __file__, "--write", str(rows)])
        predicted = _predicting(rows)
        found = compare(
            __file__, {"decode": runs, "stream": runs, "stream, 12 slices": runs}, ["--rows", str(rows)]
        )
        print(
            f"{rows:>10,} {predicted:>13.1f}   "
            + " ".join(f"{_shown(found[name], predicted, memory=True):<26}" for name in found),
            flush=True,
        )


def _predicting(rows: int) -> float:
    measured = min(rows, MOST_PREDICTED)
    return compare(__file__, {"predict": 1}, ["--rows", str(measured)])["predict"].cpu * rows / measured


def _shown(one: Figures, predicted: float, *, memory: bool = False) -> str:
    peak = f", {one.megabytes:.0f} MB" if memory else ""
    return f"{one.cpu:.4g} s ({one.cpu / predicted:.1%}{peak})"


def tell_libraries(samples: int) -> None:
    """Print what other libraries make of samples of a thousand rows, and what one of them takes."""
    import numpy as np

    from benchmarks.bench_coverage import evaluate_sample
    from benchmarks.bootstrap import bootstrap, gains, percentile_interval
    from benchmarks.interval_worlds import MODELS, World, truth
    from benchmarks.interval_worlds import draw as draw_world

    print(
        f"\nintervals of 95 % on {samples} test sets of 1,000 rows, a tenth positive: share that hold the "
        "truth, mean width"
    )
    for each in (1, EACH):
        world = World(1_000, 0.1, 0.75, each)
        known, generator = truth(world), np.random.default_rng(each)
        drawn = [draw_world(world, generator) for _ in range(samples)]
        print(f"\nentities of {each} {'rows' if each > 1 else 'row'}")
        found = {
            "this project": [
                {" ".join(key): (one.low, one.high) for key, one in evaluate_sample(models).items()}
                for models in drawn
            ]
        }
        found["bootstrap of 500"] = []
        for number, models in enumerate(drawn):
            values = bootstrap(
                models,
                ("roc_auc", "average_precision", "log_loss", "brier", "accuracy"),
                resamples=500,
                seed=number,
            )
            found["bootstrap of 500"].append({
                **{
                    f"single {name}": percentile_interval(values[MODELS[0], name], 0.95)
                    for model, name in values
                    if model == MODELS[0]
                },
                **{
                    f"gain {name}": percentile_interval(gains(values, name, *MODELS), 0.95)
                    for model, name in values
                    if model == MODELS[0]
                },
            })
        FOLDER.mkdir(parents=True, exist_ok=True)
        path = FOLDER / f"samples-{each}.npz"
        np.savez(
            path,
            target=np.array([models[MODELS[0]].target for models in drawn]).astype(int),
            better=np.array([models[MODELS[0]].scores for models in drawn]),
            worse=np.array([models[MODELS[1]].scores for models in drawn]),
        )
        for way in evaluation_libraries.WAYS:
            most = min(samples, FEW_SAMPLES) if "bootstrap" in way else samples
            printed, _ = run([
                *evaluation_libraries.command(way),
                "--samples",
                str(path),
                "--most",
                str(most),
            ])
            told = json.loads(printed.splitlines()[-1])
            found[f"{way} ({1000 * told['seconds']:.1f} ms a sample)"] = told["intervals"]
        for who, intervals in found.items():
            print(f"  {who}")
            for key in intervals[0]:
                kind, _, metric = key.partition(" ")
                ends = np.array([one[key] for one in intervals])
                ends = ends[np.isfinite(ends).all(axis=1)]
                held = np.mean((ends[:, 0] <= known[kind, metric]) & (known[kind, metric] <= ends[:, 1]))
                print(f"    {key:<26} {held:.3f}  {np.mean(ends[:, 1] - ends[:, 0]):.4f}  of {len(ends)}")


def main() -> int:
    """Print the tables, or do one way's work."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--exact", type=int, nargs="*", default=list(EXACT), help="rows of the exact form")
    parser.add_argument("--streamed", type=int, nargs="*", default=list(STREAMED), help="rows of the stream")
    parser.add_argument("--runs", type=int, default=3, help="runs of each way, of which the median counts")
    parser.add_argument(
        "--samples", type=int, default=SAMPLES, help="test sets for the libraries; 0 for none"
    )
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--rows", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--write", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        WAYS[options.way](options.rows)
    elif options.write:
        write(options.write)
    else:
        tell_costs(options.exact, options.streamed, options.runs)
        if options.samples:
            tell_libraries(options.samples)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
