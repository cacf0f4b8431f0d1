"""PACE, generic mapping over elliptic curves (ICAO Doc 9303 part 11, 4.4; BSI TR-03110-3 A.3).

Both sides prove that they know the secret on the card without showing it to a listener, and end with
fresh keys::

    0022 C1A4  80 protocol  83 secret  84 parameter id          9000
    1086 0000  7C {}                     7C { 80 z }            s = decrypt(K(pi), z)
    1086 0000  7C { 81 d1·G }            7C { 82 d1'·G }        H = d1·d1'·G     G~ = s·G + H
    1086 0000  7C { 83 d2·G~ }           7C { 84 d2'·G~ }       K = x of d2·d2'·G~
    0086 0000  7C { 85 token }           7C { 86 token' }       token = CMAC(KSmac, 7F49 { 06 protocol,
                                                                86 point of the other side })

Protocol and curve are chosen from EF.CardAccess, but only those of the allow-list: AES, the curves of
`curves.CURVES`. The calculations are for both ends, `establish` is the terminal.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from drivers.errors import (
    ApduError,
    CardError,
    ProtocolError,
    SecureMessagingError,
    WrongAccessSecretError,
)
from drivers.smartcard import curves, tlv
from drivers.smartcard.access_secret import AccessSecret, Can, MrzKey, suggest_check
from drivers.smartcard.apdu import MAX_SHORT_LE, SW, ApduChannel, Command
from drivers.smartcard.curves import CURVES, Curve, CurvePoint, CurveScalarSource, random_scalar
from drivers.smartcard.secure_messaging import SecureSession
from drivers.smartcard.security_infos import (
    PACE_ECDH_GENERIC,
    SUITES,
    TAG_OID,
    PaceInfo,
    SecurityInfo,
)
from drivers.smartcard.suites import FOR_CHECKSUM, FOR_ENCRYPTION, FOR_PASSWORD, Suite

VERSION: Final = 2
ALLOWED_SUITES: Final = (Suite.AES_256, Suite.AES_192, Suite.AES_128)
"""The preferred one first."""

INS_MANAGE: Final = 0x22
INS_GENERAL_AUTHENTICATE: Final = 0x86
CLA_MORE: Final = 0x10
"""Another step follows."""
MANAGE_PACE: Final = 0xC1A4
"""P1 and P2: set the template of an authentication of both sides."""

TAG_PROTOCOL: Final = 0x80
TAG_SECRET: Final = 0x83
TAG_PARAMETERS: Final = 0x84
TAG_DYNAMIC: Final = 0x7C
TAG_PUBLIC_KEY: Final = 0x7F49
TAG_POINT: Final = 0x86
NONCE_LENGTHS: Final = (16, 32)


class NotBegunError(ApduError):
    """The card refuses MSE:SET AT for a way that it offers; nothing of the secret was used yet."""


class PaceStep(IntEnum):
    """Tags inside 7C; the card answers with the tag after that of the terminal."""

    NONCE = 0x80
    MAP = 0x81
    MAPPED = 0x82
    AGREE = 0x83
    AGREED = 0x84
    TOKEN = 0x85
    CARD_TOKEN = 0x86


class SecretReference(IntEnum):
    """References of the password: which text on the card it is."""

    MRZ = 1
    CAN = 2


@dataclass(frozen=True, slots=True)
class PaceParameters:
    """One way of PACE; `protocol` is the encoded identifier."""

    protocol: bytes
    suite: Suite
    curve: Curve


def allowed_parameters(info: PaceInfo) -> PaceParameters | None:
    """Return the way an entry of EF.CardAccess stands for; None outside the allow-list."""
    suite = SUITES.get(info.protocol[-1])
    curve = next((curve for curve in CURVES if curve.parameter_id == info.parameter_id), None)
    if info.protocol[:-1] != PACE_ECDH_GENERIC or info.version != VERSION:
        return None
    if suite not in ALLOWED_SUITES or curve is None:
        return None
    return PaceParameters(info.protocol, suite, curve)


def allowed(infos: Iterable[SecurityInfo]) -> list[PaceParameters]:
    """Return the ways among the entries that are on the allow-list."""
    return [
        parameters
        for info in infos
        if isinstance(info, PaceInfo) and (parameters := allowed_parameters(info))
    ]


def rank(infos: Iterable[SecurityInfo]) -> list[PaceParameters]:
    """Rank the allowed ways, the best first. Raises `CardError` if the card offers none."""
    offered = allowed(infos)
    if not offered:
        raise CardError("the card offers no way of access that is allowed here")
    return sorted(offered, key=lambda p: (ALLOWED_SUITES.index(p.suite), CURVES.index(p.curve)))


def reference_of(secret: AccessSecret) -> SecretReference:
    """Return the reference of a secret."""
    match secret:
        case Can():
            return SecretReference.CAN
        case MrzKey():
            return SecretReference.MRZ


def password_key(seed: bytes, suite: Suite) -> bytes:
    """Derive the password key K(pi) of the seed of an `AccessSecret`."""
    return suite.derive(seed, FOR_PASSWORD)


def environment(parameters: PaceParameters, reference: SecretReference) -> Command:
    """Make the command MSE:SET AT (part 11, 4.4.4.1)."""
    data = (
        tlv.encode(TAG_PROTOCOL, parameters.protocol)
        + tlv.encode(TAG_SECRET, bytes((reference,)))
        + tlv.encode(TAG_PARAMETERS, bytes((parameters.curve.parameter_id,)))
    )
    return Command(0x00, INS_MANAGE, MANAGE_PACE >> 8, MANAGE_PACE & 0xFF, data)


def step(tag: PaceStep, value: bytes) -> bytes:
    """Encode the dynamic authentication data of one step; the first step's is empty."""
    return tlv.encode(TAG_DYNAMIC, tlv.encode(tag, value) if value else b"")


