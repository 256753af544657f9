"""``bin/mlops check``: try the connections to the stores."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from mlops.cli.local_connections import use_connections
from mlops.hooks.data_registry import DataRegistryHook
from mlops.hooks.mlflow import MlflowHook
from mlops.hooks.object_store import ObjectStoreHook

if TYPE_CHECKING:
    import argparse


def run(options: argparse.Namespace) -> int:
    """Print one line per connection; return 1 if one of them fails.

    :param options: none are used.
    """
    del options
    use_connections()
    failed = 0
    for hook in (MlflowHook(), DataRegistryHook(), ObjectStoreHook()):
        passed, message = hook.test_connection()
        failed += not passed
        sys.stdout.write(f"{'ok ' if passed else 'NO '} {hook.conn_id}: {message}{os.linesep}")
    return int(failed > 0)
