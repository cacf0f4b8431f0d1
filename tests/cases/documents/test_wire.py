"""Cards whose answers are real, and end the reading."""

from collections.abc import Callable
from functools import cache, partial

from drivers.smartcard import lds, tlv
from drivers.smartcard.access_secret import Can, MrzKey
from drivers.smartcard.trust import CscaStore
from simulators.cards.access import AccessMode, CardAccess
from simulators.cards.eid import EidCard
from simulators.cards.issuer import Issuer
from tests.cases.documents.kit import NOW, Between, authentic, opened, person
from tests.cases.runner import collect
from tests.pictures import jpeg

SELECT, READ_BINARY, MSE_SET_AT = 0xA4, 0xB0, b"\x22\xc1\xa4"
OK = b"\x90\x00"
COM, CARD_ACCESS, ATR_INFO = b"\x01\x1e", b"\x01\x1c", b"\x2f\x01"

Go = Callable[[], bytes]
Change = Callable[[bytes, Go], bytes]


@cache
def issuer() -> Issuer:
    return Issuer.create("Invented country", NOW)


def free_card(**person_: object) -> EidCard:
    return issuer().issue(person(**person_))


def bac_card() -> EidCard:
    return issuer().issue(person(), access=CardAccess(AccessMode.BAC))


def wrong_with(
    card: EidCard, change: Change, profile: str = "standard", secret: object = None
) -> list[str]:
    reading = opened(Between(card, change), profile, secret)
    evidence = reading.verify_authenticity(CscaStore((issuer().authority,)), NOW)
    return [f"{each.check}: {each.detail}" for each in evidence.failed]


def with_bac(change: Change) -> list[str]:
    """A card that opens with its zone; the profile allows PACE and BAC."""
    card = bac_card()
    return wrong_with(card, change, "icao", MrzKey.from_zone(lds.parse_dg1(card.groups[1])))


def untouched(apdu: bytes, go: Go) -> bytes:
    return go()


def at_most(limit: int) -> Change:
    """6700 for READ BINARY of more bytes."""

    def change(apdu: bytes, go: Go) -> bytes:
        short = apdu[1] == READ_BINARY and len(apdu) == 5
        return b"\x67\x00" if short and (apdu[4] or 256) > limit else go()

    return change


def file_answers(file: bytes, answer: bytes) -> Change:
    """SELECT of a file, outside secure messaging, gets this status."""

    def change(apdu: bytes, go: Go) -> bytes:
        chosen = apdu[1] == SELECT and apdu[2] != 4 and apdu[5:7] == file
        return answer if chosen else go()

    return change


def file_is(file: bytes, content: bytes) -> Change:
    """The file holds this."""
    chosen = False

    def change(apdu: bytes, go: Go) -> bytes:
        nonlocal chosen
        if apdu[0] & 0x0C:
            return go()
        if apdu[1] == SELECT:
            chosen = apdu[2] != 4 and apdu[5:7] == file
            if chosen:
                return OK
        if chosen and apdu[1] == READ_BINARY:
            at = int.from_bytes(apdu[2:4], "big")
            return content[at : at + (apdu[4] or 256)] + OK
        return go()

    return change


def extended_refused(answer: bytes) -> Change:
    """EF.ATR/INFO announces 4096 bytes, and every extended command gets this status."""
    size = tlv.encode(2, b"\x10\x00")
    info = file_is(ATR_INFO, tlv.encode(0x7F66, size, size))

    def change(apdu: bytes, go: Go) -> bytes:
        extended = len(apdu) >= 7 and apdu[4] == 0
        return answer if extended else info(apdu, go)

    return change


def tries_left(apdu: bytes, go: Go) -> bytes:
    """MSE:SET AT is done, and the password has two tries left (TR-03110-3)."""
    answer = go()
    return b"\x63\xc2" if apdu[1:4] == MSE_SET_AT and answer == OK else answer


def pace_warning() -> list[str]:
    card = issuer().issue(person(), access=CardAccess(AccessMode.PACE, can="123456"))
    return wrong_with(card, tries_left, "icao", Can("123456"))


COMMON = tlv.encode(
    0x60,
    tlv.encode(0x5F01, b"0107"),
    tlv.encode(0x5F36, b"040000"),
    tlv.encode(0x5C, bytes.fromhex("61756B6D")),
)
UNSUPPORTED = {
    "ecdh-im-p521": "31143012060A04007F00070202040404020102020112",
    "dh-gm-3des": "31143012060A04007F00070202040101020102020102",
    "ecdh-gm-3des": "31143012060A04007F0007020204020102010202010C",
}

authentic("card-as-the-project-makes-it", lambda: wrong_with(free_card(), untouched))
for limit in (192, 128):
    authentic(
        f"6700-above-{limit}-bytes", lambda limit=limit: wrong_with(free_card(), at_most(limit))
    )
for status in ("6700", "9000", "6982"):
    authentic(
        f"extended-length-promised-then-{status}",
        lambda status=status: wrong_with(
            free_card(photo=jpeg(240, 320, noise=10)), extended_refused(bytes.fromhex(status))
        ),
    )
authentic("bac-card-without-card-access", lambda: with_bac(file_answers(CARD_ACCESS, b"\x6a\x82")))
for status in ("6982", "6985", "6A81", "6A86", "6A87", "6A88", "6D00"):
    change = file_answers(CARD_ACCESS, bytes.fromhex(status))
    authentic(f"bac-card-says-{status.lower()}-to-card-access", partial(with_bac, change))
for name, content in UNSUPPORTED.items():
    change = file_is(CARD_ACCESS, bytes.fromhex(content))
    authentic(f"bac-card-that-also-has-pace-{name}", partial(with_bac, change))
authentic(
    "common-lists-a-group-that-is-not-there", lambda: wrong_with(free_card(), file_is(COM, COMMON))
)
authentic("no-common-file", lambda: wrong_with(free_card(), file_answers(COM, b"\x6a\x82")))
authentic("pace-begins-with-63c2", pace_warning)
test_case = collect()
