"""``bin/mlops experiment`` checks what is asked before DVC is begun."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from include.errors import ConfigError
from mlops.cli import experiment
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.adapter


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project without git, with two models, one of which the pipeline knows."""
    for name in ("digits", "flight_time"):
        shutil.copytree(ROOT / "include" / "models" / name, tmp_path / "include" / "models" / name)
    (tmp_path / "params.yaml").write_text("models:\n  digits: {deliveries: x, as_of: newest}\n")
    return tmp_path


@pytest.mark.parametrize(
    ("model", "assignment", "message"),
    [
        ("digit", "estimator.seed=1", "unknown model 'digit'.*did you mean 'digits'"),
        (
            "flight_time",
            "estimator.seed=1",
            r"flight_time is not among the models of params\.yaml; allowed: digits",
        ),
        ("digits", "estimator.sead=1", r"estimator\.sead: .*did you mean 'estimator\.seed'"),
        ("digits", "estimator.seed=one", r"estimator\.seed: found text 'one'"),
        ("digits", "estimator.seed=1", "is not a git repository, and an experiment is a commit; .*git init"),
    ],
)
def test_what_cannot_be_tried_is_refused(project: Path, model: str, assignment: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        experiment.run(model, [assignment], name=None, root=project)
