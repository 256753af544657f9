from __future__ import annotations

import shutil
import subprocess
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pendulum
import pytest
from airflow.sdk import DAG, BaseOperator

from include.errors import ConfigError
from mlops import run_context
from mlops.run_context import AS_OF, code_version, model_config, run_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]

DAY = pendulum.datetime(2005, 5, 31, tz="UTC")


class Show(BaseOperator):
    """An operator with the date of its run."""

    template_fields = ("as_of",)

    def __init__(self, *, as_of: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.as_of = as_of


def render(native: bool, **context: Any) -> Any:
    with DAG("d", schedule=None, render_template_as_native_obj=native) as dag:
        task = Show(task_id="t", as_of=AS_OF)
    task.render_template_fields(context, dag.get_template_env())
    return task.as_of


@pytest.mark.parametrize("native", [True, False], ids=["native", "text"])
class TestAsOf:
    def test_a_scheduled_run_is_as_of_the_end_of_its_interval(self, native: bool) -> None:
        context = {
            "params": {"as_of": None},
            "data_interval_end": DAY,
            "dag_run": SimpleNamespace(run_after=DAY.add(days=3)),
        }
        assert render(native, **context) == "2005-05-31"

    def test_a_manual_run_without_a_date_is_as_of_the_day_it_was_started(self, native: bool) -> None:
        context = {
            "params": {"as_of": None},
            "data_interval_end": None,
            "dag_run": SimpleNamespace(run_after=DAY.add(hours=17)),
        }
        assert render(native, **context) == "2005-05-31"

    def test_a_run_whose_context_knows_no_interval_does_as_well(self, native: bool) -> None:
        context = {"params": {"as_of": None}, "dag_run": SimpleNamespace(run_after=DAY)}
        assert render(native, **context) == "2005-05-31"

    def test_the_form_comes_first(self, native: bool) -> None:
        context = {
            "params": {"as_of": "2005-10-11"},
            "data_interval_end": DAY,
            "dag_run": SimpleNamespace(run_after=DAY),
        }
        assert render(native, **context) == "2005-10-11"

    def test_an_empty_form_is_not_a_date(self, native: bool) -> None:
        context = {"params": {"as_of": ""}, "data_interval_end": DAY, "dag_run": None}
        assert render(native, **context) == "2005-05-31"


def instance(**changes: Any) -> dict[str, Any]:
    fields = {"dag_id": "d", "run_id": "r", "task_id": "t", "map_index": -1, "try_number": 1, **changes}
    return {"ti": SimpleNamespace(**fields)}


def test_every_try_of_a_task_has_the_same_key() -> None:
    assert run_key(instance()) == run_key(instance(try_number=3)) == "d/r/t"


def test_no_two_runs_or_tasks_share_a_key() -> None:
    changes = ({}, {"dag_id": "e"}, {"run_id": "s"}, {"task_id": "u"})
    assert len({run_key(instance(**change)) for change in changes}) == 4


def test_a_mapped_task_has_a_key_for_each_of_its_instances() -> None:
    assert [run_key(instance(map_index=index)) for index in range(3)] == ["d/r/t/0", "d/r/t/1", "d/r/t/2"]


def test_a_task_that_is_not_mapped_has_no_index_in_its_key() -> None:
    assert run_key(instance(map_index=None)) == "d/r/t"


def test_the_configuration_is_read_when_the_task_runs(model_folder: Path) -> None:
    before = model_config(str(model_folder))
    file = model_folder / "model.yaml"
    file.write_text(file.read_text().replace("min_rows: 1000", "min_rows: 1234"))
    assert before.window.min_rows == 1000
    assert model_config(str(model_folder)).window.min_rows == 1234


def test_a_model_folder_that_is_gone_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="gone"):
        model_config(str(tmp_path / "gone"))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in place of the project's, whose version has not been asked for yet."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.delenv("MLOPS_VERSION", raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    monkeypatch.setattr(run_context, "PROJECT_ROOT", folder)
    code_version.cache_clear()
    yield folder
    code_version.cache_clear()


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=n", "-c", "user.email=e@localhost", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(project: Path) -> Path:
    git(project, "init", "--quiet")
    (project / "code.py").write_text("1\n")
    git(project, "add", ".")
    git(project, "commit", "--quiet", "-m", "first")
    return project


def test_the_version_of_the_code_is_its_commit(repository: Path) -> None:
    assert code_version() == git(repository, "rev-parse", "HEAD")


def test_code_that_was_changed_since_says_so(repository: Path) -> None:
    (repository / "code.py").write_text("2\n")
    assert code_version() == git(repository, "rev-parse", "HEAD") + "-dirty"


def test_a_variable_does_not_say_otherwise(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_VERSION", "2026.11.3")
    assert code_version() == git(repository, "rev-parse", "HEAD")


def test_an_image_says_what_its_build_wrote_down(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_VERSION", "2026.11.3")
    (project / "CODE_VERSION").write_text("0123abcd-dirty\n")
    assert code_version() == "0123abcd-dirty"


def test_where_nothing_else_does_a_variable_says_it(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_VERSION", "2026.11.3")
    assert code_version() == "2026.11.3"


def test_code_outside_of_git_has_no_version(project: Path) -> None:
    assert code_version() == "unknown"


def test_where_git_is_not_installed_there_is_none_either(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shutil.which("git")
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert code_version() == "unknown"
