"""Proofs that a chip is genuine, not a copy of another's files (ICAO Doc 9303 part 11, 6.1 and 6.2).

Whoever reads a card can copy its files, signature and all, but not the private keys inside. Two proofs:

- *Active Authentication*: the chip signs eight random bytes with the key of DG15.
- *Chip Authentication*: the chip agrees on new session keys with the key of DG14; the first answer that
  these keys protect is the proof.

EF.SOD lists which groups there are. A proof whose group is listed there but cannot be read has failed: a
copy must not get through by leaving files out. A proof that needs what is not known here cannot be done;
that follows from the signed groups alone, before anything is sent. One that was begun has passed or
failed, whatever the chip answers: a copy may know one key and not the other.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from drivers.errors import ApduError, AuthenticityError, ProtocolError, SecureMessagingError
from drivers.smartcard import active_signature, curves, pace, public_keys, tlv
from drivers.smartcard.apdu import MAX_SHORT_LE, SW, ApduChannel, Command
from drivers.smartcard.curves import Curve, CurvePoint, CurveScalarSource, random_scalar
from drivers.smartcard.lds import GROUP_TAGS
from drivers.smartcard.pace import INS_GENERAL_AUTHENTICATE, INS_MANAGE, TAG_DYNAMIC, TAG_PROTOCOL
from drivers.smartcard.policy import MIN_ACTIVE_RSA_BITS
from drivers.smartcard.profile import Genuineness
from drivers.smartcard.secure_messaging import SecureSession
from drivers.smartcard.security_infos import (
    CHIP_AUTHENTICATION_ECDH,
    CHIP_KEY_ECDH,
    PLAIN_ECDSA,
    SUITES,
    ActiveInfo,
    ChipInfo,
    ChipKey,
    PaceInfo,
    SecurityInfo,
)
from drivers.smartcard.suites import Suite

INS_INTERNAL_AUTHENTICATE: Final = 0x88
MANAGE_KEY_AGREEMENT: Final = 0x41A6
MANAGE_CHIP: Final = 0x41A4
TAG_EPHEMERAL: Final = 0x91
TAG_KEY_ID: Final = 0x84
TAG_POINT: Final = 0x80
CHALLENGE: Final = 8
VERSION: Final = 1
_IMPLIED: Final = CHIP_AUTHENTICATION_ECDH + b"\x01"

PREFERRED: Final = (Suite.AES_256, Suite.AES_192, Suite.AES_128, Suite.TDES)
"""Suites of Chip Authentication, the preferred one first."""


class ProofResult(StrEnum):
    """Results of a proof."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_OFFERED = "not-offered"
    NOT_POSSIBLE = "not-possible"
    """Offered, but with a key or an algorithm that is not known or too weak here."""


class ChipVerdict(StrEnum):
    """Judgements of a chip under a profile's demand."""

    ACCEPTED = "accepted"
    COPIED = "copied"
    """A proof was begun and failed, or what it needs was hidden."""
    NOT_PROVEN = "not-proven"
    """It offers proofs, and none of them can be done here."""
    NO_PROOF = "no-proof"
    """It offers none, and the profile demands one."""


@dataclass(frozen=True, slots=True)
class ChipProof:
    """Result of one proof; `detail` gives the reason of a failure, without personal data."""

    result: ProofResult
    detail: str = ""
    short_key: bool = False
    """It passed with a key below the ordinary floor."""


NOT_OFFERED: Final = ChipProof(ProofResult.NOT_OFFERED)
PASSED: Final = ChipProof(ProofResult.PASSED)


def failed(detail: str) -> ChipProof:
    """Make a failed proof with its reason."""
    return ChipProof(ProofResult.FAILED, detail)


def not_possible(detail: str) -> ChipProof:
    """Make a proof that was not begun with its reason, which the signed groups give."""
    return ChipProof(ProofResult.NOT_POSSIBLE, detail)


