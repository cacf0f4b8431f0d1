"""Access to a card's files: the step before they can be read.

A method may act before the application is selected (PACE works on the master file) and after it (BAC
works inside), and it may set secure messaging on the channel; reading does not change with it.
"""

from __future__ import annotations

from typing import Protocol, assert_never

from drivers.errors import ApduError, WrongAccessSecretError
from drivers.smartcard import bac, pace, security_infos
from drivers.smartcard.access_secret import AccessSecret, MrzKey
from drivers.smartcard.apdu import SW, ApduChannel
from drivers.smartcard.files import FID_CARD_ACCESS, CardFiles
from drivers.smartcard.profile import Access, CardProfile
from drivers.smartcard.security_infos import SecurityInfo


class AccessMethod(Protocol):
    """A way for a terminal to gain access. Both steps raise `CardError` if the card refuses."""

    @property
    def offered(self) -> tuple[SecurityInfo, ...]:
        """Protocols in EF.CardAccess, if it was used: to be compared with the signed DG14."""

    def before_select(self, channel: ApduChannel) -> None:
        """Act in the master file, before the application is selected."""

    def after_select(self, channel: ApduChannel) -> None:
        """Act in the selected application, before its first file."""


class OpenAccess:
    """Access to cards that demand nothing."""

    @property
    def offered(self) -> tuple[SecurityInfo, ...]:
        """Nothing: EF.CardAccess is not read."""
        return ()

    def before_select(self, channel: ApduChannel) -> None:
        """Do nothing."""

    def after_select(self, channel: ApduChannel) -> None:
        """Do nothing."""


class BacAccess:
    """Basic Access Control, inside the application (ICAO Doc 9303 part 11, 4.3)."""

    def __init__(self, secret: AccessSecret) -> None:
        self._secret = secret

    @property
    def offered(self) -> tuple[SecurityInfo, ...]:
        """Nothing: EF.CardAccess is not read."""
        return ()

    def before_select(self, channel: ApduChannel) -> None:
        """Do nothing: BAC needs the application."""

    def after_select(self, channel: ApduChannel) -> None:
        """Run BAC. Raises as `bac.establish`, and `WrongAccessSecretError` for an access number."""
        if not isinstance(self._secret, MrzKey):
            raise WrongAccessSecretError(
                "this card opens with the lines of its machine readable zone, not with six digits"
            )
        channel.set_secure_messaging(bac.establish(channel, self._secret))


class PaceAccess:
    """PACE in the master file (ICAO Doc 9303 part 11, 4.4).

    With `or_bac`, Basic Access Control for cards without EF.CardAccess.
    """

    def __init__(self, secret: AccessSecret, chunk: int, *, or_bac: bool = False) -> None:
        self._secret = secret
        self._chunk = chunk
        self._or_bac = or_bac
        self._opened = False
        self._offered: tuple[SecurityInfo, ...] = ()

    @property
    def offered(self) -> tuple[SecurityInfo, ...]:
        """Protocols in EF.CardAccess; empty before `before_select`."""
        return self._offered

    def before_select(self, channel: ApduChannel) -> None:
        """Read EF.CardAccess and run PACE.

        Raises as `pace.choose` and `pace.establish`; a missing file is no error with `or_bac`.
        """
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
        """Run BAC if the card had no EF.CardAccess. Raises as `BacAccess.after_select`."""
        if not self._opened:
            BacAccess(self._secret).after_select(channel)


def access_method(profile: CardProfile, secret: AccessSecret | None) -> AccessMethod:
    """Return the method a profile names. Raises ValueError without a secret where one is needed."""
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
