"""The examples of this repository: each folder beside this file that says so in ``example.py``."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.examples.example import Example

USUAL = "credit_risk"
"""The example that demo and replay take where no model is named."""


def all_examples() -> list[Example]:
    """Return the examples in the order of their folders' names."""
    here = Path(__file__).parent
    return [
        import_module(f"{__package__}.{file.parent.name}.example").EXAMPLE
        for file in sorted(here.glob("*/example.py"))
    ]


def find_example(model: str) -> Example | None:
    """Return the example of a model; None where the model is a team's own.

    :param model: the name of its folder.
    """
    return next((one for one in all_examples() if one.model == model), None)


def deliver_all(target: Path) -> None:
    """Write all deliveries of all examples, each below a folder of its model's name.

    :param target: the folder above; made where it is missing.
    :raises DataError: the data of an example is missing or not the data that it was written for.
    :raises StorageError: a file can't be written.
    """
    for one in all_examples():
        one.deliver(target / one.model, None)
