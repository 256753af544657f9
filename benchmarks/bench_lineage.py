"""Seconds of `bin/mlops lineage` with 1,000 real deliveries: partitions, files, pointers, predictions.

Every delivery has rows of its own and is published in the data registry by a commit of its own; every one was
scored by one of the versions, and every version was trained on a window of them. Runs, versions and decisions
are written through the hooks, to a real MLflow server with SQLite. What is timed is the whole
command in a new process, from nothing to its answer.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "plugins")]

from include.scoring.predictions import Stamp  # noqa: E402
from mlops import object_keys  # noqa: E402
from mlops.lineage.sources import content_key  # noqa: E402

MODEL = "bench_lineage"
ROWS = 50
FIRST = date(2023, 1, 1)
ASKED = "file of predictions -> sources"
GOAL = 2.0  # seconds for the whole command, from a file of predictions


def main() -> int:
    """Build the world, time the command, print a table; return 1 where the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deliveries", type=int, default=1000)
    parser.add_argument("--versions", type=int, default=30)
    parser.add_argument("--window", type=int, default=60, help="deliveries that a version learned from")
    parser.add_argument("--files", type=int, default=20, help="files of predictions that are asked about")
    options = parser.parse_args()
    from tests.world.ports import free_port
    from tests.world.servers import MlflowProcess

    with tempfile.TemporaryDirectory(prefix="bench-lineage-") as folder:
        home = Path(folder)
        server = MlflowProcess(home / "mlflow", free_port())
        os.environ |= environment(home, server.port)
        try:
            server.start()
            began = time.monotonic()
            files, md5s = build(home, options)
            seconds = time.monotonic() - began
            print(f"{len(files):,} deliveries, {options.versions} versions: built in {seconds:.0f} s")
            return report(measure(files, md5s, options.files))
        finally:
            server.stop()


def environment(home: Path, port: int) -> dict[str, str]:
    """Return the variables that lead into the world."""
    store = {"conn_type": "generic", "extra": {"root": f"file://{home}/store"}}
    registry = {"conn_type": "generic", "extra": {"remote": f"{home}/registry.git"}}
    mlflow = {"conn_type": "http", "host": "127.0.0.1", "port": port, "extra": {"retries": 0}}
    return {
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW_CONN_OBJECT_STORE_DEFAULT": json.dumps(store),
        "AIRFLOW_CONN_DATA_REGISTRY_DEFAULT": json.dumps(registry),
        "AIRFLOW_CONN_MLFLOW_DEFAULT": json.dumps(mlflow),
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "plugins")]),
    }


def build(home: Path, options: argparse.Namespace) -> tuple[list[str], list[str]]:
    """Write everything; return the object keys of the predictions, and the md5 of every delivery."""
    from mlops.hooks.data_registry import DataRegistryHook

    registry = DataRegistryHook()
    refs = publish(home, registry, options.deliveries)
    runs = train(registry.store, refs, options)
    keys = []
    for number, ref in enumerate(refs):
        version = max((one for one in runs if runs[one][1] <= number), default=1)
        keys.append(score(home, ref, str(version), runs[version][0]))
    return keys, [ref.md5 for ref in refs]


