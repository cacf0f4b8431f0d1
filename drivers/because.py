"""Say in words why a device failed, by the class of the exception; `election.because` says the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from drivers import errors
from words.message import Detail, Message, m

DRIVER_REASONS: Final[Mapping[type[object], Message]] = {
    errors.DeviceNotFoundError: m("the device is not there: check its cable and its power"),
    errors.DeviceLostError: m("the device is gone: check its cable and its power"),
    errors.DeviceTimeoutError: m(
        "the device does not answer: check its cable, or switch it off and on"
    ),
    errors.ProtocolError: m("the device answers what nobody understands: switch it off and on"),
    errors.ChecksumError: m("what the device sends arrives damaged: check its cable"),
    errors.ProfileError: m("the device's profile cannot be used"),
    errors.ApduError: m("the card refused a command"),
    errors.CardRemovedError: m("the card was taken out"),
    errors.CardInUseError: m("another program is using the card"),
    errors.CardMuteError: m("the card does not answer: put it in the other way round"),
    errors.WrongPinError: m("the PIN is wrong"),
    errors.PinBlockedError: m("the card is blocked: no try is left for its PIN"),
    errors.OtherSecretError: m("this card opens with something else that is printed on it"),
    errors.WrongAccessSecretError: m("what was typed or scanned does not open this card"),
    errors.SecureMessagingError: m("the protected line to the card was disturbed: put it in again"),
    errors.AuthenticityError: m("the data of the card are not authentic"),
    errors.CardError: m("the card could not do what was asked"),
    errors.CaptureError: m("no usable picture of the finger was taken"),
    errors.DriverError: m("a device failed"),
}


def because(error: errors.DriverError) -> Message:
    """Return the reason with the exception's English detail, which is said in English only."""
    reason = next(DRIVER_REASONS[x] for x in type(error).__mro__ if x in DRIVER_REASONS)
    detail = str(error)
    return m("{reason}{detail}", reason=reason, detail=Detail(detail)) if detail else reason
