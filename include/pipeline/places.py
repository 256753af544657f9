"""Where the stages of a pipeline find things and leave them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.config.config_errors import one_of
from include.config.load import model_folders
from include.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Places:
    """The files of one model's pipeline, below the root of the project.

    :param root: the folder of ``dvc.yaml``.
    :param model: the model's name.
    """

    root: Path
    model: str

    @property
    def folder(self) -> Path:
        """The model folder."""
        return self.root / "include" / "models" / self.model

    @property
    def made(self) -> Path:
        """The folder of all that is made."""
        return self.root / "pipelines" / self.model

    def settings(self, stage: str) -> Path:
        """Return the file with what a stage follows from.

        :param stage: its name.
        """
        return self.made / "settings" / f"{stage}.json"

    @property
    def snapshots(self) -> Path:
        """The folder of the snapshots and of their manifest: what ``prepare`` makes."""
        return self.made / "snapshots"

    @property
    def manifest(self) -> Path:
        """Which snapshots there are."""
        return self.snapshots / "manifest.json"

    @property
    def dataset(self) -> Path:
        """The folder of the frozen dataset: what ``featurize`` makes."""
        return self.made / "dataset"

    @property
    def fitted(self) -> Path:
        """The fitted model: what ``train`` makes."""
        return self.made / "model.skops"

    @property
    def training_figures(self) -> Path:
        """What the training set shows, as metrics."""
        return self.made / "training.json"

    @property
    def evaluation(self) -> Path:
        """The folder with the record of the evaluation and the scores: what ``evaluate`` makes."""
        return self.made / "evaluation"

    @property
    def metrics(self) -> Path:
        """The figures of the evaluation, as metrics."""
        return self.made / "metrics.json"

    @property
    def code(self) -> Path:
        """Which code the evaluation was made with."""
        return self.made / "code.json"

    @property
    def plots(self) -> Path:
        """The folder of the points of the plots."""
        return self.made / "plots"

    def require(self) -> None:
        """Make sure that there is such a model.

        :raises ConfigError: there is none; the message names the nearest.
        """
        names = [folder.name for folder in model_folders(self.folder.parent)]
        if self.model not in names:
            raise ConfigError(f"unknown model {self.model!r}; {one_of(names, self.model)}")
