"""Load what tasks import once, in the process that forks them.

Where nothing is new a task does little, and its imports alone take seconds. With ``LocalExecutor`` every task
is a fork of the scheduler, with Celery one of the worker: what these have imported is there in each task, at
no cost in time, and its memory is shared until somebody writes to it.

Only libraries that bear a fork are loaded (``docs/adr/0019-preloading.md``): polars says itself that its
threads do not, so it is kept out even where another library would pull it in. Of this project's own code a
task gets what lies on the disk when it begins: :mod:`mlops.preloading.fresh_code`.
"""

from __future__ import annotations

import gc
import importlib
import logging
import multiprocessing
import os
import sys
import time
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mlops.preloading import fresh_code

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

log = logging.getLogger(__name__)

SWITCH = "MLOPS_PRELOAD"  # in the environment: 0 turns preloading off
_OFF, _ON = {"0", "off", "false", "no"}, {"", "1", "on", "true", "yes"}

# What tasks import. A library that is not installed is left out.
LIBRARIES = (
    "airflow.dag_processing.dagbag",
    "airflow.providers.amazon.aws.assets.s3",
    "airflow.providers.amazon.aws.fs.s3",
    "airflow.providers.amazon.aws.hooks.s3",
    "airflow.providers.common.io.assets.file",
    "airflow.providers.standard.operators.branch",
    "airflow.providers.standard.operators.hitl",
    "airflow.providers.standard.operators.trigger_dagrun",
    "airflow.sdk.definitions.retry_policy",
    "airflow.sdk.execution_time.cache",
    "airflow.sdk.execution_time.supervisor",
    "airflow.sdk.execution_time.task_runner",
    "configobj",
    "dvc.repo",
    "great_expectations.execution_engine",
    "great_expectations.expectations.registry",
    "great_expectations.validator.validator",
    "jinja2.ext",
    "matplotlib.backends.backend_agg",
    "matplotlib.figure",
    "mlflow",
    "mlflow.data.code_dataset_source",
    "mlflow.data.meta_dataset",
    "mlflow.sklearn",
    "mlflow.tracing.processor.base_mlflow",
    "mlflow.tracing.processor.otel",
    "mlflow.tracking.request_header.registry",
    "netrc",
    "numpy",
    "opentelemetry.sdk.metrics",
    "pandas",
    "pyarrow.compute",
    "pyarrow.parquet",
    "requests",
    "scipy.stats",
    "sklearn.compose",
    "sklearn.ensemble",
    "sklearn.linear_model",
    "sklearn.metrics",
    "sklearn.pipeline",
    "sklearn.preprocessing",
    "skops.io",
    "upath.implementations.local",
)
# From its documentation: it is multi-threaded, fork() copies the state of its locks, and the child may hang.
KEPT_OUT = ("polars",)


def preload() -> None:
    """Import :data:`LIBRARIES` and this project, if this process forks tasks and nobody turned that off.

    What can't be imported is logged and left to the tasks: the scheduler starts in any case.
    """
    if not (switched_on(os.environ.get(SWITCH, "")) and forks_tasks(sys.argv, executors(), start_method())):
        return
    began = time.process_time()
    loaded = load_libraries()
    try:
        with _kept_out(KEPT_OUT):
            own = fresh_code.preload()
    except Exception as error:  # such as a PYTHONPATH without `include`
        log.warning("This project can't be preloaded: %s: %s", type(error).__name__, error)
        own = 0
    gc.collect()
    gc.freeze()  # the collector of a task leaves these objects, and so their pages, alone
    log.info(
        "Preloaded %d libraries and %d modules of this project for the tasks in %.1f s of CPU",
        loaded, own, time.process_time() - began,
    )  # fmt: skip


def load_libraries() -> int:
    """Import :data:`LIBRARIES`, as far as they are installed; return how many."""
    logging.getLogger("great_expectations").setLevel(logging.WARNING)  # 200 lines about its own decorators
    with _kept_out(KEPT_OUT), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # skops looks at every name of every module, outdated ones too
        return sum(_imported(name) for name in LIBRARIES)


def switched_on(value: str) -> bool:
    """Return whether the switch is on; any other word than those for *off* leaves it so, with a warning.

    :param value: of :data:`SWITCH`.
    """
    word = value.strip().lower()
    if word not in _OFF | _ON:
        log.warning("%s=%r is neither 1 nor 0: tasks get preloaded libraries", SWITCH, value)
    return word not in _OFF


def forks_tasks(arguments: Sequence[str], executor: str, method: str, platform: str = sys.platform) -> bool:
    """Return whether the tasks of Airflow are forks of this process.

    :param arguments: the command line, program first: ``airflow scheduler`` or ``airflow celery worker``.
    :param executor: of Airflow's setting: one, or several with commas, aliases and teams.
    :param method: how this process starts others: ``fork``, ``forkserver`` or ``spawn``.
    :param platform: as :data:`sys.platform`; on macOS Airflow starts every task in a new interpreter.
    """
    if platform == "darwin":
        return False
    if list(arguments[1:2]) == ["scheduler"]:
        return "LocalExecutor" in executor and method == "fork"
    return list(arguments[1:3]) == ["celery", "worker"]  # its pool forks, whatever multiprocessing would do


def executors() -> str:
    """Return Airflow's setting of its executors."""
    from airflow.configuration import conf

    return str(conf.get("core", "executor", fallback=""))


def start_method() -> str:
    """Return how the scheduler will start its workers."""
    from airflow.utils.process_utils import resolve_mp_start_method

    return resolve_mp_start_method("scheduler") or multiprocessing.get_start_method()


def _imported(name: str) -> bool:
    try:
        importlib.import_module(name)
    except Exception as error:  # whatever it is, the tasks will meet it, and say so
        log.warning("%s can't be preloaded: %s: %s", name, type(error).__name__, error)
        return False
    return True


@contextmanager
def _kept_out(names: Sequence[str]) -> Iterator[None]:
    """Let libraries look as if they were not installed, if nothing has loaded them yet."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: importlib refuses the name
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)
