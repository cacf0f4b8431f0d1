"""ISO/IEC 7816-4 card without a wire: applications, files, chaining, long answers, protection, reset.

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
from drivers.smartcard.secure_messaging import ProtectionError, SecureMessagingFault, SecureSession
from simulators.cards.habits import PLAIN, CardHabit, SincePower

MASTER_FILE: Final = 0x3F00
MAX_CHAIN: Final = 16_384
"""Most bytes a card takes in one chain of commands."""

INS_SELECT: Final = 0xA4
INS_READ_BINARY_ODD: Final = 0xB1
INS_GENERAL_AUTHENTICATE: Final = 0x86

_NOTHING: Final = Response(b"", StatusWord(SW.OK))


class CommandRefusedError(Exception):
    """The card answers a command with this refusing status word."""

    def __init__(self, sw: int) -> None:
        super().__init__(f"{sw:04X}")
        self.sw = sw


def atr(historical: bytes) -> bytes:
    """Return an answer to reset with T=0 and T=1 around up to 15 historical bytes (ISO 7816-3 8.2)."""
    body = bytes((0x80 | len(historical), 0x80, 0x01)) + historical
    return b"\x3b" + body + bytes((reduce(xor, body),))


class KeysDroppedError(CommandRefusedError):
    """The card answers without protection and forgets the session."""


class SecureLink:
    """Protected session of a card, as its applications see it.

    Any error in a session ends it: a command without protection, with a wrong one, or one that
    cannot be read at all.
    """

    def __init__(self) -> None:
        self.session: SecureSession | None = None
        self._next: SecureSession | None = None

    @property
    def protected(self) -> bool:
        """True while there is a session."""
        return self.session is not None

    def begin(self, session: SecureSession) -> None:
        """Continue with this session after the answer to the current command."""
        self._next = session

    def answered(self) -> None:
        """Switch to the session that the answered command began, if it began one."""
        if self._next is not None:
            self.session, self._next = self._next, None

    def end(self) -> None:
        """Forget the session and its keys."""
        for session in (self.session, self._next):
            if session is not None:
                session.end()
        self.session = self._next = None


class MasterCommands(Protocol):
    """Commands that a card understands before an application is selected, besides its files."""

    def process(self, command: Command) -> bytes:
        """Answer a whole command. Raises `CommandRefusedError`."""

    def reset(self) -> None:
        """Forget everything in progress: power was lost, or an application was selected."""


class Application(Protocol):
    """One application of a card."""

    @property
    def aids(self) -> Sequence[bytes]:
        """Identifiers it answers to; the first is the full one."""

    def select(self) -> bytes:
        """Become the selected application and return the file control information."""

    def deselect(self) -> None:
        """Forget what holds only while selected: another application was selected."""

    def reset(self) -> None:
        """Forget everything that a loss of power clears."""

    def process(self, command: Command) -> bytes:
        """Answer a whole command (chains are joined). Raises `CommandRefusedError`."""


def always() -> bool:
    """Allow access to anybody, as a file's access rule."""
    return True


def never() -> bool:
    """Allow access to nobody, as a file's access rule."""
    return False


@dataclass(frozen=True, slots=True)
class File:
    """Transparent file: content, access rule for SELECT and READ, short identifier (0 = none)."""

    content: bytes = field(repr=False)
    may_read: Callable[[], bool] = always
    sfi: int = 0


class FileSystem:
    """Files of one directory: SELECT by identifier and READ BINARY B0 and B1."""

    def __init__(self, files: Mapping[int, File]) -> None:
        self._files = files
        self._current: File | None = None

    def leave(self) -> None:
        """Deselect the current file."""
        self._current = None

    def select(self, fid: int) -> None:
        """Make a file current. Raises `CommandRefusedError` if it is unknown or may not be read."""
        file = self._files.get(fid)
        if file is None:
            raise CommandRefusedError(SW.NOT_FOUND)
        if not file.may_read():
            raise CommandRefusedError(SW.SECURITY_STATUS)
        self._current = file

    def read(self, command: Command) -> bytes:
        """Answer READ BINARY (ISO 7816-4 11.3.3). Raises `CommandRefusedError`."""
        odd = command.ins == INS_READ_BINARY_ODD
        if odd:
            offset = int.from_bytes(tlv.parse_one(command.data, 0x54).value, "big")
        elif command.p1 & 0x80:
            if command.p1 & 0x60:
                raise CommandRefusedError(SW.WRONG_P1P2)
            self._current = self._by_sfi(command.p1 & 0x1F)
            offset = command.p2
        else:
            offset = command.p1 << 8 | command.p2
        if self._current is None:
            raise CommandRefusedError(SW.NO_CURRENT_FILE)
        if not self._current.may_read():
            raise CommandRefusedError(SW.SECURITY_STATUS)
        if offset >= len(self._current.content):
            raise CommandRefusedError(SW.WRONG_OFFSET)
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
        raise CommandRefusedError(SW.NOT_FOUND)


