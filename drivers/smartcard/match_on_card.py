"""Match on card: the card itself compares fingers (ISO/IEC 7816-4 VERIFY with ISO/IEC 7816-11 objects).

::

    discover    00 CA 7F 61 00                     or 00 CB 3F FF 04 5C 02 7F61 00
    tries left  00 20 00 ref                       63Cx, costs none
    verify      00 21 00 ref Lc 7F2E { 81 minutiae }
                00 20 00 ref Lc minutiae           the bare form of NIST SP 800-73-5

A match is only the card's answer. It can be trusted only from a chip that has proved to be genuine, over
the secure messaging that the proof set up: a copy would simply answer 9000.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, assert_never

from drivers.errors import ApduError
from drivers.smartcard import bit, compact, tlv
from drivers.smartcard.apdu import MAX_SHORT_LE, SW, ApduChannel, Command, select_application
from drivers.smartcard.bit import FingerInformation
from drivers.smartcard.profile import Information, OnCardMatching, VerifyForm

INS_VERIFY: Final = 0x20
INS_VERIFY_OBJECTS: Final = 0x21
INS_GET_DATA: Final = 0xCA
INS_GET_DATA_LIST: Final = 0xCB
_TAG_BIOMETRIC_DATA: Final = 0x7F2E
_TAG_MINUTIAE: Final = 0x81
_TAG_TAG_LIST: Final = 0x5C
_NO_TEMPLATES: Final = (SW.REFERENCE, SW.NOT_FOUND)


@dataclass(frozen=True, slots=True)
class Match:
    """The finger matched one of the card's."""


@dataclass(frozen=True, slots=True)
class NoMatch:
    """The finger did not match.

    `tries_left` is the number that card and branch both allow; with 0, take another finger or the
    supervised way. Nothing was sent if there was no try left before.
    """

    tries_left: int


@dataclass(frozen=True, slots=True)
class Blocked:
    """The card compares this finger no more; only its issuer can change that."""


MatchResult = Match | NoMatch | Blocked


class OnCardMatcher:
    """One session with the application of a card that compares fingers.

    All methods raise what `ApduChannel.send` raises, `ApduError` when the card refuses and
    `ProtocolError` for malformed answers.
    """

    def __init__(self, channel: ApduChannel, settings: OnCardMatching) -> None:
        self._channel = channel
        self._settings = settings
        self._used: dict[int, int] = {}

    def select(self) -> None:
        """Select the application that compares; do nothing if it is the identity application."""
        if self._settings.aid:
            response = select_application(self._channel, self._settings.aid, want_fci=False)
            if response.sw != SW.OK:
                raise ApduError(response.sw, "select the application that compares fingers")

    def fingers(self) -> tuple[FingerInformation, ...]:
        """List the fingers that can be compared, in the card's order (the first is the primary one).

        Empty for a card without any, or with forms only that this version cannot make.
        """
        match self._settings.information:
            case Information.PROFILE:
                return tuple(finger for finger in self._settings.fingers if finger.usable)
            case Information.GET_DATA:
                command = Command(0x00, INS_GET_DATA, 0x7F, 0x61, le=MAX_SHORT_LE)
            case Information.PIV_GET_DATA:
                wanted = tlv.encode(_TAG_TAG_LIST, bit.TAG_GROUP.to_bytes(2, "big"))
                command = Command(0x00, INS_GET_DATA_LIST, 0x3F, 0xFF, wanted, le=MAX_SHORT_LE)
            case _:
                assert_never(self._settings.information)
        response = self._channel.send(command)
        if response.sw in _NO_TEMPLATES:
            return ()
        if response.sw != SW.OK:
            raise ApduError(response.sw, "ask the card which fingers it compares")
        return tuple(finger for finger in bit.parse_group(response.data) if finger.usable)

    def tries_left(self, finger: FingerInformation) -> int | None:
        """Read the card's own counter: 0 if blocked, None while verified. It costs no try."""
        response = self._channel.send(Command(0x00, INS_VERIFY, 0x00, finger.reference))
        if response.sw == SW.OK:
            return None
        if response.sw.tries_left is None:
            raise ApduError(response.sw, "ask the card for the tries left")
        return response.sw.tries_left

    def verify(self, finger: FingerInformation, record: bytes) -> MatchResult:
        """Let the card compare a live finger (ISO/IEC 19794-2:2005 record) with one of its own.

        Raises as `compact.card_minutiae` for an unusable record (nothing was sent), and `ApduError` 6A80 if
        the card finds the number of minutiae wrong (no try used).
        """
        minutiae = compact.card_minutiae(record, finger)
        try:
            return self._verify(finger, minutiae)
        finally:
            minutiae[:] = bytes(len(minutiae))

    def _verify(self, finger: FingerInformation, minutiae: bytearray) -> MatchResult:
        left = self.tries_left(finger)
        if left == 0:
            return Blocked()
        if self._allowed(finger, left) <= 0:
            return NoMatch(0)
        response = self._channel.send(self._command(finger, minutiae))
        if response.sw == SW.OK:
            self._used.pop(finger.reference, None)
            return Match()
        after = response.sw.tries_left
        if response.sw == SW.FAILED:
            # No match, and the status word does not tell the tries left: ask.
            after = self.tries_left(finger)
        if after is None:
            raise ApduError(response.sw, "compare the finger on the card")
        self._used[finger.reference] = self._used.get(finger.reference, 0) + 1
        return NoMatch(self._allowed(finger, after)) if after else Blocked()

    def _allowed(self, finger: FingerInformation, left: int | None) -> int:
        """Count the tries that the branch's limit and the card's counter both leave."""
        by_branch = self._settings.max_tries - self._used.get(finger.reference, 0)
        if left is None:
            return max(by_branch, 0)
        return max(min(by_branch, left - self._settings.spare_tries), 0)

    def _command(self, finger: FingerInformation, minutiae: bytearray) -> Command:
        data = bytes(minutiae)
        match self._settings.form:
            case VerifyForm.DATA_OBJECTS:
                wrapped = tlv.encode(_TAG_BIOMETRIC_DATA, tlv.encode(_TAG_MINUTIAE, data))
                return Command(0x00, INS_VERIFY_OBJECTS, 0x00, finger.reference, wrapped)
            case VerifyForm.BARE:
                return Command(0x00, INS_VERIFY, 0x00, finger.reference, data)
            case _:
                assert_never(self._settings.form)