def publish(home: Path, registry: Any, deliveries: int) -> list[Any]:
    """Deliver files with rows of their own, and make each a version by a commit of its own.

    The first is published as the tasks do it; the others get pointers and objects like it by one
    `git fast-import`, since DVC takes most of a second for each.
    """
    from mlops.hooks.dvc.workspace import NewSnapshot, read_pointer

    made = [deliver(home, number) for number in range(deliveries)]
    day, source, file = made[0]
    first = NewSnapshot(
        table="features", partition=day, file=file, rows=ROWS, source=f"file://{source}",
        source_sha256=digest(source, "sha256"), schema_digest="s" * 64, as_of=day,
    )  # fmt: skip
    refs, remote = registry.publish(MODEL, [first]), home / "registry.git"
    pointer = git(remote, "show", f"main:{refs[0].path}.dvc")
    texts = {day: like(pointer, day, source, file) for day, source, file in made[1:]}
    stream, onto = [], "from refs/heads/main^0\n"
    for number, (day, text) in enumerate(texts.items()):
        message, content = f"Add {MODEL} features of {day}", text.encode()
        stream.append(
            f"commit refs/heads/main\ncommitter mlops <mlops@localhost> {1_700_000_000 + number} +0000\n"
            f"data {len(message)}\n{message}\n{'' if number else onto}"
            f"M 644 inline {MODEL}/features/{day}.parquet.dvc\ndata {len(content)}\n{text}\n"
        )
        _, _, file = made[number + 1]
        kept = home / "store" / content_key(digest(file, "md5"))
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(file.read_bytes())
    git(remote, "fast-import", "--quiet", given="".join(stream))
    commits = git(remote, "rev-list", "--reverse", "main").split()[-len(texts) :]
    for (day, text), commit in zip(texts.items(), commits, strict=True):
        refs.append(read_pointer(Path(f"{MODEL}/features/{day}.parquet.dvc"), text, commit))
    return list(refs)


def deliver(home: Path, number: int) -> tuple[str, Path, Path]:
    """Write a delivery and its snapshot; return its day, the delivery, and the snapshot."""
    day = (FIRST + timedelta(days=number)).isoformat()
    source, file = home / "source" / f"{day}.csv", home / "new" / f"{day}.parquet"
    for one in (source, file):
        one.parent.mkdir(parents=True, exist_ok=True)
    amounts = random.Random(number).choices(range(10_000), k=ROWS)
    source.write_text("id,amount\n" + "".join(f"{row},{amount}\n" for row, amount in enumerate(amounts)))
    pq.write_table(pa.table({"id": range(ROWS), "amount": amounts}), file)
    return day, source, file


def like(pointer: str, day: str, source: Path, file: Path) -> str:
    """Return a pointer like another one, of another delivery."""
    content = yaml.safe_load(pointer)
    found = {"md5": digest(file, "md5"), "size": file.stat().st_size, "path": f"{day}.parquet"}
    content["outs"][0] |= found
    content["meta"] |= {"source": f"file://{source}", "source_sha256": digest(source, "sha256")}
    return str(yaml.safe_dump(content, sort_keys=False))


def digest(file: Path, kind: str) -> str:
    """Return the digest of a file."""
    return hashlib.new(kind, file.read_bytes(), usedforsecurity=False).hexdigest()


def git(repository: Path, *arguments: str, given: str | None = None) -> str:
    """Run git in a repository; return what it printed."""
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, input=given, capture_output=True, text=True, check=True).stdout


def train(store: Any, refs: list[Any], options: argparse.Namespace) -> dict[int, tuple[str, int]]:
    """Log a training run, a manifest, a version and a promotion for each version."""
    from include.lineage import Manifest
    from include.promotion.alias_plan import decision_id
    from include.verdicts import Verdict
    from mlops.hooks.mlflow import MlflowHook
    from mlops.run_context import code_version
    from mlops.tracking import tags
    from mlops.tracking.ledger import Ledger
    from mlops.tracking.model_registry import CHAMPION, ModelRegistry
    from mlops.tracking.runs import find_or_create_run

    hook = MlflowHook()
    registry, ledger, runs = ModelRegistry(hook, MODEL), Ledger(hook, MODEL), {}
    for number in range(1, options.versions + 1):
        newest = (number - 1) * len(refs) // options.versions
        window = refs[max(0, newest - options.window) : newest + 1]
        manifest = Manifest(model=MODEL, as_of=window[-1].partition, snapshots=tuple(window))
        key = object_keys.manifest(MODEL, manifest.digest)
        store.write_json(store.resolve(key), manifest.to_dict())
        run = find_or_create_run(
            hook, f"{MODEL}/training", key=f"train/{number}", name=manifest.as_of,
            tags={
                tags.MANIFEST: key, tags.AS_OF_DATE: manifest.as_of, tags.CODE_VERSION: code_version(),
                tags.AIRFLOW_RUN: f"{MODEL}_training/scheduled__{manifest.as_of}/train",
            },
        )  # fmt: skip
        run_id = run.info.run_id
        hook.log_metrics(run_id, {f"metric_{index}": index / 7 for index in range(100)})
        hook.close_run(run_id)
        evaluation = store.resolve(f"{object_keys.evaluation(MODEL, run_id)}/evaluation.json")
        store.write_json(evaluation, {"rows": 50, "test_digest": "t" * 64})
        version, _ = registry.register(run_id=run_id, source=f"runs:/{run_id}/model", tags={}, description="")
        verdict = Verdict(kind="promotion", decision="promote", subject=version, summary="better")
        entry = ledger.record_planned(
            decision_id(MODEL, "promotion", run_id), verdict, plan={CHAMPION: version}, decided_by="gate",
            tags={tags.VERSION: version},
        )  # fmt: skip
        registry.set_alias(CHAMPION, version)
        ledger.record_applied(entry, verdict)
        runs[int(version)] = (run_id, newest)
    return runs


