"""Whatever one model folder is called and holds, the DAGs of every other model are there."""

from __future__ import annotations

import os
import shutil
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
import yaml
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from include.config.load import load_model
from mlops.dag_factory import model_dags
from mlops.defaults import Tag
from mlops.run_context import MODELS_ROOT, PROJECT_ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from airflow.sdk import DAG

pytestmark = pytest.mark.dags

GOOD = MODELS_ROOT / "credit_risk"
KINDS = ("monitoring", "requests", "retraining", "rollback", "scoring", "training")
OWN = {f"credit_risk_{kind}" for kind in KINDS}


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of models in which one is as it should be."""
    root = tmp_path / "models"
    shutil.copytree(GOOD, root / "credit_risk")
    monkeypatch.setattr(model_dags, "MODELS_ROOT", root)
    return root


def test_a_task_builds_the_dag_that_it_belongs_to_and_no_other_models(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b copy"):  # the second has a name that no DAG can have
        shutil.copytree(GOOD, models / name)
    everything = set(parse())
    for dag_id in everything:
        monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", dag_id)
        kind = dag_id.rpartition("_")[2]
        of_its_file = {found for found in load() if found.endswith(f"_{kind}")}
        assert of_its_file == {dag_id}
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "somebody_elses")
    assert set(parse()) == everything


def load() -> dict[str, DAG]:
    """Return the DAGs as a DAG processor finds them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bag = DagBag(dag_folder=str(PROJECT_ROOT / "dags"))
    assert not bag.import_errors
    return {dag_id: dag for dag_id, dag in bag.dags.items() if dag_id != "mlops_watchdog"}  # of all models


_STORED: set[str] = set()  # those of the good model, which are the same in every test


def parse() -> dict[str, DAG]:
    """Return the DAGs as a DAG processor finds them, each of which could be stored."""
    dags = load()
    for dag in dags.values():
        if dag.dag_id in _STORED and Tag.BROKEN not in dag.tags:
            continue
        stored = DagSerialization.from_dict(DagSerialization.to_dict(dag))
        assert stored.dag_id == dag.dag_id
        if stored.timetable.can_be_scheduled:
            assert stored.next_dagrun_info(last_automated_run_info=None) is not None
        assert all(len(tag) <= 100 for tag in dag.tags)
        for text in (dag.dag_id, str(dag.doc_md), str(dag.description), *dag.tags):
            assert "\x00" not in text
            text.encode()
        _STORED.update({dag.dag_id} & OWN)
    return dags


def a_copy(models: Path, name: str, edit: Callable[[str], str] = lambda text: text) -> Path:
    """Return a copy of the good model under another name, with its ``model.yaml`` edited."""
    folder = models / name
    shutil.copytree(GOOD, folder)
    text = (folder / "model.yaml").read_text().replace("name: credit_risk", f"name: {name}")
    (folder / "model.yaml").write_text(edit(text), encoding="utf-8", errors="surrogatepass")
    return folder


def broken(dags: dict[str, DAG]) -> dict[str, DAG]:
    return {dag_id: dag for dag_id, dag in dags.items() if Tag.BROKEN in dag.tags}


def say_so(models: Path, *words: str) -> None:
    """Assert that the good model has its DAGs, and that six more say what is wrong with the other one."""
    dags = parse()
    assert set(dags) >= OWN
    assert not OWN & set(broken(dags))
    assert len(broken(dags)) == len(KINDS)
    for dag in broken(dags).values():
        for word in words:
            assert word in str(dag.doc_md)


NAMES = [
    "credit_risk copy",
    "credit_risk (2)",
    "Credit Risk - Kopie",
    "kredit_größe",
    "x" * 200,
    "a.b",
    "-",
    "a\nb",
    "a\tb",
    "<b>name",
    "{{ macros }}",
    "%s",
    "模型",
    os.fsdecode(b"\xff\xfe"),
]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_folder_that_is_not_called_as_its_model_breaks_alone(models: Path, name: str) -> None:
    shutil.copytree(models / "credit_risk", models / name)
    say_so(models, "name: found 'credit_risk' in the folder")


