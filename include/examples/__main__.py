"""``python -m include.examples --to DIR``: the deliveries of all examples, below a folder for each model."""

from __future__ import annotations

import argparse
from pathlib import Path

from include.examples.find import deliver_all


def main(arguments: list[str] | None = None) -> int:
    """Write them; return the exit code.

    :param arguments: without the program's name; those of the process by default.
    """
    parser = argparse.ArgumentParser(
        prog="python -m include.examples", description="Write the deliveries of all examples."
    )
    parser.add_argument("--to", type=Path, required=True, metavar="DIR", help="made where it is missing")
    deliver_all(parser.parse_args(arguments).to)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
