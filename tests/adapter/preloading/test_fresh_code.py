from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from typing import TYPE_CHECKING

import pytest

from mlops.preloading import fresh_code
from mlops.run_context import PROJECT_ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.adapter


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one module in each package, beside a copy of the real preloading."""
    (tmp_path / "include" / "models" / "risk").mkdir(parents=True)
    (tmp_path / "mlops").mkdir()
    for package in ("include", "mlops"):
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / "include" / "answer.py").write_text("ANSWER = 'old'\n")
    (tmp_path / "include" / "models" / "risk" / "estimator.py").write_text("ANSWER = 'old'\n")
    source = PROJECT_ROOT / "plugins" / "mlops" / "preloading" / "fresh_code.py"
    (tmp_path / "mlops" / "fresh_code.py").write_text(source.read_text())
    return tmp_path


def answers(project: Path, edit: str, count: int = 1) -> list[str]:
    """What forks say that read the answer before and after an edit, and whether it was loaded already."""
    code = f"""
        import os, pathlib, sys
        from mlops import fresh_code
        fresh_code.preload()
        answer = pathlib.Path("include/answer.py")

        def fork():
            sys.stdout.flush()
            child = os.fork()
            if not child:
                loaded = "include.answer" in sys.modules
                from include.answer import ANSWER
                print(ANSWER, "preloaded" if loaded else "read", flush=True)
                os._exit(0)
            os.waitpid(child, 0)

        fork()
        {edit}
        for number in range({count}):
            fork()
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=project, env={**os.environ, "PYTHONPATH": ".", "PYTHONDONTWRITEBYTECODE": ""},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("edit", "then"),
    [
        pytest.param("pass", "old preloaded", id="nothing"),
        pytest.param("answer.write_text(\"ANSWER = 'new!'\\n\")", "new! read", id="another content"),
        pytest.param(
            "old = answer.stat(); answer.write_text(\"ANSWER = 'new'\\n\");"
            " os.utime(answer, ns=(old.st_atime_ns, old.st_mtime_ns))",
            "new read",
            id="the same size and time",
        ),
        pytest.param(
            "other = answer.with_name('x'); other.write_text(\"ANSWER = 'new'\\n\"); other.replace(answer)",
            "new read",
            id="another file in its place, as git and rsync leave it",
        ),
        pytest.param("answer.with_name('more.py').touch()", "old read", id="a new module"),
        pytest.param(
            "pathlib.Path('include/models/risk/estimator.py').write_text('ANSWER = 1')",
            "old preloaded",
            id="a model's code, which is never preloaded",
        ),
        pytest.param("answer.with_name('words.json').write_text('{}')", "old read", id="a file beside them"),
    ],
)
def test_a_fork_runs_the_code_that_lies_on_the_disk(project: Path, edit: str, then: str) -> None:
    time.sleep(0.02)  # a file system's clock ticks in steps of some milliseconds
    assert answers(project, edit) == ["old preloaded", then]


def test_every_later_fork_reads_the_new_code(project: Path) -> None:
    edit = "answer.write_text(\"ANSWER = 'new!'\\n\")"
    assert answers(project, edit, count=3) == ["old preloaded", *["new! read"] * 3]


def test_a_task_that_forks_goes_on_with_what_it_has_loaded(project: Path) -> None:
    runner = (
        "import types; runner = types.ModuleType('airflow.sdk.execution_time.task_runner');"
        " runner.SUPERVISOR_COMMS = object(); sys.modules[runner.__name__] = runner; "
    )
    edit = f"{runner}answer.write_text(\"ANSWER = 'new!'\\n\")"
    assert answers(project, edit) == ["old preloaded"] * 2


def test_a_folder_that_is_being_replaced_counts_as_changed(project: Path) -> None:
    before = fresh_code.file_states([project / "include"])
    assert not fresh_code.forget_if_changed([project / "include"], before)
    (project / "include").rename(project / "elsewhere")
    code = (
        "import sys; from mlops.preloading.fresh_code import forget_if_changed as forgets;"
        f"print(forgets([{str(project / 'include')!r}], {{}}), 'mlops' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["True", "False"]


def test_no_code_of_a_model_is_preloaded_and_all_else_is() -> None:
    names = fresh_code.module_names({name: fresh_code._root(name) for name in fresh_code.PACKAGES})
    assert not [name for name in names if name.startswith("include.models")]
    assert {"include.promotion.gate", "mlops.operators.train", "mlops.dag_factory.model_dags"} <= set(names)


def test_a_module_that_cannot_be_loaded_is_left_to_the_task(project: Path) -> None:
    (project / "include" / "broken.py").write_text("1 +\n")
    assert answers(project, "pass") == ["old preloaded"] * 2
