"""Read a document as its family is read: its signed zone says which, whatever it was presented as.

What a person typed opens the first family that it can open and whose way the card knows. If the zone is of
another one, the card is opened anew, in that family's way: what opens one family (BAC, or nothing at all) is
no way into another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from drivers.errors import ApduError, OtherSecretError, ProtocolError
from drivers.smartcard.access_secret import AccessSecret
from drivers.smartcard.access_text import kind_of, opened_by
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.emrtd import IdentityCard, ReadProgress
from drivers.smartcard.evidence import Evidence
from drivers.smartcard.policy import PassivePolicy
from drivers.smartcard.profile import Access, CardProfile
from drivers.smartcard.trust import CscaStore


def read_document(
    channel: ApduChannel,
    profiles: Sequence[CardProfile],
    secret: AccessSecret | None,
    store: CscaStore,
    day: datetime,
    policy: PassivePolicy,
    progress: Callable[[ReadProgress], None] | None = None,
) -> tuple[IdentityCard, Evidence]:
    """Return the card, read by its family, and what passive authentication says of it.

    `profiles`: of the accepted kinds, no document being of two of them. Raises `WrongAccessSecretError`;
    `OtherSecretError` where its family is not opened by what was typed; `ProtocolError` for a card that is
    of one family when it is read first and of another when it is read again; and what `IdentityCard.read`
    raises.
    """

    def read(card: IdentityCard) -> tuple[IdentityCard, Evidence]:
        card.read(progress)
        return card, card.verify_authenticity(store, day, policy)

    first, evidence = read(_opened(channel, opened_by(profiles, secret), secret))
    family = next((each for each in profiles if each.kind == evidence.kind), first.profile)
    if family == first.profile:
        return first, evidence
    if family.secrets and kind_of(secret) not in family.secrets:
        raise OtherSecretError("this card is opened with something else that is printed on it")
    if family.access is not Access.NONE:
        channel.restart()
    card, again = read(IdentityCard(channel, family, secret))
    if again.kind is not None and again.kind != family.kind:
        raise ProtocolError("the card is another document each time it is read")
    return card, again


def _opened(
    channel: ApduChannel, profiles: Sequence[CardProfile], secret: AccessSecret | None
) -> IdentityCard:
    """Open the card as the first of these families whose way it knows.

    Raises what the first one met if all are refused. A wrong secret ends it: it would be as wrong in another
    way, and the card may count its tries.
    """
    first: ApduError | None = None
    # Two families may differ in nothing that matters here.
    ways: dict[tuple[Access, bytes], CardProfile] = {}
    for each in profiles:
        ways.setdefault((each.access, each.aid), each)
    for profile in ways.values():
        if first is not None:
            channel.restart()
        card = IdentityCard(channel, profile, secret)
        try:
            card.open()
        except ApduError as error:
            first = first or error
        else:
            return card
    assert first is not None
    raise first