@dataclass(frozen=True, slots=True)
class ChipEvidence:
    """Results of all proofs of a chip.

    `card_access` is not a proof of the chip but belongs to it: whether the unsigned EF.CardAccess
    offered for access exactly what the signed DG14 lists.
    """

    active: ChipProof
    chip: ChipProof
    card_access: ChipProof = NOT_OFFERED

    @property
    def short_key(self) -> bool:
        """A proof passed with a key below the ordinary floor, and none without."""
        passed = [x for x in (self.active, self.chip) if x.result is ProofResult.PASSED]
        return bool(passed) and all(proof.short_key for proof in passed)

    def judge(self, policy: Genuineness, *, unproven: bool = False) -> ChipVerdict:
        """Judge the chip under a policy.

        `unproven`: a row of the table of exceptions lets chips through whose proofs cannot be done here;
        never where a proof is demanded.
        """
        if self._failed() is not None:
            return ChipVerdict.COPIED
        results = (self.active.result, self.chip.result)
        if ProofResult.PASSED in results:
            return ChipVerdict.ACCEPTED
        demanded = policy is Genuineness.REQUIRED
        if ProofResult.NOT_POSSIBLE in results:
            return ChipVerdict.ACCEPTED if unproven and not demanded else ChipVerdict.NOT_PROVEN
        return ChipVerdict.NO_PROOF if demanded else ChipVerdict.ACCEPTED

    def refusal(self, policy: Genuineness) -> str:
        """Return why a card is refused under a policy; empty if it is not."""
        match self.judge(policy):
            case ChipVerdict.ACCEPTED:
                return ""
            case ChipVerdict.COPIED:
                return self._failed() or ""
            case ChipVerdict.NOT_PROVEN:
                return "the chip offers only proofs that cannot be done here"
            case ChipVerdict.NO_PROOF:
                return "the card has no proof that its chip is not a copy"

    def _failed(self) -> str | None:
        """Return the first proof that failed, with its reason; None if none did."""
        named = (
            ("active authentication", self.active),
            ("chip authentication", self.chip),
            ("access parameters", self.card_access),
        )
        failures = (
            f"{name}: {proof.detail}" for name, proof in named if proof.result is ProofResult.FAILED
        )
        return next(failures, None)

    def require(self, policy: Genuineness) -> None:
        """Raise `AuthenticityError` unless the card is acceptable under a policy."""
        why = self.refusal(policy)
        if why:
            raise AuthenticityError("genuineness", why)


# ---------------------------------------------------------------- active authentication


