"""A project with one model, the example flight_time, and its deliveries on disk."""

from __future__ import annotations

import shutil
from datetime import date
from typing import TYPE_CHECKING

import pytest

from include.examples.flights_2015.days import write_days
from include.pipeline import evaluate, featurize, prepare, settings, train
from include.pipeline.places import Places
from tests.world.edits import edit
from tests.world.model_config import EXAMPLE

if TYPE_CHECKING:
    from pathlib import Path

AS_OF = "2015-06-14"


class Project:
    """A model folder and its deliveries, free to be spoiled, and what the stages make of them."""

    def __init__(self, root: Path) -> None:
        self.places = Places(root=root, model="flight_time")
        self.data = root / "data"

    def run(self, *stages: str, as_of: str = AS_OF) -> None:
        """Run some stages, or all."""
        calls = {
            "settings": lambda: settings.run(self.places),
            "prepare": lambda: prepare.run(self.places, self.data, as_of),
            "featurize": lambda: featurize.run(self.places),
            "train": lambda: train.run(self.places),
            "evaluate": lambda: evaluate.run(self.places, "c0ffee", [" M include/names.py"]),
        }
        for stage in stages or tuple(calls):
            calls[stage]()

    def flights(self, day: str) -> Path:
        """Return the delivery of a day's flights."""
        return self.data / "flight_time" / "flights" / f"as_of={day}" / "flights.csv"

    def content(self) -> dict[str, bytes]:
        """Return all that was made, by path."""
        made = self.places.made
        return {
            path.relative_to(made).as_posix(): path.read_bytes()
            for path in sorted(made.rglob("*"))
            if path.is_file()
        }


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """What the pipeline makes of the example; not to be changed."""
    root = tmp_path_factory.mktemp("project")
    shutil.copytree(EXAMPLE.parents[1] / "flight_time", root / "include" / "models" / "flight_time")
    edit(
        root / "include" / "models" / "flight_time" / "model.yaml",
        ("partitions: 28", "partitions: 4"), ("min_rows: 1000\n\n", "min_rows: 300\n\n"),
        ("  min_rows: 300\n  slices", "  min_rows: 150\n  slices"),
    )  # fmt: skip
    write_days(root / "data" / "flight_time", date.fromisoformat(AS_OF))
    project = Project(root)
    project.run()
    return project


@pytest.fixture
def project(made: Project, tmp_path: Path) -> Project:
    """The same, to be changed."""
    root = tmp_path / "project"
    shutil.copytree(made.places.root, root)
    return Project(root)
