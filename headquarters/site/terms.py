"""Explain the words of the pages that a reader may not know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from words.message import Message, m


@dataclass(frozen=True, slots=True)
class Term:
    """A word, and what it means."""

    name: Message
    meaning: Message


TERMS: Final = (
    Term(
        m("Number of the election"),
        m(
            "The SHA-256 of the register, 64 digits, published before the day. Whoever compares it knows "
            "that devices, names and rules were not made afterwards."
        ),
    ),
    Term(
        m("Register"),
        m("The signed list of everything that is believed after the day: devices, offices, rules."),
    ),
    Term(
        m("Archive"),
        m(
            "The public record of a batch: sealed ballots, the proofs of mixing and opening, and the sums. "
            "Nobody learns from it who voted how."
        ),
    ),
    Term(
        m("Batch"),
        m("Branches whose ballots were mixed together, so that no ballot stands among too few."),
    ),
    Term(m("Index"), m("The signed list of all archives, and what they add up to.")),
    Term(
        m("Interim result"),
        m(
            "A result while devices are still to come. What is in stays in; only whole batches are added."
        ),
    ),
    Term(
        m("Authorization"),
        m("The right to cast one ballot, on a card that the identity station gives."),
    ),
    Term(
        m("Challenge"),
        m("To open a sealed ballot in order to check the machine; that ballot is not counted."),
    ),
    Term(
        m("Tracking code"),
        m("The hash of a sealed ballot, which a voter may note down and find in the archive."),
    ),
    Term(
        m("Provisional ballot"),
        m("A ballot that counts only after a decision of two offices."),
    ),
    Term(
        m("Blank ballot"),
        m("A ballot with nothing chosen, confirmed as such by the voter."),
    ),
    Term(
        m("Invalid vote"),
        m("What no honest terminal writes in place of a vote; it counts for nobody, and is told."),
    ),
    Term(
        m("Closing report"),
        m("The paper that a device prints when the polls close; photograph it."),
    ),
    Term(
        m("Trustee"),
        m(
            "A holder of a share of the key; only enough of them together open sums and mixed votes."
        ),
    ),
    Term(
        m("Lot"),
        m("A public value, recorded after the count is fixed, that decides between equals."),
    ),
)
