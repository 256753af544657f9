"""Follow an alias: look where it points, load what is new beside what serves, try it, and swap.

Everything here happens in one thread of its own. Requests see one attribute, :attr:`Follower.lineup`, and it
is replaced as a whole.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from include.errors import InfrastructureError, MlopsError, ModelError, outside_task
from serving.followed_alias import FollowedAlias, SignatureChangedError
from serving.lineup import Lineup
from serving.loaded_version import LoadedVersion, load_version, probe
from serving.served_record import Served, read_served, write_served

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from threading import Event

    from include.config.schema import ModelConfig
    from serving.loaded_version import VersionId
    from serving.metrics import Metrics
    from serving.registry import Registry
    from serving.signature import Signature

logger = logging.getLogger(__name__)

_SLOWEST = 60.0  # seconds between two polls while MLflow does not answer


class Follower:
    """What is served, and what was refused.

    :param registry: where aliases point.
    :param config: the model's configuration.
    :param metrics: told of what happens.
    :param alias: whose version answers.
    :param challenger: alias of the version that answers a share of the entities.
    :param share: that share, from 0 to 1; with 0 the alias is not looked at.
    :param memory: file that remembers what was served.
    :param accept: digest of a signature that may take the place of the one that was served; empty for none.
    :param load: how a version is loaded.
    """

    def __init__(
        self,
        registry: Registry,
        config: ModelConfig,
        metrics: Metrics,
        *,
        alias: str,
        challenger: str,
        share: float,
        memory: Path,
        accept: str = "",
        load: Callable[[VersionId, ModelConfig], LoadedVersion] = load_version,
    ) -> None:
        self.lineup: Lineup | None = None
        self.reachable: bool | None = None
        self.registry, self.config, self.metrics = registry, config, metrics
        self.main, self.challenger, self.share = FollowedAlias(alias), FollowedAlias(challenger), share
        self._memory, self._accept, self._load = memory, accept, load
        self._remembered = read_served(memory)

    def run(self, stop: Event, seconds: float) -> None:
        """Poll until told to stop.

        :param stop: set to end it.
        :param seconds: between two polls; while a version serves and MLflow does not answer, longer each
            time, up to a minute.
        """
        pause = seconds
        while not stop.is_set():
            try:
                steady = self.step() or self.lineup is None
                pause = seconds if steady else min(pause * 2, max(_SLOWEST, seconds))
            except Exception:
                logger.exception("Polling failed; what serves goes on serving")
            stop.wait(pause)

    def step(self) -> bool:
        """Poll once; return whether MLflow has answered.

        Whatever goes wrong with a version is said in the log, in ``/version`` and in the metrics, and what
        serves goes on serving.
        """
        try:
            aliases = self.registry.aliases()
            self._follow(self.main, aliases, self._expected())
            if self.main.current is None:
                self._serve_remembered()
            if self.main.current is not None and self.share:
                self._follow_challenger(aliases, self.main.current)
        except MlopsError as error:
            if self.reachable is not False:
                logger.warning("%s", outside_task(error, "The next poll tries again"))
            self.reachable = False
            self.metrics.registry_up.set(0)
            return False
        if self.reachable is False:
            logger.info("MLflow answers again")
        self.reachable = True
        self.metrics.registry_up.set(1)
        self.metrics.polled.set(time.time())
        return True

    def _expected(self) -> Signature | None:
        """Return the signature that clients rely on; None where nothing was served yet."""
        if self.main.current is not None:
            return self.main.current.signature
        return self._remembered.signature if self._remembered else None

    def _follow(
        self, followed: FollowedAlias, aliases: Mapping[str, str], expected: Signature | None
    ) -> None:
        """Bring one alias to where it points now, if that can be.

        :raises InfrastructureError: MLflow or its store could not be reached, and the next poll tries again.
        """
        number = aliases.get(followed.alias)
        if not followed.is_set(number):
            return
        found = self.registry.version(str(number))
        stood = followed.refused
        if found is None or not followed.is_news(found):
            if followed.refused != stood:
                self._show()
            return
        if followed.previous is not None and followed.previous.id == found:
            self._swap(followed, followed.previous)
            return
        try:
            version = self._prepare(found, expected)
        except ModelError as error:
            self._refuse(followed, found, error)
            return
        if (
            self.registry.aliases().get(followed.alias) == number
        ):  # else it moved meanwhile: the next poll looks
            self._swap(followed, version)

    def _prepare(self, found: VersionId, expected: Signature | None) -> LoadedVersion:
        """Load and try a version beside what serves.

        :raises ModelError: it can't be loaded, does not answer, or has another signature.
        """
        logger.info("Loading version %s of %s", found.number, self.config.name)
        try:
            version = self._load(found, self.config)
            self._compare(version, expected)
            rows = probe(version, self.registry.golden(found))
        except (InfrastructureError, ModelError):
            raise
        except Exception as error:
            raise ModelError(
                f"version {found.number} can't be loaded ({type(error).__name__}: {error})"
            ) from error
        logger.info("Version %s is loaded and has answered %s recorded rows", found.number, rows)
        return version

    def _compare(self, version: LoadedVersion, expected: Signature | None) -> None:
        """Make sure that clients can't tell a version from what they were served.

        :raises SignatureChangedError: they would, and nobody has said that they are ready for it.
        """
        changed = expected.differences(version.signature) if expected else []
        if changed and version.signature.digest != self._accept:
            raise SignatureChangedError(
                f"version {version.id.number} has another signature than what clients were served: "
                f"{'; '.join(changed)}. If clients are ready for it, start the server with "
                f"--accept-signature {version.signature.digest}"
            )

    def _refuse(self, followed: FollowedAlias, found: VersionId, error: ModelError) -> None:
        followed.refuse(found, error)
        self.metrics.refusals.labels(followed.reason).inc()
        self._show()
        kept = f"version {followed.current.id.number} goes on serving" if followed.current else "none serves"
        logger.error("Refused for alias %s, %s: %s", followed.alias, kept, error)

    def _swap(self, followed: FollowedAlias, version: LoadedVersion) -> None:
        """Put a version in place; requests that are being answered keep the one that they began with."""
        followed.take(version)
        self._show()
        self.metrics.swaps.inc()
        logger.info("Version %s serves for alias %s", version.id.number, followed.alias)
        if followed is self.main:
            self._remember(Served(number=version.id.number, signature=version.signature))

    def _remember(self, served: Served) -> None:
        self._remembered = served
        try:
            write_served(self._memory, served)
        except MlopsError as error:
            said = outside_task(error, "The next swap tries again")
            logger.warning("What is served can't be remembered over a restart: %s", said)

    def _serve_remembered(self) -> None:
        """Serve what was served before a restart, where the alias points to nothing that can be."""
        if self._remembered is None:
            return
        found = self.registry.version(self._remembered.number)
        if found is None or found == self.main.unusable:
            return
        try:
            version = self._prepare(found, self._remembered.signature)
        except ModelError as error:
            self.main.unusable = found
            logger.warning("Version %s, which was served before, can't be: %s", found.number, error)
            return
        logger.warning("Version %s, which was served before, goes on serving", found.number)
        self._swap(self.main, version)

    def _follow_challenger(self, aliases: Mapping[str, str], main: LoadedVersion) -> None:
        """Follow the challenger; none answers where the alias is gone or points to what serves anyway."""
        alias = self.challenger.alias
        if aliases.get(alias) in {None, main.id.number}:
            if self.challenger.drop():
                self._show()
            return
        self._follow(self.challenger, aliases, main.signature)

    def _show(self) -> None:
        """Make what is known visible: to requests as the line-up, to Prometheus as gauges."""
        main, other = self.main.current, self.challenger.current if self.share else None
        if main is not None:
            if other is not None and main.signature.differences(other.signature):
                other = None  # the other side moved to a signature that this one does not have
            self.lineup = Lineup(main=main, challenger=other, share=self.share if other else 0.0)
        self.metrics.serving.clear()
        for role, version in (("main", main), ("challenger", other)):
            if version is not None:
                self.metrics.serving.labels(role, version.id.number).set(1)
        for followed in (self.main, self.challenger)[: 2 if self.share else 1]:
            self.metrics.refused.labels(followed.alias).set(followed.refused is not None)

    def describe(self) -> dict[str, Any]:
        """Return what ``/version`` answers."""
        lineup = self.lineup
        return {
            "model": self.config.name,
            **self.main.describe(),
            "signature": lineup.main.signature.digest if lineup else None,
            "canary": {"share": self.share, **self.challenger.describe()} if self.share else None,
            "registry_reachable": self.reachable,
        }