def score(home: Path, ref: Any, version: str, run_id: str) -> str:
    """Write a file of predictions with its stamp."""
    stamp = Stamp(
        model=MODEL, version=version, partition=ref.partition, snapshot_md5=ref.md5,
        registry_commit=ref.commit, training_run=run_id,
        airflow_run=f"{MODEL}_scoring/scheduled__{ref.partition}/score", as_of=ref.partition,
    )  # fmt: skip
    key = object_keys.predictions(MODEL, ref.partition, version, ref.md5)
    file = home / "store" / key
    file.parent.mkdir(parents=True, exist_ok=True)
    scores = random.Random(ref.md5).choices(range(1000), k=ROWS)
    table = pa.table({"id": range(ROWS), "score": [one / 1000 for one in scores]})
    pq.write_table(table.replace_schema_metadata(stamp.to_metadata()), file)
    return key


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one process took.

    :param wall: seconds by the clock.
    :param cpu: seconds of user and system time, which a busy machine changes less.
    """

    wall: float
    cpu: float


def measure(files: list[str], md5s: list[str], count: int) -> dict[str, list[Cost]]:
    """Return the cost of each question, in turns, so that a busy moment meets all of them."""
    chosen = random.Random(1).sample(files, count)
    found: dict[str, list[Cost]] = {}
    for number, file in enumerate(chosen):
        found.setdefault(ASKED, []).append(ask("lineage", file))
        if number % 4 == 0:
            found.setdefault("only: import airflow.sdk", []).append(run(["-c", "import airflow.sdk"])[0])
            found.setdefault("champion -> everything", []).append(ask("lineage", f"{MODEL}@champion"))
            md5 = random.Random(number).choice(md5s)
            found.setdefault("delivery -> all it touched", []).append(
                ask("lineage", "--data", md5, "--tainted")
            )
    return found


def ask(*arguments: str) -> Cost:
    """Return the cost of one command; the answer has to lead somewhere."""
    cost, said = run(["-m", "mlops.cli", *arguments])
    assert "made from: source file://" in said or "scored in: predictions" in said, said
    return cost


def run(arguments: list[str]) -> tuple[Cost, str]:
    """Return what Python took in a new process, and what it printed."""
    with tempfile.TemporaryFile("w+") as output:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, *arguments], stdout=output, cwd=ROOT, stderr=subprocess.DEVNULL
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - began
        output.seek(0)
        return Cost(wall=wall, cpu=used.ru_utime + used.ru_stime), output.read()


def report(found: dict[str, list[Cost]]) -> int:
    """Print the table; return 1 where the goal is missed."""
    print(f"{'':<34}{'median s':>10}{'worst s':>10}{'cpu s':>8}{'n':>5}")
    for name, costs in found.items():
        walls, cpu = [one.wall for one in costs], statistics.median(one.cpu for one in costs)
        print(f"{name:<34}{statistics.median(walls):>10.2f}{max(walls):>10.2f}{cpu:>8.2f}{len(walls):>5}")
    return int(statistics.median(one.wall for one in found[ASKED]) > GOAL)


if __name__ == "__main__":
    sys.exit(main())