def value_of(data: bytes, tag: PaceStep) -> bytes:
    """Decode the value of one step. Raises `ProtocolError`."""
    return tlv.parse_one(tlv.parse_one(data, TAG_DYNAMIC).value, tag).value


@dataclass(frozen=True, slots=True)
class Agreement:
    """The keys of a session, and the tokens that prove them."""

    parameters: PaceParameters
    encryption: bytes
    checksum: bytes

    @classmethod
    def of(cls, parameters: PaceParameters, scalar: int, other: CurvePoint) -> Agreement:
        """Agree on keys by one's second secret number and the other side's second point."""
        secret = curves.shared_x(scalar, other)
        suite = parameters.suite
        return cls(
            parameters, suite.derive(secret, FOR_ENCRYPTION), suite.derive(secret, FOR_CHECKSUM)
        )

    def token(self, point: CurvePoint) -> bytes:
        """Compute the token over the second point of the other side (part 11, 4.4.3.4)."""
        data = tlv.encode(
            TAG_PUBLIC_KEY,
            tlv.encode(TAG_OID, self.parameters.protocol),
            tlv.encode(TAG_POINT, point.encode()),
        )
        return self.parameters.suite.checksum(self.checksum, data)

    def session(self) -> SecureSession:
        """Start the session under the agreed keys."""
        return SecureSession(self.parameters.suite, self.encryption, self.checksum)


def establish(
    channel: ApduChannel,
    secret: AccessSecret,
    parameters: PaceParameters,
    scalars: CurveScalarSource = random_scalar,
) -> SecureSession:
    """Run PACE as the terminal.

    Raises `NotBegunError`, `WrongAccessSecretError`, `ApduError` when the card refuses a later step,
    `ProtocolError` for a malformed answer or a point that is not on the curve, `SecureMessagingError` for
    a card that does not know the secret, and what `ApduChannel.send` raises.
    """
    curve, suite = parameters.curve, parameters.suite
    begun = channel.send(environment(parameters, reference_of(secret))).sw
    # A warning that tells how many tries the secret has left (TR-03110-3, B.14.1); the last is not used.
    if begun != SW.OK and not SW.TRIES_LEFT + 2 <= begun <= SW.TRIES_LEFT + 15:
        raise NotBegunError(begun, "begin access to the card")
    hidden = _ask(channel, PaceStep.NONCE, b"")
    if len(hidden) not in NONCE_LENGTHS:
        raise ProtocolError("the random number of the card has a wrong length")
    nonce = suite.decrypt(password_key(secret.seed, suite), hidden)

    scalar = scalars(curve)
    terminal_point = curves.base_multiple(curve, scalar)
    card_point = CurvePoint.decode(curve, _ask(channel, PaceStep.MAP, terminal_point.encode()))
    _require_different(terminal_point, card_point)
    generator = curves.map_generator(curve, nonce, curves.multiple(scalar, card_point))

    scalar = scalars(curve)
    terminal_point = curves.multiple(scalar, generator)
    card_point = CurvePoint.decode(curve, _ask(channel, PaceStep.AGREE, terminal_point.encode()))
    _require_different(terminal_point, card_point)
    agreement = Agreement.of(parameters, scalar, card_point)

    try:
        token = _ask(channel, PaceStep.TOKEN, agreement.token(card_point))
    except ApduError as error:
        if error.sw >> 8 == 0x63 or error.sw in (SW.SECURITY_STATUS, SW.WRONG_DATA):
            raise WrongAccessSecretError(
                f"the card does not open; {suggest_check(secret)}"
            ) from error
        raise
    if not hmac.compare_digest(token, agreement.token(terminal_point)):
        raise SecureMessagingError("the card does not know its own access number")
    return agreement.session()


def _ask(channel: ApduChannel, tag: PaceStep, value: bytes) -> bytes:
    cla = 0x00 if tag is PaceStep.TOKEN else CLA_MORE
    command = Command(cla, INS_GENERAL_AUTHENTICATE, 0, 0, step(tag, value), MAX_SHORT_LE)
    answer = channel.call(command, "access to the card")
    return value_of(answer, PaceStep.NONCE if tag is PaceStep.NONCE else PaceStep(tag + 1))


def _require_different(terminal_point: CurvePoint, card_point: CurvePoint) -> None:
    if terminal_point.x == card_point.x:
        raise ProtocolError("the card sent the terminal's own point back")
