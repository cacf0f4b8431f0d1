"""An ISO/IEC 7816-4 card without a wire: applications, files, chaining, long answers, reset.

`IsoCard.process` takes one APDU and answers it; it runs unchanged in process, behind vpcd and behind a
socket. What the applications keep across a reset is the card's memory, what `reset` clears is its power.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import xor
from typing import Final, Protocol

from drivers.errors import ProtocolError
from drivers.smartcard import tlv
from drivers.smartcard.apdu import (
    CLA_CHAINING,
    INS_GET_RESPONSE,
    MAX_SHORT_LE,
    SW,
    Command,
    Response,
    StatusWord,
)

MASTER_FILE: Final = 0x3F00
MAX_CHAIN: Final = 16_384
"""Most bytes a card takes in one chain of commands."""

INS_SELECT: Final = 0xA4
INS_READ_BINARY: Final = 0xB0
INS_READ_BINARY_ODD: Final = 0xB1


class Refused(Exception):
    """A command the card answers with a refusing status word."""

    def __init__(self, sw: int) -> None:
        super().__init__(f"{sw:04X}")
        self.sw = sw


def atr(historical: bytes) -> bytes:
    """An answer to reset with T=0 and T=1 around up to 15 historical bytes (ISO 7816-3 8.2)."""
    body = bytes((0x80 | len(historical), 0x80, 0x01)) + historical
    return b"\x3b" + body + bytes((reduce(xor, body),))


class Application(Protocol):
    """One application of a card."""

    @property
    def aids(self) -> Sequence[bytes]:
        """Identifiers it answers to; the first is the full one."""

    def select(self) -> bytes:
        """It was selected; the answer is the file control information."""

    def deselect(self) -> None:
        """Another application was selected."""

    def reset(self) -> None:
        """Power lost."""

    def process(self, command: Command) -> bytes:
        """Answer a whole command (chains are joined). Raises `Refused`."""


def always() -> bool:
    """Access rule: anybody."""
    return True


def never() -> bool:
    """Access rule: nobody."""
    return False


@dataclass(frozen=True, slots=True)
class File:
    """A transparent file: content, access rule for SELECT and READ, short identifier (0 = none)."""

    content: bytes = field(repr=False)
    may_read: Callable[[], bool] = always
    sfi: int = 0


class FileSystem:
    """Files of one directory: SELECT by identifier and READ BINARY B0 and B1."""

    def __init__(self, files: Mapping[int, File]) -> None:
        self._files = files
        self._current: File | None = None

    def leave(self) -> None:
        """No file is selected any more."""
        self._current = None

    def select(self, fid: int) -> None:
        file = self._files.get(fid)
        if file is None:
            raise Refused(SW.NOT_FOUND)
        if not file.may_read():
            raise Refused(SW.SECURITY_STATUS)
        self._current = file

    def read(self, command: Command) -> bytes:
        """READ BINARY (ISO 7816-4 11.3.3)."""
        odd = command.ins == INS_READ_BINARY_ODD
        if odd:
            offset = self._odd_offset(command)
        elif command.p1 & 0x80:
            if command.p1 & 0x60:
                raise Refused(SW.WRONG_P1P2)
            self._current = self._by_sfi(command.p1 & 0x1F)
            offset = command.p2
        else:
            offset = command.p1 << 8 | command.p2
        if self._current is None:
            raise Refused(SW.NO_CURRENT_FILE)
        if not self._current.may_read():
            raise Refused(SW.SECURITY_STATUS)
        if offset >= len(self._current.content):
            raise Refused(SW.WRONG_OFFSET)
        size = command.le or MAX_SHORT_LE
        if odd:
            # Leave room for 53 and its length.
            header = 2 if size < 130 else 3 if size < 259 else 4
            return tlv.encode(0x53, self._current.content[offset : offset + size - header])
        return self._current.content[offset : offset + size]

    def _by_sfi(self, sfi: int) -> File:
        for file in self._files.values():
            if file.sfi == sfi and sfi:
                return file
        raise Refused(SW.NOT_FOUND)

    @staticmethod
    def _odd_offset(command: Command) -> int:
        try:
            return int.from_bytes(tlv.parse_one(command.data, 0x54).value, "big")
        except ProtocolError:
            raise Refused(SW.WRONG_DATA) from None


class IsoCard:
    """A card of applications over a master file."""

    def __init__(
        self,
        answer_to_reset: bytes,
        applications: Sequence[Application],
        master_files: Mapping[int, File],
    ) -> None:
        self._atr = answer_to_reset
        self._applications = applications
        self._master = FileSystem(master_files)
        self._selected: Application | None = None
        self._chain: Command | None = None
        self._pending = b""
        self._lock = threading.Lock()

    @property
    def atr(self) -> bytes:
        return self._atr

    def reset(self) -> None:
        """Power lost: selection, chains, answers and everything verified are forgotten."""
        with self._lock:
            self._selected = None
            self._chain = None
            self._pending = b""
            self._master.leave()
            for application in self._applications:
                application.reset()

    def process(self, apdu: bytes) -> bytes:
        """Answer one command APDU; any bytes get an answer."""
        with self._lock:
            try:
                command = Command.decode(apdu)
            except ProtocolError:
                self._chain = None
                return _refusal(SW.WRONG_LENGTH)
            try:
                return self._answer(command)
            except Refused as refused:
                return _refusal(refused.sw)

    def _answer(self, command: Command) -> bytes:
        pending, self._pending = self._pending, b""
        if command.ins == INS_GET_RESPONSE:
            if not pending:
                raise Refused(SW.CONDITIONS)
            return self._give(pending, command.le or MAX_SHORT_LE)
        whole = self._join(command)
        if whole is None:
            return Response(b"", StatusWord(SW.OK)).encode()
        if whole.cla & 0x80:
            raise Refused(SW.WRONG_CLA)
        if whole.cla & 0x0C:
            raise Refused(SW.SM_NOT_SUPPORTED)
        data = self._dispatch(whole)
        return self._give(data, whole.le or MAX_SHORT_LE) if data else _refusal(SW.OK)

    def _join(self, command: Command) -> Command | None:
        """The whole command at the end of a chain, None inside one; a broken chain is dropped."""
        chain, self._chain = self._chain, None
        header = (command.cla & ~CLA_CHAINING, command.ins, command.p1, command.p2)
        if chain is not None and header == (chain.cla, chain.ins, chain.p1, chain.p2):
            data = chain.data + command.data
        else:
            data = command.data
        whole = replace(command, cla=header[0], data=data)
        if not command.cla & CLA_CHAINING:
            return whole
        if len(data) > MAX_CHAIN:
            raise Refused(SW.WRONG_LENGTH)
        self._chain = whole
        return None

    def _give(self, data: bytes, le: int) -> bytes:
        part, self._pending = data[:le], data[le:]
        if not self._pending:
            return part + SW.OK.to_bytes(2, "big")
        more = min(len(self._pending), MAX_SHORT_LE) & 0xFF
        return part + bytes((0x61, more))

    def _dispatch(self, command: Command) -> bytes:
        if command.ins == INS_SELECT and command.p1 == 0x04:
            return self._select_application(command)
        if command.ins == INS_SELECT and command.p1 == 0x00 and self._is_master(command.data):
            self._leave()
            return b""
        if self._selected is not None:
            return self._selected.process(command)
        match command.ins:
            case 0xA4 if command.p1 == 0x02 and len(command.data) == 2:
                self._master.select(int.from_bytes(command.data, "big"))
                return b""
            case 0xB0 | 0xB1:
                return self._master.read(command)
        raise Refused(SW.WRONG_INS)

    @staticmethod
    def _is_master(data: bytes) -> bool:
        return data in (b"", MASTER_FILE.to_bytes(2, "big"))

    def _select_application(self, command: Command) -> bytes:
        for application in self._applications:
            if command.data in application.aids:
                if application is not self._selected:
                    self._leave()
                self._selected = application
                control = application.select()
                return b"" if command.p2 & 0x0C == 0x0C else control
        raise Refused(SW.NOT_FOUND)

    def _leave(self) -> None:
        if self._selected is not None:
            self._selected.deselect()
        self._selected = None
        self._master.leave()


def _refusal(sw: int) -> bytes:
    return sw.to_bytes(2, "big")