def test_two_folders_whose_names_are_alike_for_airflow_are_two(models: Path) -> None:
    for name in ("credit_risk copy", "credit_risk_copy", "credit_risk\tcopy"):
        shutil.copytree(models / "credit_risk", models / name)
    assert len(broken(parse())) == 3 * len(KINDS)


VALUES = {
    "a tag that is too long": ("tags: [credit, example]", f"tags: [{'t' * 101}]", "tags[0]"),
    "a tag with a line end": ("tags: [credit, example]", 'tags: ["a\\nb"]', "tags[0]"),
    "an owner that is a list": ("owner: credit-analytics", "owner: [a]", "owner"),
    "an owner that is too long": ("owner: credit-analytics", f"owner: {'o' * 3000}", "owner"),
    "an owner that is yes": ("owner: credit-analytics", "owner: yes", "owner"),
    "a description with NUL": ("description: Which", 'description: "\\0"\nx: Which', "description"),
    "a schedule that never comes": ('schedule: "@daily"', 'schedule: "0 0 31 4 *"', "31 4"),
    "a schedule that is a number": ('schedule: "@daily"', "schedule: 5", "schedule"),
    "a schedule that is 1:30": ('schedule: "@daily"', "schedule: 1:30", "schedule"),
    "a schedule at random": ('schedule: "@daily"', 'schedule: "R R * * *"', "random"),
    "a schedule of seconds": ('schedule: "@daily"', 'schedule: "0 0 * * * *"', "6 fields"),
    "a schedule once": ('schedule: "@daily"', 'schedule: "@once"', "unknown preset"),
    "a name of another": ("name: other", "name: credit_risk", "name"),
    "a date out of range": ("min_rows: 1000", "min_rows: 2005-13-45", "YAML"),
    "a time out of range": ("min_rows: 1000", "min_rows: 0001-01-01T00:00:00+23:59", "min_rows"),
    "a whole number without end": ("min_rows: 1000", f"min_rows: 0x{'f' * 9000}", "min_rows"),
    "not a number": ("min_gain: 0.0", "min_gain: .nan", "min_gain"),
    "a tag of YAML": ("min_rows: 1000", "min_rows: !!python/object/apply:os.getpid []", "YAML"),
    "an alias of itself": ("tags: [credit, example]", "tags: &a [*a]", "itself"),
    "a tower of aliases": (
        "tags: [credit, example]",
        "tags: [credit]\na: &a [x,x,x,x,x,x,x,x,x]\n"
        + "\n".join(
            f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
        ),
        "20,000",
    ),
    "a tower of merges": (
        "tags: [credit, example]",
        "tags: [credit]\na: &a {x: 1}\n"
        + "\n".join(
            f"{b}: &{b} {{<<: [{','.join([f'*{a}'] * 9)}]}}"
            for a, b in zip("abcdefgh", "bcdefghi", strict=True)
        ),
        "20,000",
    ),
    "a deep list": ("tags: [credit, example]", f"tags: {'[' * 5000}{']' * 5000}", "nested"),
}


@pytest.mark.parametrize(("old", "new", "word"), VALUES.values(), ids=VALUES.keys())
def test_a_value_that_nobody_takes_breaks_its_own_model(models: Path, old: str, new: str, word: str) -> None:
    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    a_copy(models, "other", edit)
    say_so(models, "model.yaml", word)


def test_a_folder_without_a_model_yaml_says_so(models: Path) -> None:
    (a_copy(models, "other") / "model.yaml").rename(models / "other" / "model.yml")
    say_so(models, "other/model.yaml: the file is missing")


def test_a_folder_of_shared_code_and_what_python_leaves_behind_are_no_models(models: Path) -> None:
    for name in ("_shared", ".ipynb_checkpoints", "__pycache__"):
        shutil.copytree(models / "credit_risk", models / name)
    (models / "removed" / "__pycache__").mkdir(parents=True)
    (models / "README.md").write_text("What lies here.")
    assert set(parse()) == OWN


