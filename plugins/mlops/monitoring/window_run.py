"""The MLflow run of a window: scoring, drift and performance of one delivery under one version, in one place.

A run is found by its key, so that whoever comes first makes it and all others add to it, in any order and as
often as they like.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from include.strict_json import to_json
from mlops.tracking.runs import find_or_create_run
from mlops.tracking.tags import MODEL, PARTITION, SNAPSHOT_MD5, VERSION, section_digest, section_tag

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow.entities import Run

    from mlops.hooks.mlflow import MlflowHook

_DIGEST_LENGTH = 16


def find_window_run(hook: MlflowHook, model: str, version: str, partition: str, md5: str) -> Run:
    """Return the one run of a window.

    It is FINISHED from the start. Nobody owns it, so nobody could close it; each section has a mark of its
    own that says whether it is whole.

    :param hook: the MLflow hook.
    :param model: the model's name.
    :param version: the version that scores the delivery.
    :param partition: ISO date of the delivery.
    :param md5: DVC's digest of its snapshot: a restated delivery is another window.
    """
    run = find_or_create_run(
        hook,
        f"{model}/monitoring",
        key=f"{model}/{version}/{partition}/{md5[:16]}",
        name=f"{partition}, version {version}",
        tags={
            MODEL: model,
            VERSION: version,
            PARTITION: partition,
            SNAPSHOT_MD5: md5,
        },
    )
    if run.info.status != "FINISHED":
        hook.close_run(run.info.run_id)
    return run


def record(
    hook: MlflowHook,
    run: Run,
    section: str,
    content: Mapping[str, Any],
    *,
    metrics: Mapping[str, float],
    tags: Mapping[str, str] | None = None,
    texts: Mapping[str, str] | None = None,
) -> bool:
    """Add one section to the run of a window, unless its content stands there already.

    The digest of the content is set last: whoever dies in between is not believed, and logs it all again.

    :param hook: the MLflow hook.
    :param run: what :func:`find_window_run` returned.
    :param section: ``scoring``, ``drift`` or ``performance``: the folder of its artifacts.
    :param content: the whole result as JSON values, kept as ``<section>/<section>.json``.
    :param metrics: its figures; those that are no number are left out.
    :param tags: further tags of the run, each named ``mlops.<section>.<tag>``.
    :param texts: file name to text of further artifacts.
    :return: whether anything was logged now.
    """
    if is_recorded(run, section, content):
        return False
    run_id = run.info.run_id
    hook.log_json(run_id, content, f"{section}/{section}.json")
    for name, text in (texts or {}).items():
        hook.log_text(run_id, text, f"{section}/{name}")
    hook.log_metrics(run_id, metrics)
    named = {section_tag(section, name): value for name, value in (tags or {}).items()}
    hook.set_tags(run_id, {**named, section_digest(section): _digest(content)})
    return True


def is_recorded(run: Run, section: str, content: Mapping[str, Any]) -> bool:
    """Return whether a section of a window's run holds this very content, whole.

    :param run: what :func:`find_window_run` returned.
    :param section: as for :func:`record`.
    :param content: as for :func:`record`.
    """
    return bool(run.data.tags.get(section_digest(section)) == _digest(content))


def _digest(content: Mapping[str, Any]) -> str:
    canonical = to_json(content, sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:_DIGEST_LENGTH]
