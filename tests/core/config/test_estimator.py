from __future__ import annotations

import hashlib
import sys
from typing import TYPE_CHECKING

import pytest

from include.config.estimator import estimator_digest, load_estimator
from include.config.load import load_model
from include.errors import ConfigError
from tests.integration.bad_inputs.documented import check_documented

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.core


@pytest.fixture
def load(folder: Path) -> Callable[[str], object]:
    """Return a function that writes an estimator.py and loads it."""

    def write_and_load(source: str) -> object:
        (folder / "estimator.py").write_text(source, encoding="utf-8")
        return load_estimator(folder, load_model(folder))

    return write_and_load


@pytest.fixture
def refused(folder: Path, load: Callable[[str], object]) -> Callable[[str], str]:
    """Return a function that writes an estimator.py and returns why it was refused, without the path."""

    def write_and_fail(source: str) -> str:
        with pytest.raises(ConfigError) as caught:
            load(source)
        return str(caught.value).replace(str(folder), "loans")

    return write_and_fail


def test_build_gets_the_configuration(folder: Path) -> None:
    built = load_estimator(folder, load_model(folder))

    assert type(built).__name__ == "LogisticRegression"
    assert built.get_params()["max_iter"] == 5


def test_each_load_gives_a_new_object(folder: Path) -> None:
    config = load_model(folder)

    assert load_estimator(folder, config) is not load_estimator(folder, config)


def test_a_changed_source_is_seen_at_once(load: Callable[[str], object]) -> None:
    source = "from sklearn.naive_bayes import {0}\ndef build(config):\n    return {0}()\n"

    first, second = load(source.format("GaussianNB")), load(source.format("BernoulliNB"))

    assert (type(first).__name__, type(second).__name__) == ("GaussianNB", "BernoulliNB")


def test_nothing_is_written_beside_the_source(folder: Path) -> None:
    before = sorted(folder.iterdir())

    load_estimator(folder, load_model(folder))

    assert sorted(folder.iterdir()) == before


