"""Keep Airflow's log lines out of what a command prints: results on stdout, everything else on stderr."""

from __future__ import annotations

import logging
import sys


class _Stderr:
    """Whatever stderr is when something is written."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()

    def isatty(self) -> bool:
        return sys.stderr.isatty()


def log_to_stderr() -> None:
    """Let Airflow set its logging up, which leads to stdout, and lead all of it to stderr."""
    import airflow.settings  # noqa: F401 - sets logging up
    import structlog

    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in logging.root.manager.loggerDict)]
    for logger in loggers:
        for handler in logger.handlers:
            if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stdout:
                handler.setStream(_Stderr())
    factory = structlog.get_config()["logger_factory"]
    if getattr(factory, "io", _Stderr) is None:
        factory.io = _Stderr()
