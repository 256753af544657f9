"""Airflow runs this file at the start of each of its processes, because its folder is on ``PYTHONPATH``.

It only loads libraries ahead (:mod:`mlops.preloading.preload`). A project that has such a file
already needs these two lines in it, and not this folder.
"""

from __future__ import annotations

from mlops.preloading.preload import preload

preload()

__all__: list[str] = []  # Airflow copies the names of this file into its own settings, and none is one