def test_two_models_do_not_share_a_module(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "loans"
    other.mkdir(parents=True)
    source = "def build(config):\n    from sklearn.naive_bayes import GaussianNB\n    return GaussianNB()\n"
    (other / "estimator.py").write_text(source, encoding="utf-8")
    config = load_model(folder)

    before = set(sys.modules)
    load_estimator(folder, config)
    load_estimator(other, config)

    new = [name for name in set(sys.modules) - before if name.startswith("estimator_of_loans_")]
    assert len([name for name in new if name.endswith(".estimator")]) == 2


def test_a_class_defined_in_the_source_can_be_found_by_its_module(load: Callable[[str], object]) -> None:
    built = load(
        "from sklearn.naive_bayes import GaussianNB\n"
        "class Mine(GaussianNB): ...\n"
        "def build(config):\n"
        "    return Mine()\n"
    )

    assert sys.modules[type(built).__module__].Mine is type(built)


def test_a_missing_file_is_refused(folder: Path) -> None:
    config = load_model(folder)
    (folder / "estimator.py").unlink()

    with pytest.raises(
        ConfigError, match=r"estimator\.py: can't be read \(No such file or directory\); write it with"
    ):
        load_estimator(folder, config)


def test_a_syntax_error_is_refused_with_its_line(refused: Callable[[str], str]) -> None:
    assert refused("import math\ndef build(config)\n    return 1\n").startswith(
        "loans/estimator.py:2: can't be imported: SyntaxError: expected ':'"
    )


def test_an_import_that_fails_is_refused_with_its_remedy(refused: Callable[[str], str]) -> None:
    assert refused("import no_such_library\n") == (
        "loans/estimator.py:1: can't be imported: ModuleNotFoundError: No module named 'no_such_library'; "
        "install it and add it to requirements.txt"
    )


@pytest.mark.parametrize("library", ["lightgbm", "xgboost"])
@pytest.mark.parametrize("source", ["import {}\n", "\n\ndef build(config):\n    from {} import Some\n"])
def test_a_boosting_library_that_is_not_installed_is_refused_with_the_file_that_names_it(
    refused: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, source: str, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    said = refused(source.format(library))
    assert said.endswith(
        "; install it with pip install -r requirements-boosting.txt, here and on every worker"
    ), said
    if library == "lightgbm" and "build" in source:
        check_documented("boosting library not installed", "train", f"ConfigError: {said}")


def test_a_failed_import_leaves_no_module_behind(refused: Callable[[str], str]) -> None:
    before = set(sys.modules)

    refused("raise ValueError('broken')\n")

    assert not [name for name in set(sys.modules) - before if name.startswith("estimator_of")]


def test_a_source_without_build_is_refused(refused: Callable[[str], str]) -> None:
    expected = "loans/estimator.py: has no function build; write def build(config: ModelConfig) -> Pipeline"

    assert refused("def make(config): ...\n") == expected
    assert refused("build = 5\n") == expected


def test_a_build_that_fails_is_refused_with_its_line(refused: Callable[[str], str]) -> None:
    source = "def build(config):\n    known = config.estimator.parameters\n    return known['max_iterr']\n"

    assert refused(source) == (
        "loans/estimator.py:3: build(config) raised KeyError: 'max_iterr'; "
        "check it against estimator.parameters in model.yaml"
    )


def test_a_parameter_the_estimator_does_not_know_is_refused(edit: Callable[..., Path]) -> None:
    folder = edit("max_iter: 5", "max_itr: 5")

    with pytest.raises(
        ConfigError, match=r"estimator\.py:4: build\(config\) raised TypeError: .*'max_itr'.*; check it"
    ):
        load_estimator(folder, load_model(folder))


@pytest.mark.parametrize(
    ("returned", "problem"),
    [
        ("None", "an object of type NoneType without fit and predict_proba and get_params; "),
        ("linear_model.LinearRegression()", "an object of type LinearRegression without predict_proba; "),
        ("linear_model.LogisticRegression", "the class LogisticRegression; return an object of it"),
        (
            "pipeline.make_pipeline(linear_model.Ridge())",
            "an object of type Pipeline without predict_proba; ",
        ),
        (
            "linear_model.LogisticRegression().fit([[0], [1]], [0, 1])",
            "an object of type LogisticRegression that is fitted already; return it unfitted, ",
        ),
    ],
)
def test_what_can_not_be_trained_is_refused(
    refused: Callable[[str], str], returned: str, problem: str
) -> None:
    source = f"from sklearn import linear_model, pipeline\ndef build(config):\n    return {returned}\n"

    assert refused(source).startswith(f"loans/estimator.py: build(config) returned {problem}")


def test_the_digest_is_that_of_the_file(folder: Path) -> None:
    source = (folder / "estimator.py").read_bytes()

    assert estimator_digest(folder) == hashlib.sha256(source).hexdigest()


def test_the_digest_of_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"estimator\.py: can't be read"):
        estimator_digest(tmp_path)


def test_the_source_knows_where_it_lies(folder: Path, load: Callable[[str], object]) -> None:
    (folder / "depth.txt").write_text("3")
    built = load(
        "from pathlib import Path\n"
        "from sklearn.tree import DecisionTreeClassifier\n"
        "def build(config):\n"
        "    depth = Path(__file__).with_name('depth.txt').read_text()\n"
        "    return DecisionTreeClassifier(max_depth=int(depth))\n"
    )
    assert built.get_params()["max_depth"] == 3  # type: ignore[attr-defined]


HELPED = """
from .parts import trees
from .parts.deeper.values import DEPTH
from sklearn.tree import DecisionTreeClassifier
def build(config):
    from . import late
    return DecisionTreeClassifier(max_depth=DEPTH, min_samples_leaf=trees.LEAF + late.MORE)
"""


@pytest.fixture
def helped(folder: Path) -> Path:
    """Return the folder with an estimator that imports from packages beside it."""
    (folder / "parts" / "deeper").mkdir(parents=True)
    (folder / "parts" / "trees.py").write_text("LEAF = 5\n")
    (folder / "parts" / "deeper" / "values.py").write_text("DEPTH = 3\n")
    (folder / "late.py").write_text("MORE = 0\n")
    (folder / "estimator.py").write_text(HELPED)
    return folder


def test_modules_beside_the_source_are_imported_as_they_are_now(
    helped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    config = load_model(helped)
    assert load_estimator(helped, config).get_params()["max_depth"] == 3
    (helped / "parts" / "deeper" / "values.py").write_text("DEPTH = 4\n")
    assert load_estimator(helped, config).get_params()["max_depth"] == 4
    (helped / "late.py").write_text("MORE = 1\n")
    assert load_estimator(helped, config).get_params()["min_samples_leaf"] == 6
    assert not list(helped.rglob("__pycache__"))


@pytest.mark.parametrize("file", ["parts/trees.py", "parts/deeper/values.py", "late.py", "depth.txt"])
def test_whatever_lies_beside_the_source_counts_in_its_digest(helped: Path, file: str) -> None:
    before = estimator_digest(helped)
    (helped / file).write_text("MORE = LEAF = DEPTH = 7\n")
    assert estimator_digest(helped) != before


@pytest.mark.parametrize(
    "file", ["README.md", "look.ipynb", "queries/features.sql", "__pycache__/late.cpython-311.pyc", ".hidden"]
)
def test_what_is_for_people_or_machines_does_not_count(helped: Path, file: str) -> None:
    before = estimator_digest(helped)
    (helped / file).parent.mkdir(exist_ok=True)
    (helped / file).write_text("x")
    (helped / "model.yaml").write_text((helped / "model.yaml").read_text() + "# comment\n")
    (helped / "__init__.py").write_text('"""Nothing but words."""\n')
    assert estimator_digest(helped) == before


def test_code_that_models_share_counts_where_it_is_imported(helped: Path) -> None:
    shared = helped.parent / "_shared"
    shared.mkdir()
    (shared / "encoders.py").write_text("from . import base\n")
    (shared / "base.py").write_text("X = 1\n")
    (shared / "unused.py").write_text("X = 1\n")
    (helped / "late.py").write_text("from .._shared.encoders import base\nMORE = 0\n")
    before = estimator_digest(helped)
    (shared / "unused.py").write_text("X = 2\n")
    assert estimator_digest(helped) == before
    (shared / "base.py").write_text("X = 2\n")
    assert estimator_digest(helped) != before


def test_a_bare_import_of_a_file_beside_it_is_answered_with_the_way_to_write_it(
    helped: Path, refused: Callable[[str], str]
) -> None:
    assert "or `from . import late`" in refused("import late\n")
    assert "or `from . import parts`" in refused("import parts.trees\n")


def test_a_helper_that_fails_is_reported_as_the_line_that_imports_it(
    helped: Path, refused: Callable[[str], str]
) -> None:
    (helped / "late.py").write_text("import no_such_library\n")
    assert refused("\nfrom . import late\n").startswith(
        "loans/estimator.py:2: can't be imported: ModuleNotFound"
    )


def test_a_source_that_ends_the_process_is_refused(refused: Callable[[str], str]) -> None:
    assert "can't be imported: SystemExit" in refused("import sys\nsys.exit(3)\n")
    said = refused("import sys\n\n\ndef build(config):\n    sys.exit(3)\n")
    assert "estimator.py:5: build(config) raised SystemExit: 3" in said


def test_libraries_are_those_that_the_code_imports_and_the_pipeline_holds(helped: Path) -> None:
    from include.config.estimator_files import imported_distributions

    (helped / "late.py").write_text(
        "import json\nimport polars as pl\ndef f():\n    from yaml import safe_load\nimport no_such_library\n"
        "import include.config\n"
    )
    assert imported_distributions(helped) == ("polars", "PyYAML", "scikit-learn")
    assert imported_distributions(helped, {"scipy.stats", "builtins", "include.models.x"}) == (
        "polars", "PyYAML", "scikit-learn", "scipy",
    )  # fmt: skip
