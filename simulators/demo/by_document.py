"""Robot officer who checks a document without a chip: kind, number, birth date, form, two signatures."""

from __future__ import annotations

import time
from dataclasses import dataclass

from election.definition import Role
from election.evidence import DocumentKind
from simulators.cards.piv import PivCard
from simulators.demo.electorate import Visitor
from simulators.demo.hands import Hands
from simulators.demo.hardware import CardPlace, Hardware
from words.dates import jalali_parts

HAND_S = 0.6
"""A hand needs longer than this to change a card; pcscd looks every 0.4 s."""


class DeadCard:
    """A card whose chip does not answer to power."""

    atr = b""

    def process(self, apdu: bytes) -> bytes:
        """Answer nothing."""
        del apdu
        return b""

    def reset(self) -> None:
        """Stay dead."""


@dataclass(slots=True)
class DocumentDesk:
    """Identity station with a voter whose document is checked by eye."""

    hands: Hands
    hardware: Hardware

    def serve(
        self, visitor: Visitor, kind: DocumentKind, style: str, authorization: PivCard
    ) -> str | None:
        """Play one visit. Return the word of a refusal, None if there is an authorization card.

        Raises `StuckError`.
        """
        hands, slots = self.hands, self.hardware.slots
        if kind.has_chip:
            slots[CardPlace.IDENTITY].insert(DeadCard())
            hands.until(lambda v: v.detail == "chip-dead", "the chip to be found dead")
        hands.click("by-document")
        slots[CardPlace.IDENTITY].remove()
        hands.click(f"document-{kind.value}")
        hands.click(f"style-{style}")
        hands.until_flow("EnteringPerson")
        year, month, day = jalali_parts(visitor.person.born)
        for digit in f"{visitor.person.national_number}{year:04}{month:02}{day:02}":
            hands.click(f"person-{digit}")
        hands.picture(hands.look(), "typed")
        hands.click("person-check")
        view = hands.until_flow("ConfirmingDocument", "Refused")
        if view.flow == "Refused":
            hands.picture(view, view.detail)
            hands.until_flow("Idle")
            return view.detail
        hands.picture(hands.until_name("form-signed"), "form")
        hands.click("form-signed")
        with hands.operators_free:
            self._sign()
        slots[CardPlace.AUTHORIZATION].insert(authorization)
        hands.until_flow("Done")
        slots[CardPlace.AUTHORIZATION].remove()
        hands.until_flow("Idle")
        return None

    def _sign(self) -> None:
        hands, slot = self.hands, self.hardware.slots[CardPlace.AUTHORIZATION]
        for role in (Role.OFFICER, Role.SUPERVISOR):
            hands.sign_in(role)
            hands.until(
                lambda v: v.flow != "ConfirmingDocument" or v.detail == "SignedIn", "the signature"
            )
            slot.remove()
            time.sleep(HAND_S)
