from __future__ import annotations

import hashlib
import sys
from typing import TYPE_CHECKING

import pytest

from include.config.estimator import estimator_digest, load_estimator
from include.config.load import load_model
from include.errors import ConfigError

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

    assert len([name for name in set(sys.modules) - before if name.startswith("estimator_of_loans_")]) == 2


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
