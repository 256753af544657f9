"""What somebody who may write to the artifact store could do to a model there."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from pathlib import Path

TREES = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"


class Evil:
    """Runs a command when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[tuple[str, str]]]:
        return subprocess.check_output, (("touch", str(self.mark)),)


def swap_in_a_pickle(folder: Path, mark: Path) -> None:
    """Replace the model by a pickle that runs code, and say so in MLmodel, as an attacker would."""
    import pickle  # noqa: TID251 - the attack

    (folder / "model.pkl").write_bytes(pickle.dumps(Evil(mark)))
    change_flavor(folder, pickled_model="model.pkl", serialization_format="cloudpickle")


def swap_in_another_type(folder: Path, mark: Path) -> None:
    """Replace the model by a skops file with a function in it, and put that on the list in MLmodel."""
    import skops.io
    from sklearn.preprocessing import FunctionTransformer

    flavor = yaml.safe_load((folder / "MLmodel").read_text())["flavors"]["sklearn"]
    skops.io.dump(FunctionTransformer(shutil.rmtree), folder / flavor["pickled_model"])
    change_flavor(folder, skops_trusted_types=[TREES, "shutil.rmtree"])


def point_out_of_the_folder(folder: Path, mark: Path) -> None:
    change_flavor(folder, pickled_model="../../../../../../etc/hostname")


def cut_off(folder: Path, mark: Path) -> None:
    flavor = yaml.safe_load((folder / "MLmodel").read_text())["flavors"]["sklearn"]
    file = folder / flavor["pickled_model"]
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def remove_description(folder: Path, mark: Path) -> None:
    (folder / "MLmodel").unlink()


def write_garbage(folder: Path, mark: Path) -> None:
    (folder / "MLmodel").write_bytes(b"\xff\x00")


def remove_all(folder: Path, mark: Path) -> None:
    shutil.rmtree(folder)


def change_flavor(folder: Path, **changes: object) -> None:
    file = folder / "MLmodel"
    content = yaml.safe_load(file.read_text())
    content["flavors"]["sklearn"] |= changes
    content["flavors"]["python_function"]["model_path"] = content["flavors"]["sklearn"]["pickled_model"]
    file.write_text(yaml.safe_dump(content))


ATTACKS = {
    swap_in_a_pickle: "only skops is loaded, never pickle",
    swap_in_another_type: "have not been reviewed: shutil.rmtree",
    point_out_of_the_folder: "outside of its own folder",
    cut_off: "are not a skops file",
    remove_description: "is not a complete scikit-learn model",
    write_garbage: "is not a complete scikit-learn model",
    remove_all: "MLmodel",
}
