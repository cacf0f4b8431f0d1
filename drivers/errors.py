"""Errors of the drivers: the tree of all device failures that a caller can meet.

::

    DriverError
    ├ DeviceNotFoundError         no such reader, port or service: "is it plugged in?"
    ├ DeviceLostError             it was there and is gone: unplugged, the service stopped
    ├ DeviceTimeoutError          no answer within the named limit
    ├ ProtocolError               bytes that the wire format or the standard does not allow
    │ └ ChecksumError             ... because its check value is wrong
    ├ ProfileError                a device profile that cannot be used
    ├ CardError
    │ ├ ApduError(sw)             the card refused a command
    │ ├ CardRemovedError          pulled, swapped or silent: the session is over
    │ ├ CardInUseError            another program holds the card
    │ ├ CardMuteError             a card without power-up answer: usually put in the wrong way
    │ ├ WrongPinError(tries_left)
    │ ├ PinBlockedError
    │ ├ WrongAccessSecretError    the digits or the zone that open the card do not fit it
    │ │ └ OtherSecretError        ... because the card opens with something else on its face
    │ ├ SecureMessagingError      a protected answer that is not as the card would send it
    │ │ └ SessionEndedError       ... because it is not protected at all
    │ └ AuthenticityError(check)  a check of the card's signed data failed
    └ CaptureError(feedback)      a finger that could not be captured

Messages say what to do next and hold no secrets and no personal data.
"""

from __future__ import annotations


class DriverError(Exception):
    """Root of all device failures."""


class DeviceNotFoundError(DriverError):
    """The device, its port or its service is not there."""


class DeviceLostError(DriverError):
    """The device was there and is gone."""


class DeviceTimeoutError(DriverError):
    """The device did not answer within the limit."""


class ProtocolError(DriverError):
    """Bytes of a device or a card that the wire format or the standard does not allow."""


class ChecksumError(ProtocolError):
    """A frame or field whose check value is wrong."""


class ProfileError(DriverError):
    """A device profile that is unknown, malformed or not supported by this version."""


class CardError(DriverError):
    """Root of the failures of a smart card."""


class ApduError(CardError):
    """The card answered a command with a refusing status word, `sw` (ISO/IEC 7816-4, 5.1.3)."""

    def __init__(self, sw: int, doing: str) -> None:
        super().__init__(f"{doing}: the card answered {sw:04X}")
        self.sw = sw


class CardRemovedError(CardError):
    """The card is gone; a new session starts with the next event of the reader."""


class CardInUseError(CardError):
    """Another program holds the card exclusively."""


class CardMuteError(CardError):
    """The card gave no answer to reset."""


class WrongPinError(CardError):
    """The PIN was wrong; `tries_left` is at least 1 (0 is `PinBlockedError`)."""

    def __init__(self, tries_left: int) -> None:
        super().__init__(f"wrong PIN, {tries_left} tries left")
        self.tries_left = tries_left


class PinBlockedError(CardError):
    """No tries left; the issuer of the card has to unblock it."""


class WrongAccessSecretError(CardError):
    """The text read from the card's face does not open its chip; the message says what to check."""


class OtherSecretError(WrongAccessSecretError):
    """The card opens with something else that is printed on it: to compare what was read helps nobody."""


class SecureMessagingError(CardError):
    """The protection of a command or an answer is missing or wrong; the session has ended."""


class SessionEndedError(SecureMessagingError):
    """The card answered without protection: it has dropped the keys (Doc 9303-11, 9.8.5)."""


class AuthenticityError(CardError):
    """The named check of the card's signed data failed; nothing read from the card can be trusted."""

    def __init__(self, check: str, detail: str = "") -> None:
        super().__init__(f"check {check} failed" + (f": {detail}" if detail else ""))
        self.check = check


class CaptureError(DriverError):
    """The finger gave no usable image; `feedback` tells the person what to do differently."""

    def __init__(self, feedback: str, message: str = "") -> None:
        super().__init__(message or f"finger not captured: {feedback}")
        self.feedback = feedback
