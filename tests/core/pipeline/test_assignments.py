"""An experiment sets what a ``model.yaml`` has, to what it may hold."""

from __future__ import annotations

import pytest

from include.config.load import load_model
from include.errors import ConfigError
from include.pipeline.assignments import check_assignments
from tests.world.model_config import EXAMPLE

pytestmark = pytest.mark.core

FOLDER = EXAMPLE.parent


def test_keys_of_the_file_are_set() -> None:
    asked = ["estimator.parameters.max_iter=50", "gate.floors.roc_auc=0.7"]
    found = check_assignments(FOLDER, asked)
    assert found.estimator.parameters == {**load_model(FOLDER).estimator.parameters, "max_iter": 50}
    assert found.gate.floors["roc_auc"] == 0.7
    assert check_assignments(FOLDER, []) == load_model(FOLDER)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("estimator.parameters.max_itr=5", r"max_itr: credit_risk/model\.yaml has no such key; did you mean "
         r"'estimator\.parameters\.max_iter'\?"),
        ("+estimator.parameters.max_itr=5", r"; did you mean 'estimator\.parameters\.max_iter'"),
        ("+estimator.seed=5", r"\+estimator\.seed: .* has no such key; did you mean 'estimator\.seed'"),
        ("~estimator.seed=5", r"has no such key; did you mean 'estimator\.seed'"),
        ("gate.exams=5", r"gate\.exams: .* has no such key.* Write a new one into the file first"),
        ("zzzzzz=5", r"zzzzzz: credit_risk/model\.yaml has no such key\. An experiment"),
        ("estimator.seed", r"'estimator\.seed': expected KEY=VALUE, such as estimator\.seed=1"),
        ("=1", r"expected KEY=VALUE"),
        ("estimator.seed=", r"estimator\.seed=: there is no value; for none write estimator\.seed=null"),
        ("estimator.seed=  ", r"there is no value"),
        ("estimator.seed=many", r"estimator\.seed: found text 'many'; expected a whole number"),
        ("gate.primary=roc_acu", r"gate\.primary: .*did you mean 'roc_auc'"),
        ("estimator.seed=[1", r"estimator\.seed: '\[1' can't be read as a YAML value"),
    ],
)  # fmt: skip
def test_anything_else_is_refused(asked: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check_assignments(FOLDER, [asked])
