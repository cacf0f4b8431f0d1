"""What cards answer: single answers, secure messaging, and whole sessions that are played back."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from importlib import resources
from typing import Final

from drivers.errors import (
    CardRemovedError,
    DriverError,
    ProfileError,
    ProtocolError,
    SecureMessagingError,
)
from drivers.smartcard import bac, chip, files, pace, security_infos, tlv
from drivers.smartcard.access_secret import Can, MrzKey
from drivers.smartcard.apdu import ApduChannel, Command, ExtendedLengths, Response
from drivers.smartcard.emrtd import IdentityCard
from drivers.smartcard.match_on_card import OnCardMatcher
from drivers.smartcard.profile import (
    Information,
    OnCardMatching,
    VerifyForm,
    load_profile,
    parse_profile,
)
from drivers.smartcard.secure_messaging import SecureSession
from drivers.smartcard.suites import Suite
from simulators.cards.access import AccessMode, CardAccess
from simulators.cards.chip import ChipKeys
from simulators.cards.eid import EMRTD_AID, build_com, build_info, zone_of
from simulators.local_reader import VirtualCard
from tests.finger_application import FINGER_AID
from tests.fuzz import frames
from tests.fuzz.target import Make, Target
from tests.fuzz.world import NOW, TODAY, comparing_card, parser, world

CAN: Final = "271828"
PIN: Final = "482915"
ADMIN: Final = bytes(32)
SCALAR: Final = 0x1234567890ABCDEF
"""The terminal's secret number in sessions that are played back, so that they go the same way again."""
CHALLENGE: Final = bytes(range(8))
BY_CARD: Final = OnCardMatching(
    FINGER_AID, Information.GET_DATA, VerifyForm.DATA_OBJECTS, max_tries=4, spare_tries=0
)


# ---------------------------------------------------------------- played-back sessions


class Recorder:
    """A channel to a simulated card that keeps every answer."""

    def __init__(self, card: VirtualCard) -> None:
        self._card = card
        self.answers: list[bytes] = []

    @property
    def atr(self) -> bytes:
        return self._card.atr

    def transmit(self, apdu: bytes) -> bytes:
        answer = self._card.process(apdu)
        self.answers.append(answer)
        return answer

    def restart(self) -> None:
        self._card.reset()

    def close(self, reset: bool = True) -> None:
        """Nothing to release."""


class Player:
    """A channel that says the answers of an input one after another; then the card is gone."""

    atr = b"\x3b\x00"

    def __init__(self, data: bytes) -> None:
        self._left = frames.unpack(data)[::-1]

    def transmit(self, apdu: bytes) -> bytes:
        del apdu
        if not self._left:
            raise CardRemovedError("the end of the input")
        return self._left.pop()

    def restart(self) -> None: ...

    def close(self, reset: bool = True) -> None:
        """Nothing to release."""


Session = Callable[[ApduChannel], object]


def played(session: Session, *cards: VirtualCard, share: float = 1.0) -> Target:
    """A session with a card, and what these cards answered in it when all went well."""
    corpus = []
    for card in cards:
        card.reset()
        recorder = Recorder(card)
        session(ApduChannel(recorder))
        corpus.append(frames.pack(recorder.answers))
    return Target(
        lambda data: session(ApduChannel(Player(data))),
        tuple(corpus),
        (DriverError,),
        framed=True,
        short_share=share,
    )


# ---------------------------------------------------------------- wires


def apdu_answers() -> Target:
    return parser(Response.decode, b"\x90\x00", b"\x01\x02\x6a\x82", bytes(256) + b"\x61\x10")


def apdu_commands() -> Target:
    commands = (
        Command(0, 0xA4, 4, 12, EMRTD_AID),
        Command(0, 0xB0, 0, 0, le=256),
        Command(0, 0xD0, 0, 0, bytes(300), 4096, extended=True),
        Command(0, 0xB1, 0, 0, b"\x54\x02\x00\x00", 65_536, extended=True),
        Command(0, 0x44, 0, 0),
    )
    return parser(_command, *(command.encode() for command in commands))


