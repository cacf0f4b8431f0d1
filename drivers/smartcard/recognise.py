"""Recognition of a card's kind, by its applications and objects, never by its ATR.

=======================================================  =============
the identity application of the profile can be selected  IDENTITY
a PIV application, with a certificate for key 9A and
without object 5FFF10                                    OPERATOR
a PIV application, with object 5FFF10 (token or blank)
and without a certificate for key 9A                     AUTHORIZATION
no PIV application, and EF.CardAccess in the master
file: identity cards that hide behind PACE               IDENTITY
anything else, also a PIV card with both or neither      UNKNOWN
=======================================================  =============
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from drivers.errors import ApduError
from drivers.smartcard.apdu import SW, ApduChannel, Command, select_application
from drivers.smartcard.authorization import TOKEN_OBJECT
from drivers.smartcard.emrtd import EMRTD_AID
from drivers.smartcard.files import FID_CARD_ACCESS
from drivers.smartcard.piv import CERTIFICATE_OBJECTS, PivSession, PivSlot, select_piv

_SET: Final = b"\x31"
"""EF.CardAccess (ICAO Doc 9303-11, 9.2.11) is a SET of security infos, readable before PACE."""


class CardKind(Enum):
    """Kinds of cards."""

    IDENTITY = "identity"
    OPERATOR = "operator"
    AUTHORIZATION = "authorization"
    UNKNOWN = "unknown"


def recognise(channel: ApduChannel, identity_aid: bytes = EMRTD_AID) -> CardKind:
    """Tell the kind of the card; the PIV application is left selected where there is one.

    Call it first in a session: nothing else is selected yet. Raises what `ApduChannel.send`
    raises, and `ProtocolError` for malformed answers.
    """
    # Cards without access control in the master file answer this even before PACE or BAC.
    identity = select_application(channel, identity_aid, want_fci=False)
    if identity.sw in (SW.OK, SW.SECURITY_STATUS):
        return CardKind.IDENTITY
    if select_piv(channel).sw != SW.OK:
        return CardKind.IDENTITY if _has_card_access(channel) else CardKind.UNKNOWN
    piv = PivSession(channel)
    operator = _holds(piv, CERTIFICATE_OBJECTS[PivSlot.AUTHENTICATION], may_be_empty=False)
    authorization = _holds(piv, TOKEN_OBJECT, may_be_empty=True)
    match operator, authorization:
        case True, False:
            return CardKind.OPERATOR
        case False, True:
            return CardKind.AUTHORIZATION
    return CardKind.UNKNOWN


def _holds(piv: PivSession, tag: int, *, may_be_empty: bool) -> bool:
    """Tell whether an object is there; a refusal counts as no, for it could not be used."""
    try:
        value = piv.get_data(tag)
    except ApduError:
        return False
    return value is not None and (may_be_empty or bool(value))


def _has_card_access(channel: ApduChannel) -> bool:
    selected = channel.send(Command(0x00, 0xA4, 0x02, 0x0C, FID_CARD_ACCESS.to_bytes(2, "big")))
    if selected.sw != SW.OK:
        return False
    answer = channel.send(Command(0x00, 0xB0, 0x00, 0x00, le=1))
    return answer.sw in (SW.OK, SW.END_OF_FILE) and answer.data == _SET
