"""Describe the devices of a station that have threads of their own, and what they show of themselves."""

from __future__ import annotations

from typing import Protocol

from kiosk.status import CheckLine, Doing, Lamp
from words.message import Message


class Equipment(Protocol):
    """A device of the station that has threads of its own."""

    def start(self) -> None:
        """Begin to serve."""

    def stop(self) -> None:
        """End its threads and let go of the device; also without a start."""

    def check(self) -> CheckLine:
        """Test it: a line of the self-test."""

    def lamp(self) -> Lamp | None:
        """Light of the screen's rail; None if it has none."""


class Watched:
    """A device that is looked for all the time: there, or missing until somebody sees to its cable."""

    def __init__(self, key: str, title: Message, advice: Message) -> None:
        """`key` of its lamp; `advice` while it is missing."""
        self.present = True
        self._key, self._title, self._advice = key, title, advice

    def lamp(self) -> Lamp:
        """For the rail of the screen."""
        return Lamp(self._key, self._title, self.present, self._trouble(), self._doing())

    def check(self) -> CheckLine:
        """Self-test line."""
        return CheckLine(self._title, self.present, self._trouble())

    def _trouble(self) -> Message | None:
        return None if self.present else self._advice

    def _doing(self) -> Doing | None:
        """Say what it does just now, for the self-test's picture."""
        return None
