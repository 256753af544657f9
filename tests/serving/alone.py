"""Start the server's modules, load every model folder and a skops model, with nothing installed but what
requirements-serving.txt brings: ``python -m tests.serving.alone FOLDER``."""

from __future__ import annotations

import re
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import BuiltinImporter, FrozenImporter, PathFinder
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

ROOT = Path(sys.argv[1])


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def installed_by(file: Path) -> set[str]:
    """Return the distributions that a requirements file brings, those that they need among them."""
    lines = [line.partition("#")[0].strip() for line in file.read_text().splitlines()]
    wanted = [Requirement(line) for line in lines if line and not line.startswith("-")]
    found: set[str] = set()
    while wanted:
        one = wanted.pop()
        if canonical(one.name) in found:
            continue
        found.add(canonical(one.name))
        try:
            needed = [Requirement(text) for text in requires(one.name) or ()]
        except PackageNotFoundError:
            continue
        wanted += [need for need in needed if need.marker is None or need.marker.evaluate({"extra": ""})]
    return found


class OnlyThese(MetaPathFinder):
    """Finds nothing that comes with another distribution."""

    def __init__(self, allowed: set[str]) -> None:
        homes = packages_distributions().items()
        self.hidden = {module for module, names in homes if not allowed & set(map(canonical, names))}

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        return None if name.partition(".")[0] in self.hidden else PathFinder.find_spec(name, path, target)


if __name__ == "__main__":
    allowed = installed_by(ROOT / "requirements-serving.txt")
    sys.meta_path[:] = [BuiltinImporter, FrozenImporter, OnlyThese(allowed)]
    from include.config.load import load_model, model_folders
    from include.training.persist import dump_model
    from include.training.persist import load_model as load_skops

    for folder in model_folders(ROOT / "include" / "models"):
        load_model(folder)
    from sklearn.linear_model import LogisticRegression

    load_skops(dump_model(LogisticRegression().fit([[0.0], [1.0]], [0, 1]), []), [])
    sys.stdout.write(f"{sorted({'airflow', 'dvc', 'polars', 'great_expectations'} & set(sys.modules))}\n")
