"""The step before a card's files can be read.

A method may act before the application is selected (PACE works on the master file) and after it (BAC
works inside), and it may set secure messaging on the channel; reading does not change with it.
"""

from __future__ import annotations

from typing import Protocol, assert_never

from drivers.errors import ApduError, WrongAccessSecret
from drivers.smartcard import bac, pace, security_infos
from drivers.smartcard.access_secret import AccessSecret, MrzKey
from drivers.smartcard.apdu import SW, ApduChannel
from drivers.smartcard.files import FID_CARD_ACCESS, CardFiles
from drivers.smartcard.profile import Access, CardProfile
from drivers.smartcard.security_infos import SecurityInfo


class AccessMethod(Protocol):
    """How a terminal gains access. Both steps raise `CardError` if the card refuses."""

    @property
    def offered(self) -> tuple[SecurityInfo, ...]:
        """What EF.CardAccess said, if it was used: to be compared with the signed DG14."""

    def before_select(self, channel: ApduChannel) -> None:
        """In the master file, before the application is selected."""

    def after_select(self, channel: ApduChannel) -> None:
        """In the selected application, before its first file."""


class OpenAccess:
    """Cards that ask for nothing."""

    @property
    def offered(self) -> tuple[SecurityInfo, ...]:
        return ()

    def before_select(self, channel: ApduChannel) -> None:
        """Nothing to do."""

    def after_select(self, channel: ApduChannel) -> None:
        """Nothing to do."""


class BacAccess:
    """Basic Access Control, inside the application."""

    def __init__(self, secret: AccessSecret) -> None:
        self._secret = secret

    @property
    def offered(self) -> tuple[SecurityInfo, ...]:
        return ()

    def before_select(self, channel: ApduChannel) -> None:
        """Nothing to do."""

    def after_select(self, channel: ApduChannel) -> None:
        if not isinstance(self._secret, MrzKey):
            raise WrongAccessSecret(
                "this card opens with the lines of its machine readable zone, not with six digits"
            )
        channel.set_secure_messaging(bac.establish(channel, self._secret))


class PaceAccess:
    """PACE in the master file; with `or_bac` Basic Access Control for cards without EF.CardAccess."""

    def __init__(self, secret: AccessSecret, chunk: int, *, or_bac: bool = False) -> None:
        self._secret = secret
        self._chunk = chunk
        self._or_bac = or_bac
        self._opened = False
        self._offered: tuple[SecurityInfo, ...] = ()

    @property
    def offered(self) -> tuple[SecurityInfo, ...]:
        return self._offered

    def before_select(self, channel: ApduChannel) -> None:
        files = CardFiles(channel, self._chunk)
        sw = files.select(FID_CARD_ACCESS)
        # Only a file that is not there leads to BAC; one that cannot be read or used does not.
        if sw == SW.NOT_FOUND and self._or_bac:
            return
        if sw != SW.OK:
            raise ApduError(sw, "select EF.CardAccess")
        content = files.read_object(FID_CARD_ACCESS, security_infos.TAG_SET)
        self._offered = security_infos.parse_card_access(content)
        parameters = pace.choose(self._offered)
        channel.set_secure_messaging(pace.establish(channel, self._secret, parameters))
        self._opened = True

    def after_select(self, channel: ApduChannel) -> None:
        if not self._opened:
            BacAccess(self._secret).after_select(channel)


def access_method(profile: CardProfile, secret: AccessSecret | None) -> AccessMethod:
    """The method a profile names. Raises ValueError without a secret where one is needed."""
    if profile.access is Access.NONE:
        return OpenAccess()
    if secret is None:
        raise ValueError("this card needs what is printed on it before it can be read")
    match profile.access:
        case Access.BAC:
            return BacAccess(secret)
        case Access.PACE:
            return PaceAccess(secret, profile.chunk)
        case Access.PACE_OR_BAC:
            return PaceAccess(secret, profile.chunk, or_bac=True)
        case _:
            assert_never(profile.access)
