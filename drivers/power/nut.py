"""Power supply watched by NUT's `upsd`, asked over TCP. Reading needs no login.

The connection is kept from one question to the next and opened again after any failure. `upsd` is meant to
run on this machine: the protocol is not encrypted, and who can answer in its place can stop the polls.
"""

from __future__ import annotations

import contextlib
import math
import socket
import time
from dataclasses import dataclass
from typing import Final

from drivers.errors import (
    DeviceLostError,
    DeviceNotFoundError,
    DeviceTimeoutError,
    DriverError,
    ProtocolError,
)
from drivers.frame_log import FrameLog
from drivers.power import nut_wire as wire
from drivers.power.seam import Doubt, PowerState, unknown

LOOPBACK: Final = "127.0.0.1"
READ_BYTES: Final = 4096

_frames: Final = FrameLog(__name__)


@dataclass(frozen=True, slots=True)
class NutLimits:
    """Limits of a connection to `upsd` in seconds. Raises ValueError."""

    connect_s: float = 2.0
    answer_s: float = 2.0
    """One question with its whole answer."""

    def __post_init__(self) -> None:
        if self.connect_s <= 0 or self.answer_s <= 0:
            raise ValueError("the limits of a power service are positive")


class UpsdClient:
    """One connection to `upsd`, for one thread. After an error other than NutError it is closed."""

    def __init__(self, host: str, port: int, limits: NutLimits) -> None:
        """Connect within `NutLimits.connect_s`. Raises DeviceNotFoundError."""
        self._limits = limits
        self._held = b""
        try:
            self._socket = socket.create_connection((host, port), limits.connect_s)
        except OSError as error:
            raise DeviceNotFoundError(
                f"no power service answers at {host}:{port}: start upsd there"
            ) from error

    def variable(self, ups: str, name: str) -> str:
        """Ask for one variable of a supply.

        Raises NutError, DeviceLostError, DeviceTimeoutError, ProtocolError; so do the other questions.
        """
        line = self._ask(f"GET VAR {ups} {name}")
        return wire.take_value(wire.expect(line, "VAR", ups, name))

    def variables(self, ups: str) -> dict[str, str]:
        """Ask for all variables of a supply, by name."""
        return self._list("VAR", ups)

    def supplies(self) -> dict[str, str]:
        """Ask for the supplies: names and descriptions."""
        return self._list("UPS")

    def version(self) -> str:
        """Ask for the version of the protocol; NUT 2.8.0 answers 1.3."""
        return wire.take_value(wire.split_words(self._ask("NETVER")))

    def close(self) -> None:
        """Log out and close the connection. Never raises."""
        with contextlib.suppress(OSError):
            self._socket.settimeout(0)
            self._socket.send(b"LOGOUT\n")
        self._socket.close()

    def _list(self, *what: str) -> dict[str, str]:
        deadline = self._send("LIST " + " ".join(what))
        if wire.expect(self._line(deadline), "BEGIN", "LIST", *what):
            raise ProtocolError("the power service begins a list with more than its name")
        items: dict[str, str] = {}
        for _ in range(wire.MAX_LIST):
            line = self._line(deadline)
            if wire.split_words(line) == ("END", "LIST", *what):
                return items
            match wire.expect(line, *what):
                case (name, value):
                    items[name] = value
                case _:
                    raise ProtocolError("the power service sends a name without its value")
        raise wire.NutLimitError("the power service sends an endless list")

    def _ask(self, question: str) -> str:
        return self._line(self._send(question))

    def _send(self, question: str) -> float:
        """Send a question; return the time until which the answer has to be here."""
        deadline = time.monotonic() + self._limits.answer_s
        # A line that came unasked, or too late, is no answer to this question.
        self._held = b""
        _frames.sent(question)
        try:
            self._socket.settimeout(self._limits.answer_s)
            self._socket.sendall(question.encode("ascii") + b"\n")
        except TimeoutError as error:
            raise DeviceTimeoutError(
                "the power service takes no questions: restart upsd"
            ) from error
        except OSError as error:
            raise DeviceLostError("the power service has gone: see whether upsd runs") from error
        return deadline

    def _line(self, deadline: float) -> str:
        while b"\n" not in self._held:
            if len(self._held) > wire.MAX_LINE:
                raise wire.NutLimitError("the power service sends endless lines")
            left = deadline - time.monotonic()
            if left <= 0:
                raise DeviceTimeoutError("the power service does not answer: restart upsd")
            self._held += self._receive(left)
        line, self._held = self._held.split(b"\n", 1)
        try:
            text = line.rstrip(b"\r").decode("utf-8")
        except UnicodeDecodeError as error:
            raise ProtocolError("the power service sends no text; is it the right port?") from error
        _frames.received(wire.kind_of(text), len(line))
        return text

    def _receive(self, left: float) -> bytes:
        try:
            self._socket.settimeout(left)
            data = self._socket.recv(READ_BYTES)
        except TimeoutError as error:
            raise DeviceTimeoutError("the power service does not answer: restart upsd") from error
        except OSError as error:
            raise DeviceLostError("the power service has gone: see whether upsd runs") from error
        if not data:
            raise DeviceLostError("the power service has gone: see whether upsd runs")
        return data


class NutSource:
    """A `PowerSource`: the supply `ups` of an `upsd`, or its only one."""

    def __init__(
        self,
        ups: str | None = None,
        host: str = LOOPBACK,
        port: int = wire.PORT,
        *,
        limits: NutLimits | None = None,
    ) -> None:
        """Check the name; nothing is opened yet. Raises ValueError for a name `upsd` cannot have."""
        if ups is not None and not wire.NAME.fullmatch(ups):
            raise ValueError(
                "the name of a supply has letters, digits, dots, dashes and underscores"
            )
        self._ups = ups
        self._host = host
        self._port = port
        self._limits = limits or NutLimits()
        self._client: UpsdClient | None = None

    def read(self) -> PowerState:
        """Ask for status, charge and runtime as `PowerSource.read`. Never raises."""
        try:
            try:
                return self._read(kept := self._client)
            except DeviceLostError:
                self.close()
                if kept is None:
                    raise
                # A service that was restarted, or tired of waiting, is no reason to warn.
                return self._read(None)
        except (DeviceNotFoundError, DeviceLostError):
            self.close()
            return unknown(Doubt.NO_SERVICE)
        except DeviceTimeoutError:
            self.close()
            return unknown(Doubt.SILENT)
        except DriverError as error:
            if not isinstance(error, wire.NutError):
                self.close()
            return wire.state_of_error(error)

    def close(self) -> None:
        """Close the connection. Never raises."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _read(self, client: UpsdClient | None) -> PowerState:
        if client is None:
            client = self._client = UpsdClient(self._host, self._port, self._limits)
        ups = self._ups or self._only(client)
        return wire.parse_status(
            client.variable(ups, wire.STATUS),
            self._figure(client, ups, wire.CHARGE, 100),
            self._figure(client, ups, wire.RUNTIME, math.inf),
        )

    def _figure(self, client: UpsdClient, ups: str, name: str, most: float) -> float | None:
        try:
            return wire.parse_figure(client.variable(ups, name), most)
        except wire.NutError as error:
            if error.code is wire.NutCode.VAR_NOT_SUPPORTED:
                return None
            raise

    def _only(self, client: UpsdClient) -> str:
        names = list(client.supplies())
        if len(names) != 1 or not wire.NAME.fullmatch(names[0]):
            raise wire.NutError(wire.NutCode.UNKNOWN_UPS)
        return names[0]
