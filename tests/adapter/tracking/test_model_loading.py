from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.errors import ModelError
from include.training.persist import dump_model
from mlops.tracking.model_loading import read_model

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]

MLMODEL = "flavors: {{sklearn: {{pickled_model: {file}, serialization_format: {form}}}}}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model as MLflow keeps it."""
    from sklearn.linear_model import LogisticRegression

    folder = tmp_path / "model"
    folder.mkdir()
    fitted = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    (folder / "model.skops").write_bytes(dump_model(fitted, []))
    (folder / "MLmodel").write_text(MLMODEL.format(file="model.skops", form="skops"))
    return folder


def test_a_whole_model_is_read(folder: Path) -> None:
    assert read_model(folder, "models:/m/1", []).predict([[5.0]]).tolist() == [1]


@pytest.mark.parametrize("form", ["pickle", "cloudpickle", "null"])
def test_nothing_but_skops_is_read(folder: Path, form: str) -> None:
    (folder / "MLmodel").write_text(MLMODEL.format(file="model.skops", form=form))
    with pytest.raises(ModelError, match=r"models:/m/1 is saved as .*only skops is loaded, never pickle"):
        read_model(folder, "models:/m/1", [])


@pytest.mark.parametrize("file", ["../outside.skops", "/etc/hostname"])
def test_a_file_outside_of_the_model_is_not_read(folder: Path, file: str) -> None:
    (folder.parent / "outside.skops").write_bytes((folder / "model.skops").read_bytes())
    (folder / "MLmodel").write_text(MLMODEL.format(file=file, form="skops"))
    with pytest.raises(ModelError, match="outside of its own folder"):
        read_model(folder, "models:/m/1", [])


def test_nor_through_a_link(folder: Path) -> None:
    (folder / "model.skops").rename(folder.parent / "outside.skops")
    (folder / "model.skops").symlink_to(folder.parent / "outside.skops")
    with pytest.raises(ModelError, match="outside of its own folder"):
        read_model(folder, "models:/m/1", [])


@pytest.mark.parametrize("content", [None, "", "[1]", "{", "flavors: {}", "flavors: {sklearn: 3}", "\xff"])
def test_a_model_without_a_usable_description_is_named(folder: Path, content: str | None) -> None:
    (folder / "MLmodel").unlink()
    if content is not None:
        (folder / "MLmodel").write_bytes(content.encode("latin-1"))
    with pytest.raises(
        ModelError, match=r"(?s)models:/m/1 is not a complete scikit-learn model.*train again"
    ):
        read_model(folder, "models:/m/1", [])


def test_a_model_without_its_file_is_named(folder: Path) -> None:
    (folder / "model.skops").unlink()
    with pytest.raises(ModelError, match=r"models:/m/1 is not a complete"):
        read_model(folder, "models:/m/1", [])


def test_a_file_that_was_cut_off_is_named(folder: Path) -> None:
    whole = (folder / "model.skops").read_bytes()
    (folder / "model.skops").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match=r"^models:/m/1: "):
        read_model(folder, "models:/m/1", [])
