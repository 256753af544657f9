"""``python -m include.pipeline STAGE MODEL``: one stage of a model's pipeline, as ``dvc.yaml`` calls it."""

from __future__ import annotations

import argparse
import logging
import sys
from importlib import import_module
from pathlib import Path

from include.errors import InputError, MlopsError
from include.pipeline.places import Places

STAGES = ("settings", "prepare", "featurize", "train", "evaluate")
_INPUT, _INFRASTRUCTURE = 1, 75
"""Exit codes: what came in is at fault; the disk or another part of the machine is (``EX_TEMPFAIL``)."""


def main(arguments: list[str] | None = None) -> int:
    """Run one stage; return the exit code.

    :param arguments: without the program's name; those of the process by default.
    """
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    try:
        text = _run(options)
    except MlopsError as error:
        sys.stderr.write(f"pipeline: {error}\n")
        return _INPUT if isinstance(error, InputError) else _INFRASTRUCTURE
    sys.stdout.write(f"{text}\n")
    return 0


def _run(options: argparse.Namespace) -> str:
    """Run a stage, which alone imports what it needs; return what it did."""
    places = Places(root=options.root, model=options.model)
    stage = import_module(f"include.pipeline.{options.stage}")
    if options.stage == "prepare":
        return str(stage.run(places, options.deliveries, options.as_of))
    if options.stage == "evaluate":
        changed = tuple(line for line in options.changed.splitlines() if line)
        return str(stage.run(places, options.commit, changed))
    return str(stage.run(places))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bin/pipeline",
        description="One stage of a model's pipeline. `dvc repro` runs those that have something new to do.",
    )
    parser.add_argument("stage", choices=STAGES, help="in this order each builds on those before it")
    parser.add_argument("model", help="a folder below include/models")
    parser.add_argument(
        "--deliveries",
        type=Path,
        default=Path("data"),
        metavar="FOLDER",
        help="for prepare: the root of the source's connection, or an example's folder (data)",
    )
    parser.add_argument(
        "--as-of",
        default="newest",
        metavar="DATE",
        help="for prepare: use what was known on this day (the day of the newest delivery)",
    )
    parser.add_argument("--root", type=Path, default=Path(), help="the project (this folder)")
    parser.add_argument("--commit", default="unknown", help="for evaluate: the git commit of the code")
    parser.add_argument("--changed", default="", help="for evaluate: files that differ from it, one a line")
    return parser


if __name__ == "__main__":
    sys.exit(main())