FILES: dict[str, Callable[[Path], object]] = {
    "a folder": lambda path: path.mkdir(),
    "a pipe": os.mkfifo,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a link to itself": lambda path: path.symlink_to(path),
    "a link to nothing": lambda path: path.symlink_to("nowhere"),
    "empty": lambda path: path.touch(),
    "bytes": lambda path: path.write_bytes(bytes(range(256))),
    "a list": lambda path: path.write_text("- 1\n"),
    "a megabyte too many": lambda path: path.write_text("# " + "x" * 1_000_001),
    "UTF-16": lambda path: path.write_text("name: other", encoding="utf-16"),
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("make", FILES.values(), ids=FILES.keys())
def test_whatever_is_called_model_yaml_breaks_its_own_model(
    models: Path, make: Callable[[Path], object]
) -> None:
    folder = a_copy(models, "other")
    (folder / "model.yaml").unlink()
    make(folder / "model.yaml")
    say_so(models, "model.yaml")


def test_a_folder_that_is_a_link_to_nothing_is_reported(models: Path) -> None:
    (models / "other").symlink_to(models / "nowhere")
    say_so(models, "other/model.yaml")


def test_a_contract_that_can_not_be_read_leaves_the_rollback_alone(models: Path) -> None:
    (a_copy(models, "other") / "contract.yaml").write_text("features: [5]")
    dags = parse()
    assert set(broken(dags)) == {f"other_{kind}" for kind in KINDS if kind not in {"rollback", "requests"}}
    assert "contract.yaml:1: features[0]" in str(dags["other_training"].doc_md)


def test_an_estimator_that_can_not_be_imported_does_not_matter_here(models: Path) -> None:
    (a_copy(models, "other") / "estimator.py").write_text("import no_such_library; raise SystemExit(1)")
    assert len(parse()) == 2 * len(KINDS)


def test_an_error_that_nobody_thought_of_breaks_its_own_model(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_copy(models, "other")
    real = model_dags.common_arguments

    def refuse(config: object, *rest: object) -> dict[str, object]:
        if config.name == "other":  # type: ignore[attr-defined]
            raise RecursionError("as Airflow might")
        return real(config, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(model_dags, "common_arguments", refuse)
    say_so(models, "other/model.yaml: no DAG can be built from it (RecursionError: as Airflow might)")


def test_a_dag_that_fails_half_way_is_not_registered(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlops.dag_factory import task_groups

    def fail(**arguments: object) -> None:
        raise ValueError("after the first task")

    monkeypatch.setattr(task_groups, "AlertOperator", fail)
    dags = parse()
    for kind in ("training", "retraining"):
        assert [task.task_id for task in dags[f"credit_risk_{kind}"].tasks] == ["configuration"]
        assert "after the first task" in str(dags[f"credit_risk_{kind}"].doc_md)


KEYS = [
    "name", "description", "owner", "tags", "schedule", "source", "entity", "time", "target", "features",
    "sensitive", "window", "split", "estimator", "gate", "reproducibility_check", "monitoring", "approval",
    "alerts",
]  # fmt: skip
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=150), st.dates(),
    st.sampled_from(["@daily", "0 0 31 4 *", "{partition}", "{{ x }}", "a" * 300, "NO", "1:30"]),
)  # fmt: skip
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SCALARS, inner, max_size=3)
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(key="tags", value=["t" * 101])
@example(key="schedule", value="0 0 31 4 *")
@given(key=st.sampled_from(KEYS), value=ANYTHING)
def test_whatever_stands_at_a_key_the_other_model_is_there(models: Path, key: str, value: object) -> None:
    folder = models / "other"
    shutil.rmtree(folder, ignore_errors=True)
    a_copy(models, "other")
    content = yaml.safe_load((folder / "model.yaml").read_text())
    with suppress(yaml.YAMLError):
        (folder / "model.yaml").write_text(
            yaml.dump(content | {key: value}, allow_unicode=True), encoding="utf-8", errors="surrogatepass"
        )
    try:
        load_model(folder)
    except Exception:
        say_so(models)
    else:
        assert OWN | {f"other_{kind}" for kind in KINDS} == set(parse())
