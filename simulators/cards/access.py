"""Card's side of access: PACE in the master file, BAC in the application, written from the standard.

Calculations are the driver's wire modules; the order of steps, what is refused and what is forgotten are
written here, from ICAO Doc 9303 part 11, 4.3 and 4.4.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from drivers.smartcard import bac, curves, pace, tlv
from drivers.smartcard.access_secret import Can, MrzKey
from drivers.smartcard.apdu import SW, Command
from drivers.smartcard.bac import DocumentKeys, RandomBytes
from drivers.smartcard.curves import P256, Curve, CurvePoint, CurveScalarSource, random_scalar
from drivers.smartcard.pace import Agreement, PaceParameters, PaceStep, SecretReference
from drivers.smartcard.security_infos import PACE_ECDH_GENERIC, SUITES, TAG_INTEGER, TAG_OID
from drivers.smartcard.suites import Suite
from simulators.cards.base import CommandRefusedError, SecureLink

NONCE: Final = 16
_PROTOCOL_BYTE: Final = {suite: number for number, suite in SUITES.items()}


class AccessMode(StrEnum):
    """Protocol a card demands before its files can be read."""

    NONE = "none"
    BAC = "bac"
    PACE = "pace"
    PACE_AND_BAC = "pace-and-bac"


@dataclass(frozen=True, slots=True)
class CardAccess:
    """Secrets and protocols that open a card; `can` is printed on it, the zone is in its DG1.

    `ways` are listed in EF.CardAccess in this order. `wrong_delay_s` is how long the card waits before
    it says that a secret was wrong.
    """

    mode: AccessMode = AccessMode.NONE
    can: str = field(default="", repr=False)
    ways: tuple[tuple[Suite, Curve], ...] = ((Suite.AES_128, P256),)
    wrong_delay_s: float = 0.0
    scalars: CurveScalarSource = field(default=random_scalar, repr=False)
    random: RandomBytes = field(default=secrets.token_bytes, repr=False)
    """Where secret numbers come from; others than the defaults are for worked examples."""

    @property
    def has_pace(self) -> bool:
        """True if the card offers PACE."""
        return self.mode in (AccessMode.PACE, AccessMode.PACE_AND_BAC)

    @property
    def has_bac(self) -> bool:
        """True if the card offers BAC."""
        return self.mode in (AccessMode.BAC, AccessMode.PACE_AND_BAC)

    @property
    def parameters(self) -> tuple[PaceParameters, ...]:
        """PACE parameters in the order of EF.CardAccess, generic mapping over ECDH each."""
        return tuple(
            PaceParameters(PACE_ECDH_GENERIC + bytes((_PROTOCOL_BYTE[suite],)), suite, curve)
            for suite, curve in self.ways
        )

    @property
    def pace_infos(self) -> tuple[bytes, ...]:
        """Return the entries of EF.CardAccess, which DG14 repeats."""
        if not self.has_pace:
            return ()
        return tuple(
            security_info(
                parameters.protocol,
                tlv.encode(TAG_INTEGER, bytes((pace.VERSION,))),
                tlv.encode(TAG_INTEGER, bytes((parameters.curve.parameter_id,))),
            )
            for parameters in self.parameters
        )


OPEN: Final = CardAccess()


def security_info(protocol: bytes, *fields: bytes) -> bytes:
    """Return one entry of EF.CardAccess or DG14, in DER."""
    return tlv.encode(0x30, tlv.encode(TAG_OID, protocol), *fields)


def security_infos(*entries: bytes) -> bytes:
    """Return a DER set; its entries are sorted by their bytes."""
    return tlv.encode(0x31, *sorted(entries))


@dataclass(slots=True)
class _Run:
    """One run of PACE; `next` is the step the card waits for."""

    parameters: PaceParameters
    key: bytes
    next: PaceStep = PaceStep.NONCE
    nonce: bytes = b""
    generator: CurvePoint | None = None
    own_point: CurvePoint | None = None
    agreement: Agreement | None = None
    theirs: CurvePoint | None = None


class PaceCommands:
    """MSE:SET AT and the four steps of PACE, as commands of the master file.

    Every random number is used once: whatever goes wrong, the next try starts with MSE:SET AT.
    """

    def __init__(self, access: CardAccess, zone: MrzKey, link: SecureLink) -> None:
        self._access = access
        self._link = link
        self._seeds: Mapping[int, bytes] = {
            SecretReference.CAN: Can(access.can).seed,
            SecretReference.MRZ: zone.seed,
        }
        self._run: _Run | None = None

    def reset(self) -> None:
        """Forget the run in progress."""
        self._run = None

    def process(self, command: Command) -> bytes:
        """Answer MSE:SET AT or GENERAL AUTHENTICATE. Raises `CommandRefusedError`."""
        run, self._run = self._run, None
        place = command.p1 << 8 | command.p2
        match command.ins:
            case pace.INS_MANAGE if place == pace.MANAGE_PACE:
                self._run = self._begin(command.data)
                return b""
            case pace.INS_GENERAL_AUTHENTICATE if place == 0:
                if run is None or self._link.protected:
                    raise CommandRefusedError(SW.CONDITIONS)
                return self._step(run, command)
        raise CommandRefusedError(SW.WRONG_INS)

    def _begin(self, data: bytes) -> _Run:
        objects = {element.tag: element.value for element in tlv.parse(data)}
        protocol = objects.get(pace.TAG_PROTOCOL)
        number = objects.get(pace.TAG_PARAMETERS)
        offered = [
            parameter
            for parameter in self._access.parameters
            if parameter.protocol == protocol
            and number in (None, bytes((parameter.curve.parameter_id,)))
        ]
        if len(offered) != 1:
            raise CommandRefusedError(SW.WRONG_DATA)
        seed = self._seeds.get(int.from_bytes(objects.get(pace.TAG_SECRET, b""), "big"))
        if seed is None:
            raise CommandRefusedError(SW.REFERENCE)
        return _Run(offered[0], pace.password_key(seed, offered[0].suite))

    def _step(self, run: _Run, command: Command) -> bytes:
        last = not command.cla & pace.CLA_MORE
        if last != (run.next is PaceStep.TOKEN):
            raise CommandRefusedError(SW.CONDITIONS)
        steps: Mapping[PaceStep, Callable[[_Run, bytes], bytes]] = {
            PaceStep.NONCE: self._give_nonce,
            PaceStep.MAP: self._map,
            PaceStep.AGREE: self._agree,
            PaceStep.TOKEN: self._check,
        }
        answer = steps[run.next](run, command.data)
        if not last:
            self._run = run
        return answer

    def _give_nonce(self, run: _Run, data: bytes) -> bytes:
        if tlv.parse_one(data, pace.TAG_DYNAMIC).value:
            raise CommandRefusedError(SW.WRONG_DATA)
        run.nonce = self._access.random(NONCE)
        run.next = PaceStep.MAP
        return pace.step(PaceStep.NONCE, run.parameters.suite.encrypt(run.key, run.nonce))

    def _map(self, run: _Run, data: bytes) -> bytes:
        curve = run.parameters.curve
        theirs = CurvePoint.decode(curve, pace.value_of(data, PaceStep.MAP))
        own = self._access.scalars(curve)
        mine = curves.base_multiple(curve, own)
        run.generator = curves.map_generator(curve, run.nonce, curves.multiple(own, theirs))
        run.next = PaceStep.AGREE
        return pace.step(PaceStep.MAPPED, mine.encode())

    def _agree(self, run: _Run, data: bytes) -> bytes:
        curve = run.parameters.curve
        theirs = CurvePoint.decode(curve, pace.value_of(data, PaceStep.AGREE))
        if run.generator is None:
            raise CommandRefusedError(SW.CONDITIONS)
        own = self._access.scalars(curve)
        mine = curves.multiple(own, run.generator)
        if mine.x == theirs.x:
            raise CommandRefusedError(SW.WRONG_DATA)
        run.agreement = Agreement.of(run.parameters, own, theirs)
        run.own_point, run.theirs = mine, theirs
        run.next = PaceStep.TOKEN
        return pace.step(PaceStep.AGREED, mine.encode())

    def _check(self, run: _Run, data: bytes) -> bytes:
        token = pace.value_of(data, PaceStep.TOKEN)
        if run.agreement is None or run.own_point is None or run.theirs is None:
            raise CommandRefusedError(SW.CONDITIONS)
        if not hmac.compare_digest(token, run.agreement.token(run.own_point)):
            time.sleep(self._access.wrong_delay_s)
            raise CommandRefusedError(SW.FAILED)
        self._link.begin(run.agreement.session())
        return pace.step(PaceStep.CARD_TOKEN, run.agreement.token(run.theirs))


class BacCommands:
    """GET CHALLENGE and EXTERNAL AUTHENTICATE of the application; a challenge is used once."""

    def __init__(self, access: CardAccess, zone: MrzKey, link: SecureLink) -> None:
        self._access = access
        self._keys = DocumentKeys.of(zone.seed)
        self._link = link
        self._challenge = b""

    def reset(self) -> None:
        """Forget the open challenge."""
        self._challenge = b""

    def process(self, command: Command) -> bytes:
        """Answer GET CHALLENGE or EXTERNAL AUTHENTICATE. Raises `CommandRefusedError`."""
        challenge, self._challenge = self._challenge, b""
        if self._link.protected or command.p1 or command.p2:
            raise CommandRefusedError(SW.CONDITIONS)
        if command.ins == bac.INS_GET_CHALLENGE:
            if command.le != bac.NONCE:
                raise CommandRefusedError(SW.WRONG_LENGTH)
            self._challenge = self._access.random(bac.NONCE)
            return self._challenge
        if not challenge:
            raise CommandRefusedError(SW.CONDITIONS)
        opened = self._keys.open(command.data)
        if opened is None or not hmac.compare_digest(opened[1], challenge):
            time.sleep(self._access.wrong_delay_s)
            raise CommandRefusedError(SW.FAILED)
        nonce, _, keying = opened
        mine = self._access.random(bac.KEYING)
        self._link.begin(bac.session_of(keying, mine, challenge, nonce))
        return self._keys.seal(challenge, nonce, mine)
