"""Robot visitor and officer at the identity station."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, timedelta

from drivers.fingerprint.iso19794 import FingerPosition
from election.definition import Role
from kiosk.flows.identity.states import OverrideReason
from simulators.cards.eid import EnrolledFinger as CardFinger
from simulators.cards.eid import PersonData
from simulators.cards.issuer import Issuer
from simulators.cards.piv import PivCard
from simulators.demo.electorate import VisitKind, Visitor
from simulators.demo.hands import LOOK_S, Hands, StuckError
from simulators.demo.hardware import CardPlace, Hardware
from simulators.demo.office import Prepared
from simulators.fingerprint.fingers import Placement
from simulators.local_reader import VirtualCard
from simulators.people import Sex, portrait
from simulators.portraits.pen import HEIGHT as PHOTO_HEIGHT
from simulators.portraits.pen import WIDTH as PHOTO_WIDTH

RIGHT_INDEX = 0x09
"""CBEFF subtype (Doc 9303-10, DG3)."""
CARD_YEARS = 7
PULL_AT_APDU = 20
"""In the middle of the photo."""
HAND_S = 0.6
"""A hand needs longer than this to change a card; pcscd looks every 0.4 s."""
TURN_S = 120.0
"""No visitor's turn takes longer; a robot that does is stuck."""


@dataclass(frozen=True, slots=True)
class CheckIn:
    """Outcome of a visit to the identity station."""

    refused: str | None
    """The reason's word; None: the visitor got an authorization card, or ballot papers."""
    overridden: bool
    seconds: float
    """From the card in the reader to "give the card to the voter"."""


def identity_card(visitor: Visitor, issuer: Issuer, on: date) -> VirtualCard:
    """Return the visitor's identity card, issued some years before the day `on`."""
    person = visitor.person
    template = person.finger().template()
    return issuer.issue(
        PersonData(
            national_number=person.national_number,
            surname=person.family.fa,
            given_names=person.given.fa,
            latin_surname=person.family.latin.upper(),
            latin_given_names=person.given.latin.upper(),
            birth_date=person.born,
            sex="F" if person.sex is Sex.FEMALE else "M",
            document_number=f"A{person.national_number[1:9]}",
            expiry=on + timedelta(days=365 * CARD_YEARS),
            photo=portrait(person),
            photo_size=(PHOTO_WIDTH, PHOTO_HEIGHT),
            fingers=(CardFinger(RIGHT_INDEX, template),),
            address=(visitor.residence,),
        )
    )


def visitor_card(visitor: Visitor, prepared: Prepared) -> VirtualCard:
    """Return the identity card that this visitor brings on the election's day."""
    foreign = visitor.kind is VisitKind.OTHER_ISSUER
    issuer = prepared.other_issuer if foreign else prepared.issuer
    return identity_card(visitor, issuer, prepared.election.day)


@dataclass(slots=True)
class CheckInDesk:
    """Identity station with a visitor and an officer, operated by a robot."""

    hands: Hands
    hardware: Hardware

    def serve(self, visitor: Visitor, card: VirtualCard, authorization: PivCard | None) -> CheckIn:
        """Play one visit, from card to card. Raises `StuckError` if the station does something unexpected.

        `authorization`: None where voters get ballot papers.
        """
        slots = self.hardware.slots
        if authorization is not None:
            slots[CardPlace.AUTHORIZATION].insert(authorization)
        started = time.monotonic()
        overridden = False
        slots[CardPlace.IDENTITY].insert(card)
        if visitor.kind is VisitKind.PULLS_CARD:
            slots[CardPlace.IDENTITY].pull_after(PULL_AT_APDU)
            self.hands.until_flow("Refused")
            time.sleep(HAND_S)
            slots[CardPlace.IDENTITY].insert(card)
            self.hands.until(lambda v: v.flow != "Refused", "a second reading")
        limit = time.monotonic() + TURN_S
        tries = 0
        placed = False
        while time.monotonic() < limit:
            view = self.hands.look()
            match view.flow:
                case "Fingerprint":
                    if not placed and self.hardware.finger.wait_for_scan(LOOK_S):
                        tries += 1
                        placed = True
                        self._place(visitor, tries)
                case "FingerFailed":
                    self.hardware.finger.lift()
                    placed = False
                    self.hands.click_if_there("try-again")
                case "Overriding":
                    self.hardware.finger.lift()
                    if visitor.kind is VisitKind.IMPOSTOR:
                        return self._denied(started)
                    with self.hands.operators_free:
                        self._override(authorization)
                    overridden = True
                case "WritingAuthorization" if "try-again" in view.names:
                    self.hands.click_if_there("try-again")
                case "WritingAuthorization" if "overwrite" in view.names:
                    # A card that came back from somebody who left the booth.
                    self.hands.click_if_there("overwrite")
                case "Done":
                    took = time.monotonic() - started
                    self._end()
                    return CheckIn(None, overridden, took)
                case "Refused":
                    return self._refused(started)
                case _:
                    pass
            time.sleep(LOOK_S)
        raise StuckError(f"a visit took more than {TURN_S:.0f} s; the screen says {view.flow}")

    def _place(self, visitor: Visitor, tries: int) -> None:
        finger = visitor.person.finger()
        match visitor.kind:
            case VisitKind.IMPOSTOR:
                # Another hand than the one whose template is on the card.
                other = visitor.person.finger_seed + 1
                finger = type(finger).of(other, FingerPosition.RIGHT_INDEX)
                self.hardware.finger.place(finger, Placement.CLEAN)
            case VisitKind.FAILS_FIRST if tries <= 2:
                self.hardware.finger.place(finger, Placement.WET)
            case VisitKind.FAILS_FIRST:
                self.hardware.finger.place(finger, Placement.CLEAN)
            case VisitKind.WORN:
                self.hardware.finger.place(finger, Placement.WET)
            case _:
                self.hardware.finger.place(finger, Placement.RIGHT)

    def _override(self, authorization: PivCard | None) -> None:
        hands, slot = self.hands, self.hardware.slots[CardPlace.AUTHORIZATION]
        wanted = f"reason-{OverrideReason.WORN.value}"
        # A reason that the station knows by itself is not asked for.
        view = hands.until(lambda v: "deny" in v.names, "the override")
        if wanted in view.names:
            hands.click(wanted)
        slot.remove()
        time.sleep(HAND_S)
        for role in (Role.OFFICER, Role.SUPERVISOR):
            hands.sign_in(role)
            # "NeedCard" again behind the second: the claim is known, and to issue it once more is
            # another override.
            hands.until(
                lambda v: v.flow != "Overriding" or v.detail in {"SignedIn", "NeedCard"},
                "the signature",
            )
            hands.picture(hands.look(), f"after-{role.value}")
            slot.remove()
            hands.until(
                lambda v: v.flow != "Overriding" or v.detail == "NeedCard", "the card to be out"
            )
        if authorization is not None:
            slot.insert(authorization)

    def _denied(self, started: float) -> CheckIn:
        self.hands.click("deny")
        self.hands.click("deny-yes")
        self.hands.until_flow("Refused")
        return self._refused(started)

    def _refused(self, started: float) -> CheckIn:
        took = time.monotonic() - started
        view = self.hands.look()
        reason = view.detail
        self.hands.picture(view, reason)
        self._end()
        return CheckIn(reason, overridden=False, seconds=took)

    def _end(self) -> None:
        self.hardware.finger.lift()
        self.hardware.slots[CardPlace.IDENTITY].remove()
        self.hardware.slots[CardPlace.AUTHORIZATION].remove()
        self.hands.until_flow("Idle")
