"""What a channel is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Config = TypeVar("Config")

TIME_LIMIT = 10  # seconds for one connection; mail has its own in its connection's extra


@dataclass(frozen=True, kw_only=True)
class Message:
    """What is sent, free of secrets.

    :param subject: one line.
    :param text: the whole message.
    :param cause: digest of the cause, by which a receiver may recognise a message that was sent twice.
    """

    subject: str
    text: str
    cause: str


@dataclass(frozen=True, kw_only=True)
class Channel(Generic[Config]):
    """One kind of channel.

    :param name: returns how messages and records name a configured channel.
    :param deliver: sends a message; raises whatever its library raises.
    :param resolve: tells a receiver that keeps incidents that a cause has ended; None for one that does not.
    """

    name: Callable[[Config], str]
    deliver: Callable[[Config, Message], None]
    resolve: Callable[[Config, Message], None] | None = None
