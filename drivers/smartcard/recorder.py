"""Record how a card answers, for `drivers.smartcard.trace`.

The channel stands above secure messaging, so it sees what the card says inside a session. What it has
seen of files stays in memory until `shapes` has made words of it, and is written nowhere.
"""

from __future__ import annotations

from typing import Final

from drivers.errors import DriverError, ProtocolError
from drivers.smartcard import tlv
from drivers.smartcard.apdu import ApduChannel, Command, Response, SecureMessaging
from drivers.smartcard.channel import Channel
from drivers.smartcard.emrtd import EMRTD_AID
from drivers.smartcard.files import FID_CARD_ACCESS, FID_INFO, FID_MASTER
from drivers.smartcard.lds import FID_COM, FID_SOD, GROUP_TAGS, group_file
from drivers.smartcard.trace import MAX_EXCHANGES, Exchange

_SELECT: Final = 0xA4
_READ: Final = 0xB0
_READ_ODD: Final = 0xB1
_HEADER: Final = 4
_OFFSETS: Final = 0x8000
_MAX_ATR: Final = 33

_STANDARD: Final = frozenset(
    {
        EMRTD_AID,
        *(
            fid.to_bytes(2, "big")
            for fid in (FID_MASTER, FID_INFO, FID_CARD_ACCESS, FID_COM, FID_SOD)
        ),
        *(group_file(number).to_bytes(2, "big") for number in GROUP_TAGS),
    }
)
"""Names that say nothing of a card."""
_IMPERSONAL: Final = (FID_CARD_ACCESS, FID_INFO)
"""Files whose reads are told apart: they say what a kind of chip is, not which."""


class RecordingChannel(ApduChannel):
    """An `ApduChannel` that notes each kind of exchange once, and what was read of files."""

    def __init__(self, channel: Channel) -> None:
        super().__init__(channel)
        self.exchanges: list[Exchange] = []
        self.contents: dict[int, bytearray] = {}
        """By file identifier. Personal: for `shapes` only."""
        self._piece = 0
        self._file = 0
        self._protected = False

    def set_secure_messaging(self, secure: SecureMessaging | None) -> None:
        """Protect every further command as `ApduChannel.set_secure_messaging`."""
        self._protected = secure is not None
        super().set_secure_messaging(secure)

    def room(self, most: int) -> int:
        """Count as `ApduChannel.room`; reading asks it for the length of a whole piece."""
        self._piece = super().room(most)
        return self._piece

    def restart(self) -> None:
        """Cut the power as `ApduChannel.restart`, and note it."""
        self._note(Exchange("restart", "", self._protected, False, None, None, ""))
        self._protected = False
        super().restart()

    def send(self, command: Command) -> Response:
        """Send as `ApduChannel.send`, and note it whatever comes of it."""
        protected = self._protected
        try:
            answer = super().send(command)
        except DriverError:
            self._note(self._exchange(command, None, protected=protected))
            raise
        self._note(self._exchange(command, answer, protected=protected))
        self._keep(command, answer)
        return answer

    def _note(self, exchange: Exchange) -> None:
        if exchange not in self.exchanges and len(self.exchanges) < MAX_EXCHANGES:
            self.exchanges.append(exchange)

    def _exchange(self, command: Command, answer: Response | None, *, protected: bool) -> Exchange:
        status = "" if answer is None else f"{int(answer.sw):04X}"
        header = bytes((command.ins, command.p1, command.p2)).hex().upper()
        if command.ins not in (_READ, _READ_ODD):
            named = command.data if command.ins == _SELECT else b""
            file = named.hex().upper() if named in _STANDARD else ""
            return Exchange(header, file, protected, command.extended, command.le, None, status)
        impersonal = self._file in _IMPERSONAL
        at = command.p1 << 8 | command.p2
        whole = command.ins == _READ and (
            command.le == self._piece or impersonal or (at == 0 and command.le == _HEADER)
        )
        asked = command.le if whole else None
        came = 0 if answer is None else len(answer.data)
        is_short = asked is not None and came < asked and not (self._file == FID_INFO and came)
        gave = came if is_short or not came else None
        file = f"{self._file:04X}" if impersonal else ""
        return Exchange(header[:2], file, protected, command.extended, asked, gave, status)

    def _keep(self, command: Command, answer: Response) -> None:
        if command.ins == _SELECT:
            of_file = command.p1 == 0x02 and len(command.data) == 2
            self._file = int.from_bytes(command.data, "big") if of_file else 0
        if command.ins not in (_READ, _READ_ODD) or not answer.data or not self._file:
            return
        at, data = command.p1 << 8 | command.p2, answer.data
        if command.ins == _READ_ODD:
            try:
                at = int.from_bytes(tlv.parse_one(command.data, 0x54).value, "big")
                data = tlv.parse_one(data, 0x53).value
            except ProtocolError:
                return
        content = self.contents.setdefault(self._file, bytearray())
        if at <= len(content) < _OFFSETS * 2:
            content[at : at + len(data)] = data


def masked_atr(atr: bytes) -> bytes:
    """Return an answer to reset whose historical bytes are zeros (ISO/IEC 7816-3, 8.2); empty if malformed.

    They may hold a serial number.
    """
    if not 2 <= len(atr) <= _MAX_ATR:
        return b""
    at, present, protocols = 2, atr[1] >> 4, 0
    while present:
        for bit in range(4):
            if present & 1 << bit:
                if at >= len(atr):
                    return b""
                if bit == 3:
                    protocols |= 1 << (atr[at] & 0x0F)
                    following = atr[at] >> 4
                at += 1
        present = following if present & 8 else 0
    historical = atr[1] & 0x0F
    masked = atr[:at] + bytes(historical)
    if protocols & ~1:
        check = 0
        for byte in masked[1:]:
            check ^= byte
        masked += bytes((check,))
    return masked