def _command(data: bytes) -> None:
    found = Command.decode(data)
    # A form that this program does not write reads as the same command when it is written.
    assert Command.decode(found.encode()).data == found.data


def apdu_channel() -> Target:
    """61xx and 6Cxx, long data, and cards that announce lengths of their own."""

    def session(channel: ApduChannel) -> None:
        channel.send(Command(0, 0xCA, 0x7F, 0x61, le=256))
        channel.send(Command(0, 0xDB, 0x3F, 0xFF, bytes(700)))
        reader = files.CardFiles(channel, 223)
        reader.learn_lengths()
        reader.read_object(0x011E, 0x60)

    long = [b"\x01" * 256 + b"\x61\x40", b"\x02" * 64 + b"\x90\x00"]
    chain = [b"\x90\x00"] * 3
    info = [b"\x90\x00", b"\x7f\x66\x08\x02\x02\x10\x00\x02\x02\x40\x00\x90\x00"]
    com = build_com(world().card.groups)
    read = [b"\x90\x00", com[:4] + b"\x90\x00", b"\x90\x00", com + b"\x62\x82"]
    corpus = frames.pack(long + chain + info + read)
    again = frames.pack([b"\x6c\x10", b"\x03" * 16 + b"\x90\x00", *chain, *info, *read])
    return Target(
        lambda data: session(ApduChannel(Player(data))),
        (corpus, again),
        (DriverError,),
        framed=True,
    )


def extended_lengths() -> Target:
    return parser(files.parse_lengths, build_info(ExtendedLengths(4096, 16_384)))


def secure_answers() -> Target:
    """Protected answers of which most have a wrong checksum."""
    return Target(
        lambda data: _session(Suite.AES_128).unprotect(Response.decode(data)),
        tuple(_inside(Suite.AES_128, object_) + b"\x90\x00" for object_ in _objects(Suite.AES_128)),
        (SecureMessagingError, ProtocolError),
    )


def secure_answers_inside() -> Target:
    """Protected answers whose checksum is right whatever is in them: a card that means harm."""

    def read(data: bytes) -> None:
        suite = (Suite.AES_128, Suite.TDES, Suite.AES_256)[data[0] % 3] if data else Suite.AES_128
        answer = _inside(suite, data[1:-2]) + data[-2:]
        _session(suite).unprotect(Response.decode(answer))

    suites = (Suite.AES_128, Suite.TDES, Suite.AES_256)
    corpus = tuple(
        bytes((number,)) + objects + b"\x90\x00"
        for number, suite in enumerate(suites)
        for objects in _objects(suite)
    )
    return Target(read, corpus, (SecureMessagingError, ProtocolError))


def secure_commands() -> Target:
    """The card's end."""
    terminal = _session(Suite.AES_128)
    command = terminal.protect(Command(0, 0xA4, 2, 12, b"\x01\x1e", 256)).encode()
    return Target(
        lambda data: _session(Suite.AES_128).open_command(Command.decode(data)),
        (command,),
        (SecureMessagingError, ProtocolError),
    )


def _keys(suite: Suite) -> tuple[bytes, bytes]:
    return suite.derive(b"fuzz", 1), suite.derive(b"fuzz", 2)


def _session(suite: Suite) -> SecureSession:
    return SecureSession(suite, *_keys(suite))


def _objects(suite: Suite) -> tuple[bytes, ...]:
    """The data objects of valid answers to the first command, without the checksum."""
    found = []
    for plain in (b"", b"\x60\x02\x5c\x00", bytes(range(200))):
        answer = _session(suite).close_answer(Response.decode(plain + b"\x90\x00"))
        found.append(answer.data[:-10])
    return tuple(found)


def _inside(suite: Suite, objects: bytes) -> bytes:
    """The objects with the checksum that the first answer of a session has."""
    counter = (1).to_bytes(suite.block, "big")
    padded = suite.pad(objects) if objects else b""
    return objects + b"\x8e\x08" + suite.checksum(_keys(suite)[1], counter + padded)


