"""What kind of card is this? Decided by what is on it, never by its ATR.

=======================================================  =============
the identity application of the profile can be selected  IDENTITY
a PIV application, with a certificate for key 9A and
without object 5FFF10                                    OPERATOR
a PIV application, with object 5FFF10 (token or blank)
and without a certificate for key 9A                     AUTHORIZATION
anything else, also a PIV card with both or neither      UNKNOWN
=======================================================  =============
"""

from __future__ import annotations

from enum import Enum

from drivers.smartcard.apdu import SW, ApduChannel, select_application
from drivers.smartcard.authorization import TOKEN_OBJECT
from drivers.smartcard.emrtd import EMRTD_AID
from drivers.smartcard.piv import CERTIFICATE_OBJECTS, PIV_AID, PivSession, Slot


class Kind(Enum):
    IDENTITY = "identity"
    OPERATOR = "operator"
    AUTHORIZATION = "authorization"
    UNKNOWN = "unknown"


def recognise(channel: ApduChannel, identity_aid: bytes = EMRTD_AID) -> Kind:
    """Tell the kind of the card; the PIV application is left selected where there is one.

    Raises what `ApduChannel.send` raises, and `ProtocolError` for malformed answers.
    """
    # Cards without access control in the master file answer this even before PACE or BAC.
    identity = select_application(channel, identity_aid, want_fci=False)
    if identity.sw in (SW.OK, SW.SECURITY_STATUS):
        return Kind.IDENTITY
    if select_application(channel, PIV_AID, want_fci=True).sw != SW.OK:
        return Kind.UNKNOWN
    piv = PivSession(channel)
    operator = bool(piv.get_data(CERTIFICATE_OBJECTS[Slot.AUTHENTICATION]))
    authorization = piv.get_data(TOKEN_OBJECT) is not None
    match operator, authorization:
        case True, False:
            return Kind.OPERATOR
        case False, True:
            return Kind.AUTHORIZATION
    return Kind.UNKNOWN
