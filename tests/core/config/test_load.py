from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pydantic
import pytest

from include.config.base import STORED
from include.config.load import load_model, model_folders
from include.config.schema import ModelConfig
from include.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.core

PROJECT = Path(__file__).parents[3]


def test_every_model_of_the_project_loads() -> None:
    folders = model_folders(PROJECT / "include" / "models")

    assert "credit_risk" in [folder.name for folder in folders]
    for folder in folders:
        config = load_model(folder)
        assert config.name == folder.name
        assert read_again(config) == config


def read_again(config: ModelConfig) -> ModelConfig:
    """Dump a configuration and read it, as a promotion hands it to another process."""
    return ModelConfig.model_validate(json.loads(json.dumps(config.model_dump(mode="json"))), context=STORED)


@pytest.mark.parametrize("section", ["probation: off\n", "monitoring: {drift: {columns: {age: off}}}\n"])
def test_what_is_off_is_still_off_in_another_process(edit: Callable[..., Path], section: str) -> None:
    config = load_model(edit("alerts:\n", f"{section}alerts:\n"))
    assert read_again(config) == config


def test_the_attributes_are_the_keys_of_the_file(folder: Path) -> None:
    config = load_model(folder)

    assert config.source.features.uri == "accounts/as_of={partition}/accounts.csv"
    assert config.features.numeric == ("amount", "age")
    assert config.sensitive["age"].bands == (30, 50)
    assert config.sensitive["sex"].bands == ()
    assert config.gate.floors == {"roc_auc": 0.75, "log_loss": 0.4}
    assert config.reproducibility_check.tolerance == 1e-9
    assert config.alerts[0].kind == "log"


def test_feature_names_are_numeric_first(folder: Path) -> None:
    assert load_model(folder).feature_names == ("amount", "age", "sex", "region")


def test_labels_tags_and_sensitive_may_be_left_out(edit: Callable[..., Path], folder: Path) -> None:
    edit("  labels:\n    uri: labels/known_on={partition}/labels.csv\n    format: csv\n", "")
    edit("tags: [credit]\n", "")
    edit("sensitive:\n  sex: {}\n  age: {bands: [30, 50]}\n", "")

    config = load_model(folder)

    assert config.source.labels is None
    assert config.tags == ()
    assert config.sensitive == {}


def test_a_schedule_may_be_null(edit: Callable[..., Path]) -> None:
    assert load_model(edit('schedule: "@daily"', "schedule: null")).schedule is None


def test_the_configuration_is_frozen(folder: Path) -> None:
    config = load_model(folder)

    with pytest.raises(pydantic.ValidationError, match="frozen"):
        config.name = "other"  # type: ignore[misc]


def test_the_digest_ignores_comments_and_the_order_of_keys(edit: Callable[..., Path], folder: Path) -> None:
    before = load_model(folder).digest

    edit("owner: lending\ntags: [credit]\n", "tags: [credit]  # for the list of DAGs\n\nowner: lending\n")
    edit("    roc_auc: 0.75\n    log_loss: 0.4\n", "    log_loss: 0.4\n    roc_auc: 0.75\n")

    assert load_model(folder).digest == before


def test_the_digest_is_the_same_as_before_a_section_was_renamed_and_a_key_removed(folder: Path) -> None:
    assert load_model(folder).digest == ("0c2a0a6f3c7696743dbef9f1d5857867c7940f413480bec30748180f481d2d87")


@pytest.mark.parametrize(
    ("old", "new"), [("max_iter: 5", "max_iter: 6"), ("[amount, age]", "[age, amount]"), ("0.95", "0.9")]
)
def test_the_digest_changes_with_the_content(
    edit: Callable[..., Path], folder: Path, old: str, new: str
) -> None:
    before = load_model(folder).digest

    assert load_model(edit(old, new)).digest != before


def test_the_digest_is_the_same_in_another_process(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from include.config.load import load_model;"
        "sys.stdout.write(load_model(Path(sys.argv[1])).digest)"
    )
    command = [sys.executable, "-c", code, str(folder)]

    other = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout

    assert other == load_model(folder).digest


def test_loading_imports_nothing_heavy() -> None:
    code = (
        "import sys; from pathlib import Path; import include.config.load as load;"
        "import include.validation.contract.contract,"
        " include.config.estimator;"
        "config = load.load_model(Path('include/models/credit_risk'));"
        "include.validation.contract.contract.load_contract(Path('include/models/credit_risk'), config);"
        "heavy = {'numpy', 'pandas', 'pyarrow', 'sklearn', 'great_expectations', 'airflow', 'mlflow'};"
        "sys.stdout.write(' '.join(sorted(heavy & set(sys.modules))))"
    )

    found = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )

    assert not found.stdout


def test_loading_takes_less_than_50_milliseconds(folder: Path) -> None:
    load_model(folder)
    seconds = []
    for _ in range(5):
        started = time.process_time()
        load_model(folder)
        seconds.append(time.process_time() - started)

    assert min(seconds) < 0.05


def test_model_folders_are_those_with_a_model_yaml_sorted_by_name(tmp_path: Path) -> None:
    for name in ("zeta", "alpha", "no_model"):
        (tmp_path / name).mkdir()
    for name in ("zeta", "alpha"):
        (tmp_path / name / "model.yaml").touch()
    (tmp_path / "model.yaml").touch()

    assert model_folders(tmp_path) == [tmp_path / "alpha", tmp_path / "zeta"]


def test_a_root_that_is_missing_holds_no_model(tmp_path: Path) -> None:
    assert model_folders(tmp_path / "missing") == []


def test_a_missing_model_yaml_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"empty/model\.yaml: the file is missing; create it"):
        load_model(tmp_path / "empty")


def test_a_file_of_this_project_is_named_from_its_root() -> None:
    with pytest.raises(ConfigError) as caught:
        load_model(PROJECT / "include" / "models" / "no_such_model")

    assert str(caught.value) == "include/models/no_such_model/model.yaml: the file is missing; create it"


@pytest.mark.parametrize("name", ["estimator.py", "contract.yaml"])
def test_a_folder_without_its_companions_is_refused(
    folder: Path, issues: Callable[[], list[str]], name: str
) -> None:
    (folder / name).unlink()

    (line,) = issues()

    assert f"{name} is missing in this folder; write it: the " in line
