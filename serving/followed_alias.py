"""One alias: which version serves for it, which did before, and which was refused."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from include.errors import ModelError

if TYPE_CHECKING:
    from serving.loaded_version import LoadedVersion, VersionId

logger = logging.getLogger(__name__)


class SignatureChangedError(ModelError):
    """A version has another signature than clients were served."""


class FollowedAlias:
    """What is known of an alias.

    :param alias: its name.
    """

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.current: LoadedVersion | None = None
        self.previous: LoadedVersion | None = None
        self.refused: VersionId | None = None
        self.unusable: VersionId | None = None
        self.reason = self.message = ""
        self._missing = False

    def is_set(self, number: str | None) -> bool:
        """Tell whether the alias points anywhere; that it does not is said once.

        :param number: of the version that it points to; None where it is gone.
        """
        if number is None and not self._missing:
            kept = f"version {self.current.id.number} goes on serving" if self.current else "nothing to serve"
            logger.warning("There is no alias %s: %s", self.alias, kept)
        self._missing = number is None
        return number is not None

    def is_news(self, found: VersionId) -> bool:
        """Tell whether a version neither serves nor was refused; an earlier refusal of another is forgotten.

        :param found: what the alias points to.
        """
        if found == self.refused:
            return False
        self.refused = None
        return self.current is None or self.current.id != found

    def refuse(self, found: VersionId, error: ModelError) -> None:
        """Note that a version was not taken; it is tried again when another is set or the server restarts.

        :param found: the version.
        :param error: why.
        """
        self.refused, self.message = found, str(error)
        self.reason = "signature" if isinstance(error, SignatureChangedError) else "load"

    def take(self, version: LoadedVersion) -> None:
        """Let a version serve, and keep the one before so that a rollback loads nothing.

        :param version: it.
        """
        if self.current is not None:
            self.previous = self.current
        self.current = version

    def drop(self) -> bool:
        """Serve nothing for this alias, and keep nothing in memory; return whether that changes anything."""
        had = self.current is not None or self.refused is not None
        self.current = self.previous = self.refused = None
        return had

    def describe(self) -> dict[str, Any]:
        """Return what ``/version`` says of it."""
        current, previous, refused = self.current, self.previous, self.refused
        return {
            "alias": self.alias,
            "version": current.id.number if current else None,
            "run_id": current.id.run_id if current else None,
            "loaded_at": current.loaded_at if current else None,
            "previous": previous.id.number if previous else None,
            "refused": {"version": refused.number, "reason": self.reason, "message": self.message}
            if refused
            else None,
        }
