"""Access to a card's files: the step before they can be read.

A method may act before the application is selected (PACE works on the master file) and after it (BAC
works inside), and it may set secure messaging on the channel; reading does not change with it.
"""

from __future__ import annotations

from typing import Final, assert_never

from drivers.errors import ApduError, OtherSecretError
from drivers.smartcard import bac, pace, security_infos
from drivers.smartcard.access_secret import AccessSecret, MrzKey
from drivers.smartcard.apdu import SW, ApduChannel
from drivers.smartcard.files import FID_CARD_ACCESS, CardFiles
from drivers.smartcard.profile import Access, CardProfile
from drivers.smartcard.security_infos import SecurityInfo

_NO_CARD_ACCESS: Final = frozenset(
    {
        SW.SECURITY_STATUS,
        SW.CONDITIONS,
        SW.FUNCTION,
        SW.NOT_FOUND,
        SW.WRONG_P1P2,
        SW.LC_AND_P1P2,
        SW.REFERENCE,
        SW.WRONG_INS,
    }
)
"""Answers of cards without EF.CardAccess, to SELECT or to READ BINARY."""


class AccessMethod:
    """A way for a terminal to gain access; this one is for cards that demand nothing.

    Both steps raise `CardError` if the card refuses.
    """

    @property
    def offered(self) -> tuple[SecurityInfo, ...]:
        """Protocols in EF.CardAccess, if it was used: to be compared with the signed DG14."""
        return ()

    @property
    def fell_back(self) -> bool:
        """Whether BAC was used where PACE was asked for: the signed DG14 must then list no PACE."""
        return False

    @property
    def is_first_only(self) -> bool:
        """Whether a refusal may come from what was tried before: it goes away with a power cut."""
        return False

    def before_select(self, channel: ApduChannel) -> None:
        """Act in the master file, before the application is selected."""

    def after_select(self, channel: ApduChannel) -> None:
        """Act in the selected application, before its first file."""


class BacAccess(AccessMethod):
    """Basic Access Control, inside the application (ICAO Doc 9303 part 11, 4.3)."""

    def __init__(self, secret: AccessSecret) -> None:
        self._secret = secret

    @property
    def is_first_only(self) -> bool:
        """True: the master file was asked before."""
        return True

    def after_select(self, channel: ApduChannel) -> None:
        """Run BAC. Raises as `bac.establish`, and `OtherSecretError` for an access number."""
        if not isinstance(self._secret, MrzKey):
            raise OtherSecretError(
                "this card opens with the lines of its machine readable zone, not with six digits"
            )
        channel.set_secure_messaging(bac.establish(channel, self._secret))


class PaceAccess(AccessMethod):
    """PACE in the master file (ICAO Doc 9303 part 11, 4.4).

    With `or_bac`, Basic Access Control for cards without EF.CardAccess, or with nothing in it that is
    allowed here or that the card lets begin. That is decided before PACE begins: once it has, nothing leads
    to BAC. Whoever is on the line could hide the file; the signed DG14 tells (`chip.compare_access`).
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

    @property
    def fell_back(self) -> bool:
        """Whether PACE did not open the card."""
        return self._or_bac and not self._opened

    @property
    def is_first_only(self) -> bool:
        """Whether BAC follows what PACE could not begin."""
        return self.fell_back

    def before_select(self, channel: ApduChannel) -> None:
        """Read EF.CardAccess and run PACE.

        Raises as `pace.rank` and `pace.establish`; with `or_bac`, a file that is missing or of no use
        is no error, one that is malformed is.
        """
        files = CardFiles(channel, self._chunk)
        try:
            content = files.read_object(FID_CARD_ACCESS, security_infos.TAG_SET)
        except ApduError as error:
            if self._or_bac and error.sw in _NO_CARD_ACCESS:
                return
            raise
        self._offered = security_infos.parse_card_access(content)
        if self._or_bac and not pace.allowed(self._offered):
            return
        refused: pace.NotBegunError | None = None
        for parameters in pace.rank(self._offered):
            try:
                session = pace.establish(channel, self._secret, parameters)
            except pace.NotBegunError as error:
                refused = error
                continue
            channel.set_secure_messaging(session)
            self._opened = True
            return
        if refused is not None and not self._or_bac:
            raise refused

    def after_select(self, channel: ApduChannel) -> None:
        """Run BAC if PACE could not be begun. Raises as `BacAccess.after_select`."""
        if not self._opened:
            BacAccess(self._secret).after_select(channel)


def access_method(profile: CardProfile, secret: AccessSecret | None) -> AccessMethod:
    """Return the method a profile names. Raises ValueError without a secret where one is needed."""
    if profile.access is Access.NONE:
        return AccessMethod()
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
