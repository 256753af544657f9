"""The parts of the server put together, and taken apart in the right order."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

import uvicorn

from mlops.hooks.mlflow_server import MlflowServer
from serving.app import Endpoints, build_app
from serving.follower import Follower
from serving.invocations import Invocations
from serving.log_files import LogFolder
from serving.metrics import Metrics
from serving.patient_protocol import limits
from serving.registry import Registry
from serving.request_log import RequestLog

if TYPE_CHECKING:
    from include.config.schema import ModelConfig
    from serving.settings import Settings

_REGISTRY_SECONDS = 10  # for one question; the next poll asks again


class ModelServer:
    """A server for one model.

    :param settings: what it was started with.
    :param config: the model's configuration.
    """

    def __init__(self, settings: Settings, config: ModelConfig) -> None:
        metrics = Metrics()
        mlflow = MlflowServer(
            tracking_uri=settings.mlflow,
            login=settings.login,
            password=settings.password,
            timeout=_REGISTRY_SECONDS,
            retries=1,
        )
        self.follower = Follower(
            Registry(server=mlflow, model=config.name),
            config,
            metrics,
            alias=settings.alias,
            challenger=settings.challenger,
            share=settings.canary,
            memory=settings.memory,
            accept=settings.accept_signature,
        )
        self.log = None
        if settings.log_to:
            folder = LogFolder(settings.log_to, config.name)
            share, seconds = settings.log_share, settings.log_seconds
            self.log = RequestLog(
                folder, config, metrics, share=share, seconds=seconds, room=settings.log_queue
            )
        invocations = Invocations(config=config, metrics=metrics, log=self.log, max_rows=settings.max_rows)
        self._settings, self._stop = settings, threading.Event()
        self._endpoints = Endpoints(settings, self.follower, invocations, metrics)
        # Answers in time what it has begun to answer, when a signal comes.
        self.web = uvicorn.Server(
            uvicorn.Config(
                build_app(self._endpoints),
                host=settings.host,
                port=settings.port,
                access_log=False,
                log_config=None,
                server_header=False,
                timeout_graceful_shutdown=int(settings.answer_seconds) + 1,
                **limits(settings.header_seconds, settings.body_seconds, settings.max_connections),
            )
        )

    def run(self) -> None:
        """Follow the alias and answer, until a signal comes."""
        # uvicorn ends in time, and then gives each signal to whoever had it before: by default that kills.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._end)
        arguments = (self._stop, self._settings.poll_seconds)
        threading.Thread(target=self.follower.run, args=arguments, name="follow", daemon=True).start()
        try:
            self.web.run()
        finally:
            self.close()

    def _end(self, *_: object) -> None:
        self.web.should_exit = True

    def close(self) -> None:
        """Stop following, answer what waits, and write what is to be logged."""
        self._stop.set()
        self._endpoints.close()
        if self.log is not None:
            self.log.close()
