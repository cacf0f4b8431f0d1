"""The step before a card's files can be read.

A method may act before the application is selected (PACE works on the master file) and after it (BAC
works inside), and it may set secure messaging on the channel; reading does not change with it.
"""

from __future__ import annotations

from typing import Protocol, assert_never

from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.profile import Access


class AccessMethod(Protocol):
    """How a terminal gains access. Both steps raise `CardError` if the card refuses."""

    def before_select(self, channel: ApduChannel) -> None:
        """In the master file, before the application is selected."""

    def after_select(self, channel: ApduChannel) -> None:
        """In the selected application, before its first file."""


class OpenAccess:
    """Cards that ask for nothing."""

    def before_select(self, channel: ApduChannel) -> None:
        """Nothing to do."""

    def after_select(self, channel: ApduChannel) -> None:
        """Nothing to do."""


def access_method(access: Access) -> AccessMethod:
    """The method a profile names."""
    match access:
        case Access.NONE:
            return OpenAccess()
        case _:
            assert_never(access)