class IsoCard:
    """Card of applications over a master file."""

    def __init__(
        self,
        answer_to_reset: bytes,
        applications: Sequence[Application],
        master_files: Mapping[int, File],
        master_commands: MasterCommands | None = None,
        link: SecureLink | None = None,
        habit: CardHabit = PLAIN,
    ) -> None:
        self._habit = habit
        self._current = b""
        self._since = SincePower()
        self._atr = answer_to_reset
        self._applications = applications
        self._master = FileSystem(master_files)
        self._selected: Application | None = None
        self._master_commands = master_commands
        self._link = link or SecureLink()
        self._chain: Command | None = None
        self._pending = _NOTHING
        self._lock = threading.Lock()

    @property
    def atr(self) -> bytes:
        """Answer to reset."""
        return self._atr

    def reset(self) -> None:
        """Lose power: selection, chains, answers and everything verified are forgotten."""
        with self._lock:
            self._selected = None
            self._chain = None
            self._pending = _NOTHING
            self._since = SincePower()
            self._link.end()
            self._forget_master()
            for application in self._applications:
                application.reset()

    def process(self, apdu: bytes) -> bytes:
        """Answer one command APDU; any bytes get an answer."""
        with self._lock:
            try:
                command = Command.decode(apdu)
            except ProtocolError:
                self._chain = None
                self._link.end()
                return _refusal(SW.WRONG_LENGTH)
            try:
                return self._answer(command)
            except CommandRefusedError as refused:
                if self._link.protected:
                    self._since.session_ended = True
                    if self._habit.leaves_application:
                        self._leave()
                self._link.end()
                return _refusal(refused.sw)

    def _answer(self, command: Command) -> bytes:
        """Return the answer. Raises `CommandRefusedError` where it ends a protected session."""
        pending, self._pending = self._pending, _NOTHING
        if command.extended and self._habit.extended is not None:
            raise CommandRefusedError(self._habit.extended)
        if command.ins == INS_GET_RESPONSE and pending.data:
            return self._give(pending, command.le or MAX_SHORT_LE)
        whole = self._join(command)
        if whole is None:
            return _refusal(SW.OK)
        session = self._link.session
        answer = self._plain(whole) if session is None else self._protected(whole, session)
        self._link.answered()
        return self._give(answer, whole.le or MAX_SHORT_LE)

    def _plain(self, command: Command) -> Response:
        if command.ins == INS_GET_RESPONSE:
            raise CommandRefusedError(SW.CONDITIONS)
        if command.cla & 0x80:
            raise CommandRefusedError(SW.WRONG_CLA)
        if command.cla & 0x0C:
            raise CommandRefusedError(SW.SM_NOT_SUPPORTED)
        if command.ins == INS_SELECT:
            self._current = command.data if command.p1 == 0x02 else b""
        refused = self._habit.refusal(command, self._current, self._since)
        if refused is not None:
            if command.ins == INS_SELECT and command.p1 == 0x00:
                self._leave()
            raise (KeysDroppedError if self._habit.drops_keys else CommandRefusedError)(refused)
        try:
            data = self._habit.cut(command, self._dispatch(command))
            status = self._habit.status(command, data)
            if status >> 8 not in (0x62, 0x63) and status != SW.OK:
                raise CommandRefusedError(status)
            return Response(data, StatusWord(status))
        except ProtocolError:
            # Data objects and points that are none: no card tells more about them.
            raise CommandRefusedError(SW.WRONG_DATA) from None

    def _protected(self, command: Command, session: SecureSession) -> Response:
        try:
            plain = session.open_command(command)
        except ProtectionError as error:
            missing = error.fault is SecureMessagingFault.MISSING
            raise CommandRefusedError(SW.SM_MISSING if missing else SW.SM_WRONG) from error
        try:
            answer = self._plain(plain)
        except KeysDroppedError:
            raise
        except CommandRefusedError as refused:
            answer = Response(b"", StatusWord(refused.sw))
        return session.close_answer(answer)

    def _join(self, command: Command) -> Command | None:
        """Return the whole command at the end of a chain, None inside one; drop a broken chain."""
        chain, self._chain = self._chain, None
        # The steps of PACE carry the bit of chaining, but each has an answer of its own.
        if command.ins == INS_GENERAL_AUTHENTICATE:
            return command
        header = (command.cla & ~CLA_CHAINING, command.ins, command.p1, command.p2)
        if chain is not None and header == (chain.cla, chain.ins, chain.p1, chain.p2):
            data = chain.data + command.data
        else:
            data = command.data
        whole = replace(command, cla=header[0], data=data)
        if not command.cla & CLA_CHAINING:
            return whole
        if len(data) > MAX_CHAIN:
            raise CommandRefusedError(SW.WRONG_LENGTH)
        self._chain = whole
        return None

    def _give(self, answer: Response, le: int) -> bytes:
        part, rest = answer.data[:le], answer.data[le:]
        if not rest:
            return Response(part, answer.sw).encode()
        self._pending = Response(rest, answer.sw)
        return part + bytes((0x61, min(len(rest), MAX_SHORT_LE) & 0xFF))

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
        if self._master_commands is None:
            raise CommandRefusedError(SW.WRONG_INS)
        return self._master_commands.process(command)

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
        raise CommandRefusedError(SW.NOT_FOUND)

    def _leave(self) -> None:
        if self._selected is not None:
            self._selected.deselect()
        self._selected = None
        self._forget_master()

    def _forget_master(self) -> None:
        self._master.leave()
        if self._master_commands is not None:
            self._master_commands.reset()


def _refusal(sw: int) -> bytes:
    return sw.to_bytes(2, "big")