def prove_active(
    channel: ApduChannel,
    dg15: bytes,
    infos: tuple[SecurityInfo, ...],
    challenge: bytes = b"",
    min_rsa_bits: int = MIN_ACTIVE_RSA_BITS,
) -> ChipProof:
    """Let the chip sign a challenge, eight random bytes if empty.

    A shorter RSA key is not begun with. `dg15` and `infos` (of DG14) are covered by EF.SOD. Raises what
    `ApduChannel.send` raises when card or line are gone.
    """
    challenge = challenge or secrets.token_bytes(CHALLENGE)
    try:
        key = public_keys.load(tlv.parse_one(dg15, GROUP_TAGS[15]).value, min_rsa_bits)
    except ProtocolError as error:
        return not_possible(str(error))
    number = _hash_number(infos)
    if isinstance(key, ec.EllipticCurvePublicKey) and number not in active_signature.ECDSA_HASHES:
        return not_possible("the card does not say how its chip signs, or with a weak hash")
    command = Command(0x00, INS_INTERNAL_AUTHENTICATE, 0, 0, challenge)
    # RSA signatures are as long as the modulus, those of elliptic curves as two numbers.
    factor = 1 if isinstance(key, rsa.RSAPublicKey) else 2
    size = factor * ((key.key_size + 7) // 8)
    answer = channel.send(channel.insisting(command, size))
    if answer.sw != SW.OK:
        return failed(f"the chip does not sign ({answer.sw!r})")
    match key:
        case rsa.RSAPublicKey():
            right = active_signature.verify_rsa(key, challenge, answer.data)
        case ec.EllipticCurvePublicKey():
            right = active_signature.verify_ecdsa(key, number, challenge, answer.data)
    short = isinstance(key, rsa.RSAPublicKey) and key.key_size < MIN_ACTIVE_RSA_BITS
    passed = ChipProof(ProofResult.PASSED, short_key=short)
    return passed if right else failed("the signature of the chip is wrong")


def _hash_number(infos: tuple[SecurityInfo, ...]) -> int:
    """Return the number of the hash; 0, which is none, if DG14 does not say."""
    for info in infos:
        if isinstance(info, ActiveInfo) and info.version == VERSION:
            before, number = info.signature_algorithm[:-1], info.signature_algorithm[-1:]
            return number[0] if before == PLAIN_ECDSA and number else 0
    return 0


# ---------------------------------------------------------------- chip authentication


@dataclass(frozen=True, slots=True)
class ChipParameters:
    """One way of Chip Authentication: protocol, suite, and a key of the chip."""

    protocol: bytes
    suite: Suite
    curve: Curve
    key: CurvePoint
    key_id: int | None


def chip_parameters(infos: tuple[SecurityInfo, ...]) -> ChipParameters | None:
    """Choose the best way DG14 offers, None if it offers none at all.

    A key without any entry of Chip Authentication means 3DES; entries and keys belong together by their
    id, or by being the only key. Raises `ProtocolError` if it offers only what is not known here.
    """
    ways = [info for info in infos if isinstance(info, ChipInfo)]
    keys = [info for info in infos if isinstance(info, ChipKey)]
    if not ways and not keys:
        return None
    if not ways:
        ways = [ChipInfo(_IMPLIED, VERSION, key.key_id) for key in keys]
    known = [
        way
        for info in ways
        for key in keys
        if info.key_id == key.key_id or (len(keys) == 1 and None in (info.key_id, key.key_id))
        if (way := _way(info, key)) is not None
    ]
    if not known:
        raise ProtocolError("the chip offers only proofs that are not known here")
    return min(known, key=lambda way: PREFERRED.index(way.suite))


def _way(info: ChipInfo, key: ChipKey) -> ChipParameters | None:
    suite = SUITES.get(info.protocol[-1])
    known = info.protocol[:-1] == CHIP_AUTHENTICATION_ECDH and key.protocol == CHIP_KEY_ECDH
    if not known or suite is None or info.version != VERSION:
        return None
    try:
        public = public_keys.load(key.public_key)
    except ProtocolError:
        return None  # another key may do
    if not isinstance(public, ec.EllipticCurvePublicKey):
        return None
    curve = curves.curve_of(public.curve)
    if curve is None:
        return None
    numbers = public.public_numbers()
    return ChipParameters(
        info.protocol, suite, curve, CurvePoint(curve, numbers.x, numbers.y), info.key_id
    )


def prove_chip(
    channel: ApduChannel,
    infos: tuple[SecurityInfo, ...],
    first: Command,
    scalars: CurveScalarSource = random_scalar,
) -> ChipProof:
    """Agree on new keys with the chip and send `first`, a harmless command, under them.

    `infos` (of DG14) are covered by EF.SOD. If it passes, the channel goes on under the new keys; if
    not, it may be of no use any more. Raises what `ApduChannel.send` raises when card or line are gone.
    """
    try:
        way = chip_parameters(infos)
    except ProtocolError as error:
        return not_possible(str(error))
    if way is None:
        return NOT_OFFERED
    try:
        scalar = scalars(way.curve)
        _send_point(channel, way, curves.base_multiple(way.curve, scalar))
        session = SecureSession.agreed(way.suite, curves.shared_x(scalar, way.key))
        channel.set_secure_messaging(session)
        channel.call(first, "the first protected command")
    except (ApduError, ProtocolError, SecureMessagingError) as error:
        return failed(str(error))
    return PASSED


def _send_point(channel: ApduChannel, way: ChipParameters, point: CurvePoint) -> None:
    key_id = b"" if way.key_id is None else tlv.encode(TAG_KEY_ID, _number(way.key_id))
    if way.suite is Suite.TDES:
        data = tlv.encode(TAG_EPHEMERAL, point.encode()) + key_id
        channel.call(_manage(MANAGE_KEY_AGREEMENT, data), "agree on keys with the chip")
        return
    data = tlv.encode(TAG_PROTOCOL, way.protocol) + key_id
    channel.call(_manage(MANAGE_CHIP, data), "begin the proof of the chip")
    data = tlv.encode(TAG_DYNAMIC, tlv.encode(TAG_POINT, point.encode()))
    command = Command(0x00, INS_GENERAL_AUTHENTICATE, 0, 0, data, MAX_SHORT_LE)
    tlv.parse_one(channel.call(command, "agree on keys with the chip"), TAG_DYNAMIC)


def _manage(parameters: int, data: bytes) -> Command:
    return Command(0x00, INS_MANAGE, parameters >> 8, parameters & 0xFF, data)


def _number(value: int) -> bytes:
    return value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big")


def compare_access(
    offered: tuple[SecurityInfo, ...], infos: tuple[SecurityInfo, ...], *, fell_back: bool
) -> ChipProof:
    """Compare the access protocols that EF.CardAccess offered with those of the signed DG14.

    `fell_back`: the card was opened by BAC for want of PACE; a signed way of PACE that is allowed here
    then tells that somebody hid it (part 11, 9.2.11: DG14 repeats EF.CardAccess).
    """
    if fell_back and pace.allowed(infos):
        return failed("DG14 lists a way of access that EF.CardAccess did not offer")
    used = {info for info in offered if isinstance(info, PaceInfo)}
    if not used:
        return NOT_OFFERED
    signed = {info for info in infos if isinstance(info, PaceInfo)}
    return PASSED if used == signed else failed("EF.CardAccess offers something else than DG14")