# ---------------------------------------------------------------- access and genuineness


def paces() -> Target:
    rng = random.Random("pace")
    access = CardAccess(
        AccessMode.PACE, CAN, scalars=lambda _: rng.getrandbits(200), random=rng.randbytes
    )
    card = world().issuer.issue(world().person, access=access)
    info = pace.rank(security_infos.parse_card_access(tlv.encode(0x31, *access.pace_infos)))[0]

    def session(channel: ApduChannel) -> None:
        channel.set_secure_messaging(pace.establish(channel, Can(CAN), info, lambda _: SCALAR))

    return played(session, card)


def bacs() -> Target:
    rng = random.Random("bac")
    access = CardAccess(AccessMode.BAC, random=rng.randbytes)
    card = world().issuer.issue(world().person, access=access)
    key = MrzKey(zone_of(card.groups[1]).information)

    def session(channel: ApduChannel) -> None:
        channel.send(Command(0, 0xA4, 4, 12, EMRTD_AID))
        bac.establish(channel, key, bytes)

    return played(session, card)


def active_authentication() -> Target:
    card = world().card
    infos = security_infos.parse_dg14(card.groups[14])

    def session(channel: ApduChannel) -> None:
        channel.send(Command(0, 0xA4, 4, 12, EMRTD_AID))
        chip.prove_active(channel, card.groups[15], infos, CHALLENGE)

    return played(session, card)


def active_authentication_rsa() -> Target:
    card = world().issuer.issue(world().person, keys=ChipKeys.create_rsa())

    def session(channel: ApduChannel) -> None:
        channel.send(Command(0, 0xA4, 4, 12, EMRTD_AID))
        chip.prove_active(channel, card.groups[15], (), CHALLENGE)

    return played(session, card)


def chip_authentication() -> Target:
    card = world().card
    infos = security_infos.parse_dg14(card.groups[14])

    def session(channel: ApduChannel) -> None:
        channel.send(Command(0, 0xA4, 4, 12, EMRTD_AID))
        first = Command(0, 0xA4, 2, 12, b"\x01\x1d")
        chip.prove_chip(channel, infos, first, lambda _: SCALAR)

    return played(session, card)


# ---------------------------------------------------------------- whole cards


def matching_sessions() -> Target:
    def session(channel: ApduChannel) -> None:
        matcher = OnCardMatcher(channel, BY_CARD)
        matcher.select()
        for finger in matcher.fingers():
            matcher.verify(finger, world().record)

    return played(session, comparing_card())


def identity_sessions() -> Target:
    profile = load_profile()
    store = world().store

    def session(channel: ApduChannel) -> None:
        card = IdentityCard(channel, profile)
        card.read_identity(TODAY)
        card.verify_authenticity(store, NOW)
        card.verify_genuineness()

    return played(session, world().card, share=0.3)


def card_profiles() -> Target:
    folder = resources.files("drivers.smartcard").joinpath("profiles")
    corpus = [path.read_bytes() for path in folder.iterdir() if path.name.endswith(".toml")]
    return Target(
        lambda data: parse_profile(data.decode("utf-8", "replace")),
        tuple(corpus),
        (ProfileError,),
        short_share=0.5,
    )


TARGETS: Final[Mapping[str, Make]] = {
    "apdu-answer": apdu_answers,
    "apdu-command": apdu_commands,
    "apdu-channel": apdu_channel,
    "extended-lengths": extended_lengths,
    "secure-answer": secure_answers,
    "secure-answer-inside": secure_answers_inside,
    "secure-command": secure_commands,
    "pace": paces,
    "bac": bacs,
    "active-authentication": active_authentication,
    "active-authentication-rsa": active_authentication_rsa,
    "chip-authentication": chip_authentication,
    "match-on-card": matching_sessions,
    "identity-session": identity_sessions,
    "card-profile": card_profiles,
}
